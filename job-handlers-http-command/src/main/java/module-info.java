/** Handlers that are ready: jobs name them, and nobody writes code. */
module io.shardkeeper.handlers {
  requires transitive io.shardkeeper.api;
  requires transitive io.shardkeeper.core;
  requires com.google.gson;
  requires org.slf4j;
  requires static org.jspecify;

  exports io.shardkeeper.handlers;
}
