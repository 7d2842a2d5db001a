/** What an application asks of a namespace: definitions, runs, and what became of them. */
@NullMarked
package io.shardkeeper.client;

import org.jspecify.annotations.NullMarked;
