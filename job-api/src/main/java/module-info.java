/** What an application sees: jobs, triggers, handlers. */
module io.shardkeeper.api {
  requires transitive org.slf4j;
  requires static transitive org.jspecify;

  exports io.shardkeeper.calendar;
  exports io.shardkeeper.cron;
  exports io.shardkeeper.handler;
  exports io.shardkeeper.job;
  exports io.shardkeeper.run;
  exports io.shardkeeper.trigger;
}
