/** What every ledger must do, as tests that each ledger runs; and a simulated world of ledgers in which everything can go wrong. */
@NullMarked
package io.shardkeeper.contract;

import org.jspecify.annotations.NullMarked;
