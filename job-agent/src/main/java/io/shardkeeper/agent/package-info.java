/** A process that offers the ready handlers, and nothing else. */
@NullMarked
package io.shardkeeper.agent;

import org.jspecify.annotations.NullMarked;
