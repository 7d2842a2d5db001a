package io.shardkeeper.examples;

import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A store that no frozen process can harm: it keeps the largest token that it has seen, and refuses writes with a smaller one. */
public final class HandlerWithToken {
  private final Map<String, Row> rows = new ConcurrentHashMap<>();

  record Row(String value, long token) {}

  /** In a database: {@code UPDATE ... SET value = ?, token = ? WHERE id = ? AND token <= ?}, and no row means refused. */
  boolean write(String id, String value, long token) {
    Row row = rows.merge(
        id, new Row(value, token), (old, fresh) -> fresh.token() < old.token() ? old : fresh);
    return row.token() == token;
  }

  Row read(String id) {
    return rows.getOrDefault(id, new Row("", 0));
  }

  JobHandler handler() {
    return JobHandler.of(
        "write",
        "Writes under the token of its execution",
        context -> write("balance", context.runId(), context.token())
            ? Result.ok()
            : Result.failed("a later execution of this shard has written already"));
  }
}
