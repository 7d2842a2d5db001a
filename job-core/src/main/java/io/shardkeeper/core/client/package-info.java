/** How an application asks: whoever coordinates by commands, instances by questions; definitions it writes, and the rest it reads. */
@NullMarked
package io.shardkeeper.core.client;

import org.jspecify.annotations.NullMarked;
