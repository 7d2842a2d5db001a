package io.shardkeeper.simulation;

import io.shardkeeper.core.execution.RunLogs;
import io.shardkeeper.core.layout.Assignment;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What handlers have logged on one host: it outlives their processes. The last thousand executions. */
final class SimulatedLogs implements RunLogs {
  private static final int MOST = 1_000;

  private final Map<String, TreeMap<Integer, Written>> written = new java.util.LinkedHashMap<>();

  /** One execution; ASCII only. */
  private static final class Written implements Sheet {
    private final StringBuilder text = new StringBuilder();
    private boolean closed;

    @Override
    public void write(byte[] entry) {
      text.append(new String(entry, StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Override
  public Sheet open(Assignment what) {
    var sheet = new Written();
    written
        .computeIfAbsent(what.run().id().text() + "/" + what.shard(), execution -> new TreeMap<>())
        .put(what.attempt(), sheet);
    if (written.size() > MOST) {
      written.remove(written.keySet().iterator().next());
    }
    return sheet;
  }

  @Override
  public Optional<Page> read(String run, int shard, int attempt, long offset, int most) {
    TreeMap<Integer, Written> attempts = written.get(run + "/" + shard);
    if (attempts == null) {
      return Optional.empty();
    }
    int which = attempt == 0 ? attempts.lastKey() : attempt;
    Written found = attempts.get(which);
    if (found == null || found.text.length() == 0) {
      return Optional.empty();
    }
    int size = found.text.length();
    int from = (int) Math.max(0, Math.min(size, offset < 0 ? size + offset : offset));
    int to = Math.min(size, from + most);
    return Optional.of(new Page(
        which, from, found.text.substring(from, to), to, size, found.closed && to == size));
  }
}
