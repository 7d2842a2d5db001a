/** The bootstrap: where threads are made, and clocks are read. */
@NullMarked
package io.shardkeeper.engine;

import org.jspecify.annotations.NullMarked;
