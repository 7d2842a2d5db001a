/** Handlers that are ready, as far as the file of an instance allows them. */
@NullMarked
package io.shardkeeper.handlers;

import org.jspecify.annotations.NullMarked;
