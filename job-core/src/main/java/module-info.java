/** What decides. Other modules of the project use it; applications use the API. */
module io.shardkeeper.core {
  requires transitive io.shardkeeper.api;
  requires transitive com.google.gson;
  requires org.slf4j;
  requires static org.jspecify;

  exports io.shardkeeper.config;
  exports io.shardkeeper.core.assign;
  exports io.shardkeeper.core.books;
  exports io.shardkeeper.core.client;
  exports io.shardkeeper.core.coordinator;
  exports io.shardkeeper.core.definition;
  exports io.shardkeeper.core.desk;
  exports io.shardkeeper.core.engine;
  exports io.shardkeeper.core.execution;
  exports io.shardkeeper.core.history;
  exports io.shardkeeper.core.instance;
  exports io.shardkeeper.core.json;
  exports io.shardkeeper.core.layout;
  exports io.shardkeeper.core.ledger;
  exports io.shardkeeper.core.ledger.adapter;
  exports io.shardkeeper.core.ledger.memory;
  exports io.shardkeeper.core.loop;
  exports io.shardkeeper.core.mail;
  exports io.shardkeeper.core.plan;
}
