/** The work on one instance: handlers that run, end, are cancelled, or do not come back. */
@NullMarked
package io.shardkeeper.core.execution;

import org.jspecify.annotations.NullMarked;
