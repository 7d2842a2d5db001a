/** What decides. Other modules of the project use it; applications use the API. */
module io.shardkeeper.core {
  requires transitive io.shardkeeper.api;
  requires com.google.gson;
  requires org.slf4j;
  requires static org.jspecify;

  exports io.shardkeeper.core.definition;
  exports io.shardkeeper.core.ledger;
  exports io.shardkeeper.core.ledger.memory;
}
