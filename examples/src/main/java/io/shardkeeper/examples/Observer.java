package io.shardkeeper.examples;

import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.history.Segment;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Mirror;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.zookeeper.ZooKeeperLedger;
import io.shardkeeper.zookeeper.ZooKeeperSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads along what stands in the ledger, and tells it: who is there, who coordinates, how each run ended, what was decided against a run and why. */
final class Observer implements AutoCloseable {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

  private static final Pattern HOLDER = Pattern.compile("\"term\":(\\d+),\"holder\":\"([^\"]+)\"");

  private static final Pattern INSTANT = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z");

  private final Scoreboard board;
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(2);
  private final ZooKeeperLedger ledger;
  private final List<Mirror> mirrors;
  private final Set<List<Object>> told = new HashSet<>();

  /** The ids of those who are there; it is its own lock. */
  private final Set<String> there = new HashSet<>();

  private final Instant began = Instant.now();
  private volatile String coordinator = "";

  Observer(String zooKeeper, String namespace, Scoreboard board) {
    this.board = board;
    this.ledger =
        ZooKeeperLedger.open(ZooKeeperSettings.of(zooKeeper, namespace).build(), threads, threads);
    this.mirrors = List.of(
        new Mirror(ledger, Layout.INSTANCES, this::instance),
        new Mirror(ledger, Layout.COORDINATOR.child("holder"), this::holder),
        new Mirror(ledger, Layout.HISTORY, this::history));
    threads.execute(() -> mirrors.forEach(Mirror::start));
  }

  /** The name of the one who coordinates; empty if nobody does. */
  String coordinator() {
    return coordinator;
  }

  /** Waits until everybody is gone and that is told, but no longer than this. */
  void awaitNobody(Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    synchronized (there) {
      for (long left = most.toMillis();
          left > 0 && !there.isEmpty();
          left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())) {
        there.wait(left);
      }
    }
  }

  private void instance(Mirror.Change change) {
    if (change instanceof Mirror.Change.Appeared appeared && isInstance(appeared.node())) {
      synchronized (there) {
        there.add(appeared.path().name());
      }
      board.line(
          name(appeared.path().name()), "is there", "as " + appeared.path().name());
    } else if (change instanceof Mirror.Change.Changed changed
        && Instance.read(changed.path().name(), changed.node().data()).draining()) {
      board.line(name(changed.path().name()), "leaves", "and takes nothing new");
    } else if (change instanceof Mirror.Change.Vanished vanished) {
      board.line(name(vanished.path().name()), "is gone", vanished.path().name());
      synchronized (there) {
        there.remove(vanished.path().name());
        there.notifyAll();
      }
    }
  }

  private static boolean isInstance(Node node) {
    return node.isEphemeral();
  }

  private void holder(Mirror.Change change) {
    if (change instanceof Mirror.Change.Appeared appeared) {
      coordinates(appeared.node());
    } else if (change instanceof Mirror.Change.Changed changed) {
      coordinates(changed.node());
    } else if (change instanceof Mirror.Change.Vanished) {
      coordinator = "";
    }
  }

  private void coordinates(Node node) {
    Matcher found = HOLDER.matcher(node.data().text());
    if (found.find()) {
      coordinator = name(found.group(2));
      board.line(coordinator, "coordinates", "in term " + found.group(1));
    }
  }

  private void history(Mirror.Change change) {
    if (change instanceof Mirror.Change.Appeared appeared
        && appeared.path().parent().equals(Layout.HISTORY)) {
      Segment.read(appeared.node().data()).forEach(this::entry);
    }
  }

  /** Segments are merged now and then: what was told before is not told again. */
  private void entry(Entry entry) {
    if (entry.decided().isBefore(began)) {
      return;
    }
    if (entry instanceof Entry.Run run && told.add(List.of(run.id()))) {
      String where = run.parts().stream()
          .map(part ->
              name(part.instance()) + (part.attempt() > 1 ? " at attempt " + part.attempt() : ""))
          .distinct()
          .collect(Collectors.joining(", "));
      board.line(
          "",
          run.job(),
          "due " + TIME.format(run.scheduledAt()) + ": " + run.outcome()
              + (where.isEmpty() ? "" : " on " + where)
              + (run.reason().isEmpty() ? "" : ", because " + shorter(run.reason())));
    } else if (entry instanceof Entry.Skip skip
        && told.add(List.of(skip.job(), skip.first(), skip.outcome()))) {
      board.line(
          "",
          skip.job(),
          "due " + TIME.format(skip.first()) + ": " + skip.outcome() + ", because "
              + shorter(skip.reason()));
    }
  }

  /** Instants as the clock on the wall tells them. */
  private static String shorter(String reason) {
    return INSTANT.matcher(reason).replaceAll(found -> TIME.format(Instant.parse(found.group())));
  }

  /** An id is a name, and something behind it that nobody had before. */
  private static String name(String id) {
    int end = id.lastIndexOf('-');
    return end < 0 ? id : id.substring(0, end);
  }

  @Override
  public void close() {
    ledger.close();
    threads.shutdownNow();
  }
}
