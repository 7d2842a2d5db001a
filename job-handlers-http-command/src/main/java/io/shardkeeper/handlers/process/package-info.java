/** Starts a program, holds together all that it starts, and says how it ended; what was left by others it finds. */
@NullMarked
package io.shardkeeper.handlers.process;

import org.jspecify.annotations.NullMarked;
