package io.shardkeeper.core.engine;

import io.shardkeeper.core.history.Compaction;
import io.shardkeeper.core.history.Compaction.Made;
import io.shardkeeper.core.history.Compaction.Merge;
import io.shardkeeper.core.history.Compaction.Written;
import io.shardkeeper.core.history.Content;
import io.shardkeeper.core.history.Retention;
import io.shardkeeper.core.history.Segment;
import io.shardkeeper.core.history.SegmentName;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the history of a namespace for whoever coordinates: learns which segments there are, and merges them one step at a time. Lives on the
 * loop. What it does not get done the next one does: segments tell by their names how far it is.
 */
final class HistoryKeeping {
  private static final Logger LOG = LoggerFactory.getLogger(HistoryKeeping.class);
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);
  private static final Duration BETWEEN_STEPS = Duration.ofMillis(20);

  /** Bytes of segments whose content is kept in memory, where it takes several times as much. */
  private static final int MOST_OWN = 8 * 1024 * 1024;

  /** Looks without anything new after which there is time for what is not urgent. */
  private static final int IDLE = 30;

  private final Ledger ledger;
  private final Loop loop;
  private final Compaction compaction;
  private final Function<String, Retention> retention;
  private final Supplier<Map<SegmentName, Made>> written;
  private final Consumer<Written> replace;
  private final Map<SegmentName, Compaction.Held> known = new TreeMap<>();

  /** Segments that cannot be read: they stay as they are, and are part of no merge. */
  private final Set<SegmentName> damaged = new HashSet<>();

  /** Segments that the last step replaces, as long as they are there. */
  private final Set<SegmentName> going = new HashSet<>();

  /** Segments that the last step creates, as long as they are not seen. */
  private final Set<SegmentName> coming = new HashSet<>();

  /** What is in segments that were written from here: nobody has to read them. */
  private final Map<SegmentName, Own> own = new TreeMap<>();

  private long ownBytes;

  /** What is in a segment, which as it is written takes so many bytes. */
  private record Own(Content content, int bytes) {}

  /** What is in the pieces that the last step has read and left: the next one goes on with them, bucket by bucket. */
  private Map<SegmentName, Content> kept = Map.of();

  private Subscription timer = () -> {};
  private int quiet;

  /** Nanoseconds for which the present step has kept the loop. */
  private long spent;

  private boolean closed;

  HistoryKeeping(
      Ledger ledger,
      Loop loop,
      Compaction compaction,
      Function<String, Retention> retention,
      Supplier<Map<SegmentName, Made>> written,
      Consumer<Written> replace) {
    this.ledger = ledger;
    this.loop = loop;
    this.compaction = compaction;
    this.retention = retention;
    this.written = written;
    this.replace = replace;
  }

  void start() {
    later(BETWEEN_LOOKS);
  }

  void close() {
    closed = true;
    timer.close();
  }

  private void later(Duration wait) {
    if (!closed) {
      timer = loop.at(loop.nanos() + wait.toNanos(), this::look);
    }
  }

  /** Twice as long as the last step kept the loop: fires are due meanwhile, and the history is not. */
  private Duration pause() {
    Duration pause = Duration.ofNanos(2 * spent);
    spent = 0;
    return pause.compareTo(BETWEEN_STEPS) < 0 ? BETWEEN_STEPS : pause;
  }

  private void look() {
    ledger
        .list(Layout.HISTORY)
        .thenCompose(names -> learn(names.orElse(List.of())))
        .thenCompose(news -> {
          quiet = news ? 0 : quiet + 1;
          return merge();
        })
        .whenComplete((merged, failure) -> {
          if (failure != null) {
            LOG.debug("The history is looked after later: {}", failure.getMessage());
          }
          later(failure == null && merged ? pause() : BETWEEN_LOOKS);
        });
  }

  /** Remembers what was written from here, as far as there is room. */
  private void remember(SegmentName name, Made made) {
    int size = made.data().length();
    // Fresh ones are soon divided: what has to wait for long leaves room for them.
    long most = name.kind() == SegmentName.Kind.FRESH ? MOST_OWN : MOST_OWN / 2;
    if (ownBytes + size <= most) {
      own.put(name, new Own(made.content(), size));
      ownBytes += size;
    }
  }

  private void forget(SegmentName name) {
    Own gone = own.remove(name);
    ownBytes -= gone == null ? 0 : gone.bytes();
  }

  /** Takes in which segments there are; of those that a stranger has written it reads the size. Whether there was anything new. */
  private CompletionStage<Boolean> learn(List<String> names) {
    written.get().forEach(this::remember);
    Set<SegmentName> present = new HashSet<>();
    List<SegmentName> fresh = new ArrayList<>();
    for (String text : names) {
      parse(text).ifPresent(name -> {
        present.add(name);
        if (!known.containsKey(name)) {
          fresh.add(name);
        }
      });
    }
    for (SegmentName gone : List.copyOf(known.keySet())) {
      if (!present.contains(gone)) {
        known.remove(gone);
        forget(gone);
      }
    }
    going.retainAll(present);
    coming.removeAll(present);
    damaged.retainAll(present);
    CompletionStage<Boolean> done = CompletableFuture.completedStage(!fresh.isEmpty());
    for (SegmentName name : fresh) {
      Own ours = own.get(name);
      if (ours != null) {
        known.put(name, new Compaction.Held(name, ours.bytes()));
        continue;
      }
      done = done.thenCombine(ledger.read(name.path()), (news, node) -> {
        node.ifPresent(
            read -> known.put(name, new Compaction.Held(name, read.data().length())));
        return news;
      });
    }
    return done;
  }

  private static Optional<SegmentName> parse(String text) {
    try {
      return Optional.of(SegmentName.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // a stranger's
    }
  }

  /** Does the next step, if there is one; whether there was. */
  private CompletionStage<Boolean> merge() {
    if (!going.isEmpty() || !coming.isEmpty()) {
      return CompletableFuture.completedStage(true); // the last step is on its way
    }
    List<Compaction.Held> usable = new ArrayList<>(known.values());
    usable.removeIf(held -> damaged.contains(held.name()));
    Optional<Merge> next = compaction.next(usable, quiet > IDLE);
    if (closed || next.isEmpty()) {
      kept = Map.of();
      return CompletableFuture.completedStage(false);
    }
    Merge step = next.get();
    Map<SegmentName, Content> contents = new HashMap<>(kept);
    own.forEach((name, ours) -> contents.put(name, ours.content()));
    return read(step.read(), contents)
        .thenCompose(all -> all
            ? read(compaction.further(step, contents), contents)
            : CompletableFuture.completedStage(false))
        .thenApply(all -> {
          if (all && !closed) {
            long begin = loop.nanos();
            Written merged = compaction.merge(step, contents, retention);
            spent += loop.nanos() - begin;
            if (!merged.created().isEmpty() || !merged.deleted().isEmpty()) {
              replace.accept(merged);
              going.addAll(merged.deleted());
              coming.addAll(merged.created().keySet());
              merged.created().forEach(this::rememberPiece);
              keep(step, contents);
              return true;
            }
          }
          return false;
        });
  }

  /** Pieces wait for others until their bucket is written anew. What is in a bucket is needed far less often. */
  private void rememberPiece(SegmentName name, Made made) {
    if (name.kind() == SegmentName.Kind.PIECE) {
      remember(name, made);
    }
  }

  private void keep(Merge step, Map<SegmentName, Content> contents) {
    if (step instanceof Merge.Fold fold) {
      contents.keySet().retainAll(Set.copyOf(fold.read()));
      contents.keySet().removeAll(going);
      kept = contents;
    }
  }

  /** Reads segments; whether all of them could be read. */
  private CompletionStage<Boolean> read(
      List<SegmentName> names, Map<SegmentName, Content> contents) {
    CompletionStage<Boolean> done = CompletableFuture.completedStage(true);
    for (SegmentName name : names) {
      if (!contents.containsKey(name)) {
        done = done.thenCombine(ledger.read(name.path()), (all, node) -> {
          try {
            long begin = loop.nanos();
            node.ifPresent(read -> contents.put(name, new Content(Segment.read(read.data()))));
            spent += loop.nanos() - begin;
          } catch (IllegalArgumentException e) {
            LOG.error(
                "Found a segment of the history at {} that cannot be read: {}; it stays as it is",
                name.path(),
                e.getMessage());
            damaged.add(name);
          }
          return all && contents.containsKey(name);
        });
      }
    }
    return done;
  }
}
