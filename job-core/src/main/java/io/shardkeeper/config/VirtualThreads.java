package io.shardkeeper.config;

/** Which kind of thread runs handlers. */
public enum VirtualThreads {
  /** Virtual threads where the JVM has them (21 and newer), platform threads elsewhere. */
  AUTO,
  /** Virtual threads; a JVM without them is refused. */
  ALWAYS,
  /** Platform threads. */
  NEVER
}
