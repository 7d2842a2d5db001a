/** Runs a command that the instance knows by a name, and ends all that it started. */
@NullMarked
package io.shardkeeper.handlers.command;

import org.jspecify.annotations.NullMarked;
