/** For applications that log by Logback. */
module io.shardkeeper.logback {
  requires transitive ch.qos.logback.classic;
  requires transitive ch.qos.logback.core;
  requires io.shardkeeper.core;
  requires org.slf4j;
  requires static org.jspecify;

  exports io.shardkeeper.logback;
}
