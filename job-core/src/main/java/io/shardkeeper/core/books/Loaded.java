package io.shardkeeper.core.books;

import io.shardkeeper.core.assign.Spread;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.layout.Cursor;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.mail.Inbox;
import io.shardkeeper.core.mail.Report;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.core.mail.Told;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What stands in the ledger when a tenure begins, read in this order: inboxes, then reports, then the rest. So what an instance reports in
 * between is seen at least once, in its ticket or in its report.
 *
 * @param cursor how far the former one was
 * @param cursorVersion the version of its node
 * @param open what instances have, and have not reported
 * @param unreadable what stands where the standing of a run is to stand, and is none
 * @param isWhole whether nothing of what is given or parked takes a newer version to read: that may hold what is found nowhere else
 */
public record Loaded(
    Cursor cursor,
    int cursorVersion,
    List<Fleet.Open> open,
    List<ParkingLot.Place> parked,
    List<RunCard> runs,
    Spread spread,
    List<Keys.Known> keys,
    Map<NodePath, Node> unreadable,
    boolean isWhole) {
  private static final Logger LOG = LoggerFactory.getLogger(Loaded.class);

  /** Puts together what was read; what cannot be read is left out and told. */
  public static Loaded of(Branches read) {
    Node cursor = read.cursor();
    Map<NodePath, Node> inboxes = read.inboxes();
    Map<NodePath, Node> reports = read.reports();
    Map<NodePath, Node> parked = read.parked();
    Map<NodePath, Node> runs = read.runs();
    Map<NodePath, Node> keys = read.keys();
    Map<Long, Fleet.Open> open = new LinkedHashMap<>();
    Map<NodePath, Node> unreadable = new TreeMap<>();
    List<NodePath> newer = new ArrayList<>();
    inboxes.forEach((path, node) -> {
      if (path.parent().parent().equals(Layout.INBOX) && !path.name().startsWith(Layout.QUESTION)) {
        String instance = path.parent().name();
        Inbox inbox = read(path.parent(), inboxes, Inbox::read, newer).orElse(Inbox.EMPTY);
        read(path, inboxes, Ticket::read, newer)
            .ifPresent(ticket -> ticket.assignments().forEach(what -> {
              boolean busy = inbox.busy().contains(what.token());
              if (busy || !inbox.reported().contains(what.token())) {
                open.put(what.token(), new Fleet.Open(what, instance, busy));
              }
            }));
      }
    });
    reports.forEach((path, node) -> {
      if (path.parent().parent().equals(Layout.REPORTS)) {
        read(path, reports, Report::read, newer)
            .ifPresent(report -> report.told().forEach(told -> {
              // Not consumed yet, so still open for us, though it may be in no ticket any more.
              if (!(told instanceof Told.Returned || told instanceof Told.Overran)) {
                open.put(
                    told.what().token(),
                    new Fleet.Open(told.what(), path.parent().name(), false));
              }
            }));
      }
    });
    List<ParkingLot.Place> lots = new ArrayList<>();
    parked.forEach((path, node) -> {
      if (path.parent().equals(Layout.PARKED)) {
        read(path, parked, Parked::read, newer).ifPresent(content -> {
          var place = new ParkingLot.Place(path);
          place.stored = true;
          content.items().forEach(item -> place.add(new ParkingLot.Card(item)));
          lots.add(place);
        });
      }
    });
    List<RunCard> cards = new ArrayList<>();
    runs.forEach((path, node) -> {
      if (path.parent().parent().equals(Layout.RUNS)) {
        Optional<RunCard> card = read(path, runs, RunCard::read, newer);
        card.ifPresent(cards::add);
        if (card.isEmpty() && isOfRun(path)) {
          unreadable.put(path, node);
        }
      }
    });
    var spread = new Spread();
    read.places().forEach((path, node) -> {
      if (path.parent().equals(Layout.PLACES) && Layout.isBucketName(path.name())) {
        spread.load(Integer.parseInt(path.name(), 16), node.data());
      }
    });
    List<Keys.Known> known = new ArrayList<>();
    keys.forEach((path, node) -> {
      if (path.parent().parent().equals(Layout.KEYS)) {
        read(path, keys, data -> Keys.Known.read(path, data), newer).ifPresent(known::add);
      }
    });
    return new Loaded(
        readCursor(cursor),
        cursor.version(),
        List.copyOf(open.values()),
        lots,
        cards,
        spread,
        known,
        unreadable,
        newer.stream()
            .noneMatch(path -> path.isWithin(Layout.INBOX) || path.isWithin(Layout.PARKED)));
  }

  /** Whether the standing of a run would be written there. */
  private static boolean isOfRun(NodePath path) {
    try {
      return Layout.run(RunId.parse(path.name())).equals(path);
    } catch (IllegalArgumentException e) {
      return false; // a stranger's, and in nobody's way
    }
  }

  private static Cursor readCursor(Node node) {
    return Cursor.read(node.data());
  }

  /** Something that is read from a node. */
  private interface Reading<T> {
    T of(Bytes data);
  }

  private static <T> Optional<T> read(
      NodePath path, Map<NodePath, Node> nodes, Reading<T> reading, List<NodePath> newer) {
    Node node = nodes.get(path);
    if (node == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(reading.of(node.data()));
    } catch (IllegalArgumentException e) {
      LOG.error(
          "Found {} that cannot be read: {}; it is left out, and stays for somebody to look at",
          path,
          e.getMessage());
      if (e instanceof NewerFormatException) {
        newer.add(path);
      }
      return Optional.empty();
    }
  }
}
