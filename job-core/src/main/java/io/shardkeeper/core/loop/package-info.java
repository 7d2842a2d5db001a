/** Where an engine lives: the one thread of its own, its clocks, and the threads on which handlers work. */
@NullMarked
package io.shardkeeper.core.loop;

import org.jspecify.annotations.NullMarked;
