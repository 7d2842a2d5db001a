package io.shardkeeper.core.client;

import io.shardkeeper.core.history.Compaction;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.history.Segment;
import io.shardkeeper.core.history.SegmentName;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.post.Asking;
import io.shardkeeper.view.RunView;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what is kept of a job: the segments in which something of it may be, and no others. Lives on the loop. */
final class Histories {
  private static final Logger LOG = LoggerFactory.getLogger(Histories.class);
  private static final int MOST_TRIES = 10;

  private final Asking asking;

  Histories(Asking asking) {
    this.asking = asking;
  }

  /** A run that has ended, and all that is kept of its job. */
  record Past(Entry.Run run, List<Entry> ofJob) {
    RunView.Ended view() {
      return run.view(ofJob);
    }
  }

  /** A run that has ended, if it is kept. */
  CompletionStage<Optional<Past>> find(RunId run) {
    return of(run.job())
        .thenApply(entries -> entries.stream()
            .filter(entry -> entry instanceof Entry.Run ended && ended.id().equals(run))
            .map(entry -> new Past((Entry.Run) entry, entries))
            .findFirst());
  }

  /** All that is kept of a job, in all its generations. */
  CompletionStage<List<Entry>> of(String job) {
    return read(job, new TreeMap<>(), MOST_TRIES);
  }

  /** A segment that vanishes between the list and the question was merged: what was in it stands in another that the next list names. */
  private CompletionStage<List<Entry>> read(String job, Map<String, List<Entry>> known, int tries) {
    return asking.list(Layout.HISTORY).thenCompose(names -> {
      List<String> relevant =
          Compaction.of(job, names.stream().flatMap(Histories::segment).toList()).stream()
              .map(SegmentName::text)
              .toList();
      known.keySet().retainAll(new HashSet<>(relevant));
      Set<String> gone = new HashSet<>();
      return asking
          .<String, Optional<Node>>each(
              relevant.stream().filter(name -> !known.containsKey(name)).toList(),
              name -> asking.read(Layout.HISTORY.child(name)),
              (name, node) -> {
                if (node.isPresent()) {
                  known.put(name, entries(Layout.HISTORY.child(name), node.get(), job));
                } else {
                  gone.add(name);
                }
              })
          .thenCompose(done -> {
            if (!gone.isEmpty() && tries > 1) {
              return read(job, known, tries - 1);
            }
            List<Entry> all = new ArrayList<>();
            known.values().forEach(all::addAll);
            return CompletableFuture.completedStage(all);
          });
    });
  }

  private static Stream<SegmentName> segment(String name) {
    try {
      return Stream.of(SegmentName.parse(name));
    } catch (IllegalArgumentException e) {
      return Stream.empty(); // nobody's
    }
  }

  private static List<Entry> entries(NodePath path, Node node, String job) {
    try {
      return Segment.read(node.data()).stream()
          .filter(entry -> entry.job().equals(job))
          .toList();
    } catch (IllegalArgumentException e) {
      LOG.error("What {} keeps of the past cannot be read: {}", path, e.getMessage());
      return List.of();
    }
  }
}
