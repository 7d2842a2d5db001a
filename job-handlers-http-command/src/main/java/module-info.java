/** Handlers that are ready: jobs name them, and nobody writes code. */
// Netty's jars say in their manifests how their modules are called, and no more.
@SuppressWarnings("requires-automatic")
module io.shardkeeper.handlers {
  requires transitive io.shardkeeper.api;
  requires transitive io.shardkeeper.core;
  requires com.google.gson;
  requires io.netty.buffer;
  requires io.netty.codec;
  requires io.netty.codec.http;
  requires io.netty.common;
  requires io.netty.handler;
  requires io.netty.resolver;
  requires io.netty.transport;
  requires org.slf4j;
  requires static org.jspecify;

  exports io.shardkeeper.handlers;
}
