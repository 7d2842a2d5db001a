package io.shardkeeper.handlers.command;

import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;

/** To be written. */
public final class CommandHandler implements ShardingJobHandler, AutoCloseable {
  private final CommandRules rules;

  /** With what the instance allows. */
  public CommandHandler(CommandRules rules) {
    this.rules = rules;
  }

  @Override
  public String name() {
    return "command";
  }

  @Override
  public String description() {
    return "Runs a command that this instance knows by a name";
  }

  @Override
  public Result handle(ShardingContext context) {
    return Result.failed("to be written: " + rules);
  }

  @Override
  public void close() {}
}
