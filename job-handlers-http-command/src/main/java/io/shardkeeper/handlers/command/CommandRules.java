package io.shardkeeper.handlers.command;

import io.shardkeeper.core.json.Fields;

/** To be written. */
public record CommandRules() {
  /** Reads them. */
  public static CommandRules read(Fields fields) {
    return new CommandRules();
  }
}
