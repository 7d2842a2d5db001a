/** What an application is told of what happens: runs, executions, and the instance in its own process. */
@NullMarked
package io.shardkeeper.listener;

import org.jspecify.annotations.NullMarked;
