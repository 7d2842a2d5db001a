package io.shardkeeper.core.client;

import io.shardkeeper.core.books.Standing;
import io.shardkeeper.core.history.FireAnswer;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Lane;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.ledger.BranchReader;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.mail.Inbox;
import io.shardkeeper.core.mail.Report;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.core.post.Asking;
import io.shardkeeper.view.RunView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the runs of a job that have not ended: among what is parked, given to instances, reported by them, and partly done, in the order in
 * which a run goes through these. One that goes back in the meantime, as for a retry, is missed. Lives on the loop.
 */
final class OpenRuns {
  private static final Logger LOG = LoggerFactory.getLogger(OpenRuns.class);

  private final Ledger ledger;
  private final Asking asking;

  OpenRuns(Ledger ledger, Asking asking) {
    this.ledger = ledger;
    this.asking = asking;
  }

  /** What is found of a run. */
  private static final class Found {
    final RunPlan plan;
    final SortedSet<String> instances = new TreeSet<>();
    boolean due;
    boolean killed;

    /** Whether one of its shards that are due has nothing before it. */
    boolean first;

    String behind = "";
    String reason = "";

    Found(RunPlan plan) {
      this.plan = plan;
    }

    RunView.Open view() {
      String why = reason.isEmpty() && !first ? behind : reason;
      boolean waits = instances.isEmpty() ? !reason.isEmpty() : !first && !behind.isEmpty();
      RunView.State state = killed
          ? RunView.State.ENDING
          : waits ? RunView.State.WAITING : due ? RunView.State.RUNNING : RunView.State.PLANNED;
      return new RunView.Open(
          plan.id().text(),
          plan.id().job(),
          plan.scheduledAt(),
          state,
          List.copyOf(instances),
          why);
    }
  }

  /** The runs of a job, in no order. */
  CompletionStage<List<RunView.Open>> of(String job, Instant now) {
    NodePath standings = Layout.RUNS.child(Layout.bucketName(Layout.bucket(job)));
    Map<RunId, Found> found = new TreeMap<>();
    return branch(Layout.PARKED)
        .thenAccept(nodes -> parked(nodes, job, found))
        .thenCompose(done -> branch(Layout.INBOX))
        .thenAccept(nodes -> given(nodes, job, now, found))
        .thenCompose(done -> branch(Layout.REPORTS))
        .thenAccept(nodes -> reported(nodes, job, now, found))
        .thenCompose(done -> branch(standings))
        .thenApply(nodes -> {
          standing(nodes, job, now, found);
          return found.values().stream().map(Found::view).toList();
        });
  }

  /** As the history wants to know them. */
  static FireAnswer.Open open(RunView.Open run) {
    return new FireAnswer.Open(
        RunId.parse(run.id()),
        run.scheduledAt(),
        run.state().name().toLowerCase(Locale.ROOT),
        String.join(", ", run.instances()),
        run.reason());
  }

  private CompletionStage<Map<NodePath, Node>> branch(NodePath root) {
    return asking.ask(() -> BranchReader.read(ledger, root));
  }

  private static void parked(Map<NodePath, Node> nodes, String job, Map<RunId, Found> found) {
    nodes.forEach((path, node) -> {
      if (path.parent().equals(Layout.PARKED)) {
        read(path, node, Parked::read)
            .ifPresent(parked -> parked.items().stream()
                .filter(item -> item.run().id().job().equals(job))
                .forEach(item -> {
                  Found run = found(item.run(), found);
                  run.reason = item.cause().why().isEmpty()
                      ? "its time has not come"
                      : item.cause().why();
                }));
      }
    });
  }

  /** One lane in one inbox: of what stands there, one runs at a time. */
  private record Line(NodePath inbox, Lane lane) {}

  private static void given(
      Map<NodePath, Node> nodes, String job, Instant now, Map<RunId, Found> found) {
    Map<NodePath, Inbox> inboxes = new HashMap<>();
    Map<Line, List<Assignment>> lines = new LinkedHashMap<>();
    nodes.forEach((path, node) -> {
      if (path.parent().equals(Layout.INBOX)) {
        read(path, node, Inbox::read).ifPresent(inbox -> inboxes.put(path, inbox));
      } else if (path.parent().parent().equals(Layout.INBOX)) {
        Inbox inbox = inboxes.getOrDefault(path.parent(), Inbox.EMPTY);
        read(path, node, Ticket::read).ifPresent(ticket -> {
          for (Assignment what : ticket.assignments()) {
            if (what.run().id().job().equals(job) && inbox.has(what.token())) {
              lines
                  .computeIfAbsent(new Line(path.parent(), what.lane()), line -> new ArrayList<>())
                  .add(what);
            }
          }
        });
      }
    });
    lines.forEach((line, all) -> {
      Inbox inbox = inboxes.getOrDefault(line.inbox(), Inbox.EMPTY);
      all.sort(Comparator.comparing(Assignment::run, RunPlan.IN_TURN));
      for (Assignment what : all) {
        if (!inbox.reported().contains(what.token())) {
          Found run = found(what.run(), found);
          run.instances.add(line.inbox().name());
          if (!what.due().isAfter(now)) {
            run.due = true;
            String behind = behind(what, all, inbox.busy());
            run.behind = behind;
            run.first |= behind.isEmpty();
          }
        }
      }
    });
  }

  /** What an assignment has before it in its line; empty if that cannot be told, or is nothing. */
  private static String behind(Assignment what, List<Assignment> line, Set<Long> busy) {
    for (Assignment other : line) {
      if (busy.contains(other.token())) {
        return "behind run " + other.run().id() + ", whose handler has not returned";
      }
    }
    return line.stream()
        .filter(other -> isBefore(other, what))
        .findFirst()
        .map(other -> "behind run " + other.run().id())
        .orElse("");
  }

  /**
   * Whether one starts before another of its line for certain. An instance takes the runs in their turn, but it does not stop one for another:
   * an earlier one that came later, as a retry does, may find that other running, and nothing that is stored tells.
   */
  private static boolean isBefore(Assignment one, Assignment other) {
    return RunPlan.IN_TURN.compare(one.run(), other.run()) < 0
        && one.token() < other.token()
        && !one.due().isAfter(other.due());
  }

  /** What its instance has done with, and the coordinator has not read: it may have died in between. */
  private static void reported(
      Map<NodePath, Node> nodes, String job, Instant now, Map<RunId, Found> found) {
    nodes.forEach((path, node) -> {
      if (path.parent().parent().equals(Layout.REPORTS)) {
        read(path, node, Report::read).ifPresent(report -> {
          for (Told told : report.told()) {
            Assignment what = told.what();
            boolean endedBefore = told instanceof Told.Returned || told instanceof Told.Overran;
            if (!endedBefore && what.run().id().job().equals(job)) {
              found(what.run(), found).due |= !what.due().isAfter(now);
            }
          }
        });
      }
    });
  }

  private static void standing(
      Map<NodePath, Node> nodes, String job, Instant now, Map<RunId, Found> found) {
    nodes.forEach((path, node) -> {
      if (path.parent().parent().equals(Layout.RUNS)) {
        read(path, node, Standing::read).ifPresent(standing -> {
          if (standing.plan().id().job().equals(job)) {
            Found run = found(standing.plan(), found);
            run.killed |= standing.killed();
            run.due |= !standing.plan().scheduledAt().isAfter(now);
          }
        });
      }
    });
  }

  private static Found found(RunPlan plan, Map<RunId, Found> found) {
    return found.computeIfAbsent(plan.id(), id -> new Found(plan));
  }

  /** Parents come before their children in the order of paths, and what cannot be read hides nothing else. */
  private static <T> Optional<T> read(NodePath path, Node node, Function<Bytes, T> reader) {
    try {
      return Optional.of(reader.apply(node.data()));
    } catch (IllegalArgumentException e) {
      LOG.warn("What stands at {} cannot be read: {}", path, e.getMessage());
      return Optional.empty();
    }
  }
}
