/** How an application asks: commands through a box that the coordinator answers, definitions written directly, and the rest read. */
@NullMarked
package io.shardkeeper.core.client;

import org.jspecify.annotations.NullMarked;
