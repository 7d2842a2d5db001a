/** What applications put into the configuration of Logback. */
@NullMarked
package io.shardkeeper.logback;

import org.jspecify.annotations.NullMarked;
