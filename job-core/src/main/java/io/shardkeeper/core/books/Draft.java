package io.shardkeeper.core.books;

import io.shardkeeper.core.coordinator.Tenure;
import io.shardkeeper.core.history.Compaction.Made;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.history.Segment;
import io.shardkeeper.core.history.SegmentName;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Cursor;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Ticket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Transactions under construction: what was decided is gathered, and cut where a transaction is full. What belongs together asks for room before it
 * begins, and so is never cut.
 */
public final class Draft {
  /** Bytes of something that belongs into one transaction, as a rule. */
  public static final int UNIT = 60_000;

  /** Bytes of a transaction, as estimated, at most: the estimate is an upper one. */
  private static final int MOST_BYTES = 400 * 1024;

  /** Steps of a transaction from which on it is full: what belongs together has up to 500 more. */
  private static final int MOST_STEPS = 400;

  /** Bytes of a ticket and of the history of a transaction, each, at most: what moves on has to fit again. */
  private static final int MOST_OF_A_NODE = 100 * 1024;

  /** Bytes of a node with what is parked, unless one item alone is larger: it is written anew whenever some of it goes on. */
  private static final int MOST_OF_A_PLACE = 16 * 1024;

  /** Segments of the history that are remembered until somebody takes them. */
  private static final int MOST_SEGMENTS = 200;

  /** Assignments of a ticket, at most. */
  private static final int MOST_OF_A_TICKET = 500;

  private final Tenure tenure;
  private final List<Decided> ready = new ArrayList<>();

  private final Map<String, Envelope> envelopes = new TreeMap<>();
  private final Set<ParkingLot.Card> parked = new LinkedHashSet<>();
  private final Set<ParkingLot.Place> touched = new LinkedHashSet<>();
  private final List<Entry> history = new ArrayList<>();
  private final Map<NodePath, RunCard> standings = new LinkedHashMap<>();
  private final Map<NodePath, Integer> standingBytes = new HashMap<>();
  private final Set<NodePath> standingsGone = new LinkedHashSet<>();
  private final Map<NodePath, Box> boxes = new TreeMap<>();
  private Map<SegmentName, Made> segments = new TreeMap<>();
  private final List<Act> acts = new ArrayList<>();
  private final List<Begun> begun = new ArrayList<>();

  /** Whether somebody wants to know what was decided, beside what is written. */
  private boolean listened;

  /** The node that takes what is parked next. */
  private ParkingLot.@Nullable Place roomy;

  private Cursor cursor;
  private int version;
  private int bytes;
  private int steps;
  private int largestNode;
  private int largestTicket;
  private int parkedBytes;
  private int historyBytes;
  private int depth;
  private boolean dirty;

  /** What is added to a transaction as it is. */
  public interface Act {
    void addTo(Transaction.Builder steps, long number);
  }

  /**
   * A transaction, and what it decides about runs. That is not asked for by who writes it, but by who tells it when it has landed; nothing unless it was
   * {@linkplain #listen asked for}.
   *
   * @param begun the runs that begin with it
   * @param ended the runs that end with it, and the fires that do not run
   */
  public record Decided(Transaction transaction, List<Begun> begun, List<Entry> ended) {}

  /** A run that is divided, and how many of its shards are to be done. */
  public record Begun(RunPlan run, int shards) {}

  /** What one instance gets. */
  private static final class Envelope {
    final List<Assignment> assignments = new ArrayList<>();
    final List<Ticket.Message> messages = new ArrayList<>();
    int bytes;
  }

  public Draft(Tenure tenure, Cursor cursor, int version) {
    this.tenure = tenure;
    this.cursor = cursor;
    this.version = version;
  }

  /** From here on each transaction comes with what it decides. */
  public void listen() {
    listened = true;
  }

  public Cursor cursor() {
    return cursor;
  }

  /** How far the fires are decided, from here on. It is written with whatever is written next. */
  public void cursor(Instant at, Instant upTo, String job, Instant jobAt) {
    cursor = new Cursor(at, upTo, job, jobAt, cursor.commits(), cursor.token());
  }

  /** The cursor has to be written, though nothing else may have to. */
  public void moved() {
    dirty = true;
  }

  /** A number that no assignment has. */
  public long nextToken() {
    cursor = new Cursor(
        cursor.at(),
        cursor.upTo(),
        cursor.job(),
        cursor.jobAt(),
        cursor.commits(),
        cursor.token() + 1);
    return cursor.token();
  }

  /** Begins something of so many bytes at most that belongs into one transaction; {@link #end} follows. Inside of another, it is part of that. */
  public void begin(int moreBytes, Instant now) {
    boolean full = bytes + moreBytes > MOST_BYTES
        || steps > MOST_STEPS
        || largestNode > MOST_OF_A_NODE
        || largestTicket > MOST_OF_A_TICKET;
    if (depth == 0 && full && dirty) {
      close(now);
    }
    depth++;
  }

  /** Begins what takes something out of the parking lot: the node in which it stands is written anew. */
  public void beginUnparking(ParkingLot.Card card, Instant now) {
    ParkingLot.Place place = card.place;
    int rest = place == null || touched.contains(place) ? 0 : place.size();
    begin(rest + 2 * Parked.bytes(card.item()) + 1_000, now);
  }

  /** Ends what belongs together. */
  public void end() {
    depth--;
  }

  /** Begins the next transaction where that is allowed although something larger is not ended. */
  public void cut(Instant now) {
    int outer = depth;
    depth = 0;
    begin(MOST_OF_A_NODE, now);
    depth = outer;
  }

  private void add(int moreBytes, int moreSteps) {
    bytes += moreBytes;
    steps += moreSteps;
    dirty = true;
  }

  private void addToNode(int ofNode, int moreBytes, int moreSteps) {
    largestNode = Math.max(largestNode, ofNode);
    add(moreBytes, moreSteps);
  }

  public static int bytes(Assignment what) {
    return 220 + what.run().id().job().length() + what.run().bytes();
  }

  public void ticket(String instance, Assignment what) {
    Envelope envelope = envelope(instance);
    envelope.assignments.add(what);
    // The next of the same job stands in the same group: a row, and no more.
    int rough = 60 + what.run().bytes() + (envelope.assignments.size() == 1 ? 200 : 40);
    envelope.bytes += rough;
    largestTicket = Math.max(largestTicket, envelope.assignments.size());
    addToNode(envelope.bytes, rough, 0);
  }

  public void message(String instance, Ticket.Message message) {
    Envelope envelope = envelope(instance);
    envelope.messages.add(message);
    envelope.bytes += 300;
    addToNode(envelope.bytes, 300, 0);
  }

  private Envelope envelope(String instance) {
    return envelopes.computeIfAbsent(instance, id -> {
      add(300, 1);
      return new Envelope();
    });
  }

  public void park(ParkingLot.Card card) {
    disturbParked();
    parked.add(card);
    int size = Parked.bytes(card.item());
    boolean another = parked.size() == 1 || parkedBytes + size > MOST_OF_A_PLACE;
    parkedBytes = another ? size : parkedBytes + size;
    addToNode(parkedBytes, size + (another ? 250 : 0), another ? 1 : 0);
  }

  public void unpark(ParkingLot.Card card) {
    ParkingLot.Place place = card.place;
    if (place == null) {
      parked.remove(card); // never written, so nothing to take back
      return;
    }
    disturbParked();
    if (touched.add(place)) {
      add(place.size() + 150, 1);
    }
    place.remove(card);
    dirty = true;
  }

  /** What is parked, or left where something was parked, may join others: the node in which those stand is written, too. */
  private void disturbParked() {
    if (parked.isEmpty() && touched.isEmpty()) {
      add(MOST_OF_A_PLACE + 300, 1);
    }
  }

  public void history(Entry entry) {
    history.add(entry);
    int size = Segment.bytes(entry);
    historyBytes += size;
    addToNode(historyBytes, size, 0);
    steps += history.size() == 1 ? 1 : 0;
  }

  /** A run begins with this transaction. */
  public void begun(RunPlan run, int shards) {
    if (listened) {
      begun.add(new Begun(run, shards));
    }
  }

  public void standing(RunCard run) {
    NodePath path = Layout.run(run.plan().id());
    standingsGone.remove(path);
    int before = standingBytes.getOrDefault(path, 0);
    int size = Math.max(before, run.bytes() + 300);
    standingBytes.put(path, size);
    standings.put(path, run);
    add(size - before, before == 0 ? 2 : 0);
  }

  public void standingGone(RunCard run) {
    NodePath path = Layout.run(run.plan().id());
    standings.remove(path);
    if (run.stored) {
      standingsGone.add(path);
      add(300, 1);
    }
  }

  public void box(NodePath path, Box box) {
    Box before = boxes.put(path, box);
    int more = before == null ? box.size() + 300 : Math.max(0, box.size() - before.size());
    add(more, before == null ? 1 : 0);
  }

  /** A step that follows from nothing else, of so many bytes at most. */
  public void act(int moreBytes, Act act) {
    acts.add(act);
    add(moreBytes, 1);
  }

  /** What is ready to be committed, in this order. */
  public List<Decided> take(Instant now) {
    if (dirty) {
      close(now);
    }
    List<Decided> taken = List.copyOf(ready);
    ready.clear();
    return taken;
  }

  /** The segments of the history that were written since this was asked last; some may be missing. */
  public Map<SegmentName, Made> takeSegments() {
    Map<SegmentName, Made> taken = segments;
    segments = new TreeMap<>();
    return taken;
  }

  private void close(Instant now) {
    long number = cursor.commits() + 1;
    cursor = new Cursor(
        cursor.at(), cursor.upTo(), cursor.job(), cursor.jobAt(), number, cursor.token());
    Transaction.Builder to = tenure.begin();
    to.set(Layout.CURSOR, cursor.bytes(), version++);
    envelopes.forEach((instance, envelope) -> {
      var ticket = new Ticket(tenure.term(), now, envelope.assignments, envelope.messages);
      to.create(Layout.INBOX.child(instance).child(Layout.number(number)), ticket.bytes());
    });
    closeParked(to, number);
    if (!history.isEmpty()) {
      Made made = Made.of(history);
      to.create(SegmentName.fresh(number).path(), made.data());
      if (segments.size() < MOST_SEGMENTS) {
        segments.put(SegmentName.fresh(number), made);
      }
    }
    closeStandings(to);
    boxes.forEach((path, box) -> to.set(path, box.bytes(), Transaction.ANY_VERSION));
    acts.forEach(act -> act.addTo(to, number));
    List<Entry> ended = listened ? List.copyOf(history) : List.of();
    ready.add(new Decided(to.build(), List.copyOf(begun), ended));
    clear();
  }

  /** These are there: the one with the most room takes what is parked next. */
  public void adopt(List<ParkingLot.Place> places) {
    roomy = places.stream().min(Comparator.comparingInt(ParkingLot.Place::size)).orElse(null);
  }

  private void closeParked(Transaction.Builder to, long number) {
    Set<ParkingLot.Place> changed = new LinkedHashSet<>(touched);
    List<ParkingLot.Card> homeless = new ArrayList<>();
    for (ParkingLot.Place place : touched) {
      // Where few are left they move in with others: so there are never many nodes.
      if (place != roomy && place.size() < MOST_OF_A_PLACE / 4) {
        for (ParkingLot.Card card : place.cards()) {
          place.remove(card);
          homeless.add(card);
        }
      }
    }
    homeless.addAll(parked);
    for (ParkingLot.Card card : homeless) {
      ParkingLot.Place place = roomy;
      if (place == null || place.size() + Parked.bytes(card.item()) > MOST_OF_A_PLACE) {
        String name = Layout.number(number) + "-" + changed.size();
        place = new ParkingLot.Place(Layout.PARKED.child(name));
        if (Parked.bytes(card.item()) < MOST_OF_A_PLACE) {
          roomy = place;
        }
      }
      place.add(card);
      changed.add(place);
    }
    for (ParkingLot.Place place : changed) {
      if (!place.isEmpty()) {
        Bytes content = place.bytes();
        if (place.stored) {
          to.set(place.path, content, Transaction.ANY_VERSION);
        } else {
          to.create(place.path, content);
          place.stored = true;
        }
      } else if (place.stored) {
        to.delete(place.path, Transaction.ANY_VERSION);
        place.stored = false;
      }
    }
    if (roomy != null && roomy.isEmpty()) {
      roomy = null;
    }
  }

  private void closeStandings(Transaction.Builder to) {
    standings.forEach((path, run) -> {
      if (run.stored) {
        to.set(path, run.stored(), Transaction.ANY_VERSION);
      } else {
        to.create(path, run.stored());
        run.stored = true;
      }
    });
    standingsGone.forEach(path -> to.delete(path, Transaction.ANY_VERSION));
  }

  private void clear() {
    envelopes.clear();
    parked.clear();
    touched.clear();
    history.clear();
    standings.clear();
    standingBytes.clear();
    standingsGone.clear();
    boxes.clear();
    acts.clear();
    begun.clear();
    bytes = 0;
    steps = 0;
    largestNode = 0;
    largestTicket = 0;
    parkedBytes = 0;
    historyBytes = 0;
    dirty = false;
  }
}
