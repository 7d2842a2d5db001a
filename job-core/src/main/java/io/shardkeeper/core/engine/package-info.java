/**
 * What acts: thin shells around what decides. They wait, read, commit, and hand events on; all of them live on one loop.
 *
 * <pre>
 *   Coordinating                                      InstanceLife
 *     └── Attempt: one tenure                           ├── Registration: one id
 *           ├── Sightings: nodes into events            │     ├── Agenda: what is to be started
 *           ├── Pipeline: decisions into the ledger     │     └── Reporter: what became of it
 *           └── HistoryKeeping                          └── Workplace: what outlives registrations
 * </pre>
 */
@NullMarked
package io.shardkeeper.core.engine;

import org.jspecify.annotations.NullMarked;
