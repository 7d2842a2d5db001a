/**
 * What the cron engine is measured against: an evaluator that tries each second, two engines that
 * others wrote, and properties that hold for any expression.
 */
@NullMarked
package io.shardkeeper.oracle;

import org.jspecify.annotations.NullMarked;
