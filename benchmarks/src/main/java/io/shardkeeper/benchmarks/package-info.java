/** Benchmarks, each beside what others offer for the same purpose. */
@NullMarked
package io.shardkeeper.benchmarks;

import org.jspecify.annotations.NullMarked;
