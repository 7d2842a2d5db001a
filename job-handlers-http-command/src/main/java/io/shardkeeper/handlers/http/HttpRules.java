package io.shardkeeper.handlers.http;

import io.shardkeeper.core.json.Fields;

/** To be written. */
public record HttpRules() {
  /** Reads them. */
  public static HttpRules read(Fields fields) {
    return new HttpRules();
  }
}
