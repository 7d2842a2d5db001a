/** Runs and how they end. */
@NullMarked
package io.shardkeeper.run;

import org.jspecify.annotations.NullMarked;
