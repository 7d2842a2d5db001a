/** Calls a URL, and nothing that the instance does not allow. */
@NullMarked
package io.shardkeeper.handlers.http;

import org.jspecify.annotations.NullMarked;
