package io.shardkeeper.core.books;

import io.shardkeeper.core.json.Text;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.Rows;
import io.shardkeeper.core.layout.Stamp;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.NodePath;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The names by which requests that are made again are recognised, for a day. */
public final class Keys {
  /** How long a key is remembered. */
  static final Duration KEPT = Duration.ofHours(24);

  /** Keys that are remembered, at most. */
  public static final int MOST = 10_000;

  private final Map<String, Known> known = new LinkedHashMap<>();
  private long remembered;

  /** No key is remembered. */
  public Keys() {}

  /** A key that was used, and where that stands. */
  public record Known(String key, String run, Instant at, NodePath path) {
    public Bytes bytes() {
      return Text.object(out -> {
        Rows.version(out);
        out.name("key").value(key).name("run").value(run).name("at").jsonValue(Stamp.of(at));
      });
    }

    static Known read(NodePath path, Bytes data) {
      return Text.read(data, in -> {
        String key = "";
        String run = "";
        Instant at = Instant.EPOCH;
        while (in.hasNext()) {
          String name = in.nextName();
          if (Rows.isVersion(in, name, "An outer key")) {
            continue;
          }
          switch (name) {
            case "key" -> key = in.nextString();
            case "run" -> run = in.nextString();
            case "at" -> at = Stamp.read(in.nextString());
            default -> in.skipValue();
          }
        }
        return new Known(key, run, at, path);
      });
    }
  }

  public void load(Known one) {
    known.put(one.key(), one);
  }

  public Optional<String> run(String key) {
    return Optional.ofNullable(known.get(key)).map(Known::run);
  }

  public boolean isFull() {
    return known.size() >= MOST;
  }

  public Known remember(String key, String run, Instant at, long number) {
    NodePath path = Layout.KEYS
        .child(Layout.bucketName(Layout.bucket(key)))
        .child(Layout.number(number) + "-" + ++remembered);
    var one = new Known(key, run, at, path);
    known.put(key, one);
    return one;
  }

  /** Forgets what is older than a day, and tells what that was. */
  public List<Known> sweep(Instant now) {
    List<Known> old = new ArrayList<>();
    for (Known one : known.values()) {
      if (one.at().isBefore(now.minus(KEPT))) {
        old.add(one);
      }
    }
    old.forEach(one -> known.remove(one.key()));
    return old;
  }
}
