package io.shardkeeper.handlers.http;

import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;

/** To be written. */
public final class HttpHandler implements ShardingJobHandler, AutoCloseable {
  private final HttpRules rules;

  /** With what the instance allows. */
  public HttpHandler(HttpRules rules) {
    this.rules = rules;
  }

  @Override
  public String name() {
    return "http";
  }

  @Override
  public String description() {
    return "Calls a URL that this instance allows";
  }

  @Override
  public Result handle(ShardingContext context) {
    return Result.failed("to be written: " + rules);
  }

  @Override
  public void close() {}
}
