/** Routes of your own: who of the eligible instances gets a shard. */
@NullMarked
package io.shardkeeper.routing;

import org.jspecify.annotations.NullMarked;
