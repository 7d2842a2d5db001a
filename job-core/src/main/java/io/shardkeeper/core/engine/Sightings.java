package io.shardkeeper.core.engine;

import io.shardkeeper.core.books.Branches;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.BranchReader;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.mail.Inbox;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.core.plan.Event;
import io.shardkeeper.trigger.Trigger;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What nodes say to a coordinator, as events; and what is said of those that say nothing it can read. */
final class Sightings {
  private static final Logger LOG = LoggerFactory.getLogger(Sightings.class);

  private Sightings() {}

  /** Reads what stands, in an order that matters: see {@link Branches}. */
  static CompletionStage<Branches> whatStands(Ledger ledger) {
    return ledger
        .read(Layout.CURSOR)
        .thenCompose(cursor -> branch(ledger, Layout.INBOX)
            .thenCompose(inboxes -> branch(ledger, Layout.REPORTS)
                .thenCompose(reports -> branch(ledger, Layout.PARKED)
                    .thenCompose(parked -> branch(ledger, Layout.RUNS)
                        .thenCompose(runs -> branch(ledger, Layout.PLACES)
                            .thenCombine(
                                branch(ledger, Layout.KEYS),
                                (places, keys) -> new Branches(
                                    cursor.orElseThrow(() -> Foundation.missing(Layout.CURSOR)),
                                    inboxes,
                                    reports,
                                    parked,
                                    runs,
                                    places,
                                    keys)))))));
  }

  private static CompletionStage<Map<NodePath, Node>> branch(Ledger ledger, NodePath root) {
    return BranchReader.read(ledger, root);
  }

  /** Whether it is the node of a definition. */
  static boolean isJob(NodePath path) {
    return path.parent().parent().equals(Layout.JOBS);
  }

  /** A definition; of one that cannot be read, that it is gone. */
  static Optional<Event> job(NodePath path, Node node) {
    if (!isJob(path)) {
      return Optional.empty();
    }
    try {
      JobDocument read = JobDocument.parse(node.data().text());
      // Written by hand, and telling nothing of it: it counts from when it was written.
      JobDocument document = read.since().equals(Trigger.NEVER_BEFORE)
          ? read.written(read.actor(), node.modified())
          : read;
      if (!document.job().name().equals(path.name())) {
        throw new IllegalArgumentException(
            "it is the definition of '" + document.job().name() + "'");
      }
      return Optional.of(new Event.JobSeen(path.name(), node.creation(), node.version(), document));
    } catch (IllegalArgumentException e) {
      LOG.error(
          "Job '{}' is not planned until its definition is mended: {}",
          path.name(),
          e.getMessage());
      return Optional.of(new Event.JobGone(
          path.name(), "its definition cannot be read: " + e.getMessage(), false));
    }
  }

  /** An instance, if it can be read. */
  static Optional<Event> instance(NodePath path, Node node) {
    if (!path.parent().equals(Layout.INSTANCES)) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Event.InstanceSeen(Instance.read(path.name(), node.data())));
    } catch (IllegalArgumentException e) {
      LOG.error(
          "Instance {} gets nothing: what it says of itself cannot be read: {}",
          path.name(),
          e.getMessage());
      return Optional.empty();
    }
  }

  /** The tokens of what is in the tickets of an inbox, and not reported. */
  static Set<Long> openOf(NodePath inbox, Map<NodePath, Node> nodes) {
    Set<Long> open = new HashSet<>();
    Node own = nodes.get(inbox);
    Inbox said;
    try {
      said = own == null ? Inbox.EMPTY : Inbox.read(own.data());
    } catch (IllegalArgumentException e) {
      said = Inbox.EMPTY; // then everything in its tickets is taken for its own
    }
    for (Map.Entry<NodePath, Node> entry : nodes.entrySet()) {
      if (entry.getKey().parent().equals(inbox)) {
        for (Assignment what : ticket(entry.getKey(), entry.getValue().data()).assignments()) {
          if (said.has(what.token())) {
            open.add(what.token());
          }
        }
      }
    }
    return open;
  }

  private static boolean isReadable(@Nullable Node inbox) {
    try {
      return inbox != null && Inbox.read(inbox.data()).report() >= 0;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** What is left in the inbox of an instance that is gone. */
  static Event.Leftovers leftovers(
      String id, Map<NodePath, Node> nodes, boolean mayGo, boolean reports) {
    NodePath inbox = Layout.INBOX.child(id);
    var tickets = new TreeMap<String, Ticket>();
    boolean newer = false;
    for (Map.Entry<NodePath, Node> entry : nodes.entrySet()) {
      NodePath path = entry.getKey();
      Bytes data = entry.getValue().data();
      if (path.parent().equals(inbox) && path.name().startsWith(Layout.QUESTION)) {
        // Nobody answers it any more; it goes with what was given.
        tickets.put(path.name(), new Ticket(0, Instant.EPOCH, List.of(), List.of()));
      } else if (path.parent().equals(inbox) && isNewer(data)) {
        LOG.error("Ticket {} takes a newer version to read: it stays for one that can", path);
        newer = true;
      } else if (path.parent().equals(inbox)) {
        tickets.put(path.name(), ticket(path, data));
      }
    }
    return new Event.Leftovers(
        id,
        tickets,
        isReadable(nodes.get(inbox)) ? openOf(inbox, nodes) : Set.of(),
        mayGo && !newer && nodes.containsKey(inbox),
        reports);
  }

  private static boolean isNewer(Bytes ticket) {
    try {
      Ticket unused = Ticket.read(ticket);
      return false;
    } catch (NewerFormatException e) {
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static Ticket ticket(NodePath path, Bytes data) {
    try {
      return Ticket.read(data);
    } catch (IllegalArgumentException e) {
      LOG.error(
          "Found a ticket at {} that cannot be read: {}; what was in it is moved on from memory",
          path,
          e.getMessage());
      return new Ticket(0, Instant.EPOCH, List.of(), List.of());
    }
  }

  /** The node from which an event came that must not be handled again. */
  static Optional<NodePath> culprit(Event event) {
    if (event instanceof Event.ReportSeen report) {
      return Optional.of(
          Layout.REPORTS.child(report.instance()).child(Layout.number(report.number())));
    }
    if (event instanceof Event.CommandSeen command) {
      return Optional.of(
          Layout.COMMANDS.child(command.client()).child(Layout.number(command.number())));
    }
    return Optional.empty();
  }
}
