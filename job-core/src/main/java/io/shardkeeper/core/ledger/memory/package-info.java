/** The ledger in the memory of one process: for tests, and for a single process that needs no other. */
@NullMarked
package io.shardkeeper.core.ledger.memory;

import org.jspecify.annotations.NullMarked;
