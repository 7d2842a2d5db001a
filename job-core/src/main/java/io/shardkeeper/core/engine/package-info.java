/**
 * What coordinates: thin shells around what decides. They wait, read, commit, and hand events on; all of them live on one loop.
 *
 * <pre>
 *   Coordinating
 *     ├── Sightings: nodes into events
 *     └── Attempt: one tenure
 *           ├── Pipeline: decisions into the ledger; Clearing: what strangers put in their way
 *           ├── Leftovers: what those have left that are gone; Sweeping: what else has no owner
 *           └── HistoryKeeping
 * </pre>
 */
@NullMarked
package io.shardkeeper.core.engine;

import org.jspecify.annotations.NullMarked;
