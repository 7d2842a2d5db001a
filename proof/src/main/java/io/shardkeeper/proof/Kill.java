package io.shardkeeper.proof;

/**
 * An instance that was ended by SIGKILL.
 *
 * @param instance its name
 * @param pid its process
 * @param mono when that was, by the monotonic clock
 * @param wall when that was, by the wall clock
 */
record Kill(String instance, long pid, long mono, long wall) {}
