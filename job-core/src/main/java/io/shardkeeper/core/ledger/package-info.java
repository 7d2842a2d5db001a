/**
 * The small transactional tree on which everything rests, as a port: {@link io.shardkeeper.core.ledger.Ledger}. It knows no jobs. What
 * each implementation must do stands in one contract, a suite of tests that all of them pass.
 */
@NullMarked
package io.shardkeeper.core.ledger;

import org.jspecify.annotations.NullMarked;
