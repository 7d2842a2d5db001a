/** What the engine costs as a whole: a ZooKeeper and instances, each in a process of its own. */
@NullMarked
package io.shardkeeper.benchmarks.engine;

import org.jspecify.annotations.NullMarked;
