/** What an application implements, and what its code sees while it runs. */
@NullMarked
package io.shardkeeper.handler;

import org.jspecify.annotations.NullMarked;
