/** What the coordinator decides: fires become runs, runs become tickets, reports become outcomes. Pure: events in, transactions out. */
@NullMarked
package io.shardkeeper.core.plan;

import org.jspecify.annotations.NullMarked;
