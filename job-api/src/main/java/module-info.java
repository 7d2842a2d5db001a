/** What an application sees: jobs, triggers, handlers. */
module io.shardkeeper.api {
  requires transitive org.slf4j;
  // Annotations only: needed to compile against, not to run.
  requires static transitive org.jspecify;

  exports io.shardkeeper.calendar;
  exports io.shardkeeper.client;
  exports io.shardkeeper.cron;
  exports io.shardkeeper.handler;
  exports io.shardkeeper.job;
  exports io.shardkeeper.listener;
  exports io.shardkeeper.routing;
  exports io.shardkeeper.run;
  exports io.shardkeeper.text to
      io.shardkeeper.core,
      io.shardkeeper.handlers;
  exports io.shardkeeper.trigger;
  exports io.shardkeeper.view;
}
