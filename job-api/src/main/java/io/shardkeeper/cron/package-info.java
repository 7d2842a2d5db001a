/** Cron expressions: our own engine. Local times only; zones join in {@code io.shardkeeper.trigger}. */
@NullMarked
package io.shardkeeper.cron;

import org.jspecify.annotations.NullMarked;
