package io.shardkeeper.core.books;

import com.google.gson.stream.JsonReader;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.json.Text;
import io.shardkeeper.core.layout.Plans;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.layout.Stamp;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.mail.LogEnd;
import io.shardkeeper.job.Limits;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.Outcome;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The standing of a run that has no outcome yet. Where it is more than the tickets tell, it is stored: a transaction that consumes a part of a
 * run and does not close it writes it.
 */
public final class RunCard {
  /** Parts that are told of one run, at most. */
  static final int MOST_PARTS = 20;

  /** Bytes of the text of a part, and of the end of its log, where there are several: all of them have to fit into one node. */
  static final int PART_TEXT = 2_000;

  static final int PART_LOG = 1_200;

  private final RunPlan plan;
  private final BitSet open = new BitSet();
  private final List<Waiter> waiters = new ArrayList<>();
  private List<Integer> asked = List.of();
  private @Nullable Outcome ending;

  /** Whether it is stored. Kept by the draft. */
  boolean stored;

  private final Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
  private final List<Entry.Part> parts = new ArrayList<>();
  private int done;
  private @Nullable Instant started;
  private @Nullable Instant ended;

  /** A client that asked for the end of the run. */
  public record Waiter(String client, long number) {}

  public RunCard(RunPlan plan) {
    this.plan = plan;
  }

  public RunPlan plan() {
    return plan;
  }

  /** Shards that have no outcome yet. */
  public BitSet open() {
    return open;
  }

  /** It ends before it was divided: which of its shards were asked for. */
  public void undivided(List<Integer> shards) {
    asked = List.copyOf(shards);
  }

  /** Who waits for its end. */
  public List<Waiter> waiters() {
    return waiters;
  }

  /** As what its shards end that have not ended by themselves: KILLED by request, COVERED by a later run; nothing if it goes on. */
  public Optional<Outcome> ending() {
    return Optional.ofNullable(ending);
  }

  /** Its shards are to end, as KILLED or COVERED. Who came first says as what. */
  public void end(Outcome as) {
    if (ending == null) {
      ending = as;
    }
  }

  /** Why its shards end that have not ended by themselves. */
  public String whyEnding() {
    return ending == Outcome.COVERED ? "a later run took its place" : "killed by request";
  }

  /** Takes the place of the same run from before it was divided. */
  public void takeOver(RunCard before) {
    waiters.addAll(before.waiters);
    ending = before.ending;
  }

  /** A shard has ended. */
  public void done(Entry.Part part) {
    open.clear(part.shard());
    counts.merge(part.outcome(), 1, Integer::sum);
    done++;
    boolean ran = !part.outcome().isDecision()
        || (part.outcome() == Outcome.COVERED && !part.instance().isEmpty());
    if (ran && (started == null || part.started().isBefore(started))) {
      started = part.started();
    }
    if (ended == null || part.ended().isAfter(ended)) {
      ended = part.ended();
    }
    keep(part);
  }

  /** What became of a shard, if that is kept. */
  Optional<Entry.Part> part(int shard) {
    return parts.stream().filter(part -> part.shard() == shard).findFirst();
  }

  /** When the last of its shards ended; if none did, when that was decided. */
  public Instant lastEnd(Instant decided) {
    return ended == null ? decided : ended;
  }

  /** A part that leaves room for others: of a text the beginning, of a log the end. */
  private static Entry.Part cut(Entry.Part part) {
    String text = part.text();
    while (Limits.bytes(text) > PART_TEXT) {
      text = text.substring(0, Math.min(text.length() - 1, PART_TEXT / 2 + text.length() / 4));
    }
    return new Entry.Part(
        part.shard(),
        part.instance(),
        part.attempt(),
        part.outcome(),
        part.started(),
        part.ended(),
        text.equals(part.text()) ? text : whole(text) + " [cut]",
        LogEnd.shortened(part.log(), PART_LOG));
  }

  /** A text that does not end with half a character. */
  private static String whole(String text) {
    boolean half = !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1));
    return half ? text.substring(0, text.length() - 1) : text;
  }

  private void keep(Entry.Part part) {
    boolean several = plan.total() > 1;
    Entry.Part kept = several ? cut(part) : part;
    if (parts.size() == MOST_PARTS) {
      // What failed is worth more than what was only not to run, and that more than what succeeded.
      Entry.Part least =
          parts.stream().min(Comparator.comparingInt(RunCard::weight)).orElseThrow();
      if (weight(least) >= weight(kept)) {
        return;
      }
      parts.remove(least);
    }
    parts.add(kept);
  }

  private static int weight(Entry.Part part) {
    return part.outcome() == Outcome.SUCCEEDED ? 0 : part.outcome().isDecision() ? 1 : 2;
  }

  /** Whether something of it has an outcome, though not all. */
  public boolean isPartlyDone() {
    return done > 0 || ending != null;
  }

  public boolean isClosed() {
    return open.isEmpty();
  }

  /** How it ended, all shards together. */
  public Outcome outcome() {
    if (ending != null && counts.containsKey(ending)) {
      return ending;
    }
    if (counts.size() == 1) {
      return counts.keySet().iterator().next();
    }
    // The worst of its shards; EnumMap keeps them in the order of their declaration, with a success
    // first, then what failed, then decisions, which are no failures.
    Outcome worst = counts.keySet().stream()
        .filter(outcome -> outcome != Outcome.SUCCEEDED)
        .findFirst()
        .orElseThrow();
    return counts.containsKey(Outcome.SUCCEEDED) && !worst.isDecision() ? Outcome.PARTIAL : worst;
  }

  /** Why, in a sentence; nothing for a success. */
  public String reason() {
    if (outcome() == Outcome.SUCCEEDED) {
      return "";
    }
    StringBuilder reason = new StringBuilder();
    if (done > 1) {
      counts.forEach((outcome, count) -> reason
          .append(reason.length() == 0 ? "" : ", ")
          .append(count)
          .append(' ')
          .append(outcome));
      reason.append(" of ").append(done).append(" shards; ");
    }
    telling().ifPresent(part -> {
      if (done > 1) {
        reason.append("shard ").append(part.shard());
        reason.append(part.instance().isEmpty() ? "" : " on " + part.instance()).append(": ");
      }
      reason.append(firstLine(part.text()));
    });
    return reason.toString();
  }

  /** The first part that ended as the whole did; of a partial run the first that failed. */
  private Optional<Entry.Part> telling() {
    Outcome whole = outcome();
    Predicate<Entry.Part> tells = part -> whole == Outcome.PARTIAL
        ? weight(part) == 2
        : part.outcome() == whole && whole != Outcome.SUCCEEDED;
    return parts.stream()
        .filter(tells)
        .findFirst()
        .or(() -> parts.stream().filter(part -> weight(part) > 0).findFirst());
  }

  public static String firstLine(String text) {
    int end = text.indexOf('\n');
    String line = end < 0 ? text : text.substring(0, end);
    return line.length() <= 300 ? line : line.substring(0, 300) + "...";
  }

  /** What is kept of it when it ends, in whole milliseconds; its parts in the order of their shards. */
  public Entry.Run entry(Instant decided) {
    return new Entry.Run(
        plan.id(),
        plan.revision(),
        plan.scheduledAt(),
        started == null ? plan.scheduledAt() : started,
        decided.truncatedTo(ChronoUnit.MILLIS),
        outcome(),
        reason(),
        done,
        parts.stream().sorted(Comparator.comparingInt(Entry.Part::shard)).toList(),
        given());
  }

  private Entry.Given given() {
    boolean plain = plan.parameters().isEmpty() && plan.origin().equals(Origin.NONE);
    boolean whole = plan.total() <= done;
    return plain && whole && asked.isEmpty()
        ? Entry.Given.NONE
        : new Entry.Given(plan.parameters(), whole ? 0 : plan.total(), asked, plan.origin());
  }

  /** The result, for who waits for it. */
  public String text() {
    return parts.size() == 1 && done == 1 ? parts.get(0).text() : reason();
  }

  /** An upper estimate of the bytes that it takes. */
  public int bytes() {
    int texts = 0;
    for (Entry.Part part : parts) {
      texts += Limits.bytes(part.text()) + Limits.bytes(part.log()) + 200;
    }
    return 500 + plan.total() / 4 + texts + plan.bytes();
  }

  /** As it is stored. */
  Bytes stored() {
    return Text.object(out -> {
      out.name("v").value(1).name("minReader").value(1);
      Plans.write(out, plan);
      out.name("done").value(done);
      out.name("open").beginArray();
      // Stretches: a run of ten thousand shards has few of them.
      for (int from = open.nextSetBit(0); from >= 0; ) {
        int to = open.nextClearBit(from);
        out.value(from).value(to);
        from = open.nextSetBit(to);
      }
      out.endArray();
      if (ending != null) {
        out.name("ending").value(ending.name());
      }
      if (ended != null) {
        out.name("ended").jsonValue(Stamp.of(ended));
      }
      if (started != null) {
        out.name("started").jsonValue(Stamp.of(started));
      }
      out.name("counts").beginObject();
      for (Map.Entry<Outcome, Integer> count : counts.entrySet()) {
        out.name(count.getKey().name()).value(count.getValue());
      }
      out.endObject();
      out.name("parts").beginArray();
      for (Entry.Part part : parts) {
        out.beginArray().value(part.shard()).value(part.instance()).value(part.attempt());
        out.value(part.outcome().name()).jsonValue(Stamp.of(part.started()));
        out.jsonValue(Stamp.of(part.ended()))
            .value(part.text())
            .value(part.log())
            .endArray();
      }
      out.endArray();
    });
  }

  /**
   * Reads what {@link #stored} has written.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  static RunCard read(Bytes data) {
    return Text.read(data, in -> {
      var plan = new Plans();
      var open = new BitSet();
      var counts = new EnumMap<Outcome, Integer>(Outcome.class);
      List<Entry.Part> parts = new ArrayList<>();
      int done = 0;
      Outcome ending = null;
      Instant started = null;
      Instant ended = null;
      while (in.hasNext()) {
        String name = in.nextName();
        if (plan.isPart(in, name)) {
          continue;
        }
        switch (name) {
          case "minReader" -> {
            int minReader = in.nextInt();
            if (minReader > 1) {
              throw new NewerFormatException("The standing of a run", minReader, 1);
            }
          }
          case "done" -> done = in.nextInt();
          case "open" -> {
            in.beginArray();
            while (in.hasNext()) {
              int from = in.nextInt();
              int to = in.nextInt();
              if (from < 0 || to < from || to > Limits.SHARDS) {
                throw new IllegalArgumentException("has open shards from " + from + " to " + to
                    + "; they run from 0 to " + Limits.SHARDS);
              }
              open.set(from, to);
            }
            in.endArray();
          }
          case "ending" -> ending = Outcome.valueOf(in.nextString());
          case "killed" -> ending = in.nextBoolean() ? Outcome.KILLED : null;
          case "ended" -> ended = Stamp.read(in.nextString());
          case "started" -> started = Stamp.read(in.nextString());
          case "counts" -> {
            in.beginObject();
            while (in.hasNext()) {
              counts.put(Outcome.valueOf(in.nextName()), in.nextInt());
            }
            in.endObject();
          }
          case "parts" -> {
            in.beginArray();
            while (in.hasNext()) {
              parts.add(readPart(in));
            }
            in.endArray();
          }
          default -> in.skipValue();
        }
      }
      var card = new RunCard(plan.plan());
      card.open.or(open);
      card.counts.putAll(counts);
      card.parts.addAll(parts);
      card.done = done;
      card.ending = ending;
      card.started = started;
      card.ended = ended;
      card.stored = true;
      return card;
    });
  }

  private static Entry.Part readPart(JsonReader in) throws IOException {
    in.beginArray();
    var part = new Entry.Part(
        in.nextInt(),
        in.nextString(),
        in.nextInt(),
        Outcome.valueOf(in.nextString()),
        Stamp.read(in.nextString()),
        Stamp.read(in.nextString()),
        in.nextString(),
        in.hasNext() ? in.nextString() : "");
    while (in.hasNext()) {
      in.skipValue(); // a newer version tells more
    }
    in.endArray();
    return part;
  }
}
