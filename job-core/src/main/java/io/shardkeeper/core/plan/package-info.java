/**
 * What the coordinator decides: fires become runs, runs become tickets, reports become outcomes. Pure: events in, transactions out.
 *
 * <p>Each class calls those below it, and none above; the one way up is dotted, and goes through {@link io.shardkeeper.core.plan.Coordinator}.
 *
 * <pre>
 *                             Coordinator
 *     ┌─────────┬──────────┬───────┴──┬──────────┐
 *   Fires    Waiting    Reports    Failover   Requests     what happened, and what it asks for
 *     :  └──────┴──────────┼──────────┴──────────┘
 *     :                Dispatch                            who gets a shard, or that it waits
 *     :                    │
 *     └··· next start ··· Outcomes                         what has ended, and with it its run
 *                          │
 *                     desk.Desk                            what there is: jobs, runs, who has what, what waits
 * </pre>
 */
@NullMarked
package io.shardkeeper.core.plan;

import org.jspecify.annotations.NullMarked;
