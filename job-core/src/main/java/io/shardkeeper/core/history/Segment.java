package io.shardkeeper.core.history;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonWriter;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.layout.Origins;
import io.shardkeeper.core.layout.Rows;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.Stamp;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.job.Limits;
import io.shardkeeper.run.Outcome;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Entries of the history as they stand in a node: one line of JSON, grouped by job and generation.
 *
 * <pre>{@code
 * {"v":1,"minReader":1,"base":1767225600000,"instances":["a-7f3k"],"jobs":[
 *   {"job":"billing","generation":7,"revision":3,
 *    "runs":[{"at":60000,"st":2,"by":217,"p":[{"i":0,"e":205}]},
 *            {"at":120000,"by":31,"o":"FAILED","why":"No such account","p":[{"i":0,"e":11,"t":"No such account"}]}],
 *    "skips":[{"at":180000,"to":360000,"n":4,"by":180950,"o":"SKIPPED_PAUSED","why":"Paused by ann"}],
 *    "sums":[{"at":-86400000,"to":0,"by":250,"counts":{"SUCCEEDED":1440}}]}]}
 * }</pre>
 *
 * <p>Instants are milliseconds, after the one in the last column; with decimals where they lie between two of those.
 *
 * <table>
 * <caption>The fields. What equals the last column is left out.</caption>
 * <tr><th>of</th><th>field</th><th>what</th><th>if left out</th></tr>
 * <tr><td>run</td><td>at</td><td>scheduledAt, after base</td><td></td></tr>
 * <tr><td></td><td>k, m</td><td>kind and mark of its id</td><td>FIRE; the mark of scheduledAt</td></tr>
 * <tr><td></td><td>r</td><td>revision</td><td>that of the group</td></tr>
 * <tr><td></td><td>st</td><td>started, after scheduledAt</td><td>0</td></tr>
 * <tr><td></td><td>by</td><td>decided, after scheduledAt</td><td>0</td></tr>
 * <tr><td></td><td>o</td><td>outcome, by name</td><td>SUCCEEDED</td></tr>
 * <tr><td></td><td>why</td><td>reason</td><td>empty</td></tr>
 * <tr><td></td><td>n</td><td>shards</td><td>1</td></tr>
 * <tr><td></td><td>p</td><td>parts</td><td>none</td></tr>
 * <tr><td></td><td>par</td><td>parameters of its request</td><td>none</td></tr>
 * <tr><td></td><td>tt</td><td>shards of a whole run</td><td>0: as many as it had</td></tr>
 * <tr><td></td><td>sh</td><td>shards that were asked for, if it was not divided</td><td>all</td></tr>
 * <tr><td></td><td>rerunOf, data, on, trace</td><td>what else its request said</td><td>nothing</td></tr>
 * <tr><td>part</td><td>x</td><td>shard</td><td>its place in the list, from 0</td></tr>
 * <tr><td></td><td>i</td><td>instance, as its place in the list of instances</td><td></td></tr>
 * <tr><td></td><td>a</td><td>attempt</td><td>1</td></tr>
 * <tr><td></td><td>o</td><td>outcome</td><td>that of the run</td></tr>
 * <tr><td></td><td>st, e</td><td>started, ended, both after the start of the run</td><td>0</td></tr>
 * <tr><td></td><td>t</td><td>text</td><td>empty</td></tr>
 * <tr><td></td><td>l</td><td>log</td><td>empty</td></tr>
 * <tr><td>skip</td><td>at</td><td>first, after base</td><td></td></tr>
 * <tr><td></td><td>to, by</td><td>last, decided, both after first</td><td>0</td></tr>
 * <tr><td></td><td>n</td><td>fires</td><td>1</td></tr>
 * <tr><td></td><td>o, why</td><td>outcome, reason</td><td>, empty</td></tr>
 * <tr><td>sum</td><td>at, to, by, counts</td><td>first; last and decided, both after first; counts by outcome</td><td>, 0, 0, none</td></tr>
 * </table>
 *
 * <p>A plain run of one shard takes about 60 bytes in a group, and its share of the group's beginning, about 60.
 */
public final class Segment {
  /** The format that is written and read here. */
  public static final int FORMAT = 1;

  /** Bytes of an empty segment, at most. */
  private static final int EMPTY = 100;

  /** The beginning of a group, without the name of its job. */
  private static final int GROUP = 110;

  /** A text beside its content: {@code ,"why":""}. */
  private static final int TEXT = 9;

  /** A field with a number: {@code ,"n":2147483647}. */
  private static final int NUMBER = 16;

  /** A field with the longest outcome: {@code ,"o":"SKIPPED_EXCLUDED"}. */
  private static final int OUTCOME = 23;

  /** The decimals of an instant between two milliseconds. */
  private static final int DECIMALS = 7;

  /** What there always is: <code>{"at":12345678901234,"p":[]},</code>. */
  private static final int RUN = 29;

  /** What there always is: <code>{"i":12345},</code>. */
  private static final int PART = 12;

  /** What there always is, and the number of fires. */
  private static final int SKIP = 22 + 25 + OUTCOME;

  /** What there always is, with all instants at their longest. */
  private static final int SUM = 130;

  private static final int COUNT = 42;

  private Segment() {}

  /**
   * Writes entries. They are read back job by job, each with its runs, skips and sums in the order that they have here.
   *
   * @throws IllegalArgumentException if a text is larger than {@link Limits#ITEM_BYTES}
   */
  public static Bytes write(Collection<? extends Entry> entries) {
    var text = new StringWriter(EMPTY + entries.size() * GROUP);
    try (var writer = new JsonWriter(text)) {
      writer.setStrictness(Strictness.STRICT);
      new Writing(writer, entries).write(entries);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a text in memory does not fail
    }
    return Bytes.of(text.toString());
  }

  /**
   * Reads what {@link #write} has written. Fields that it does not know it skips.
   *
   * @throws NewerFormatException if it takes a newer version to read it
   * @throws IllegalArgumentException if it is damaged
   */
  public static List<Entry> read(Bytes segment) {
    return SegmentReader.read(segment.text());
  }

  /** What an entry takes when it is written alone, at most; together entries never take more than the sum of these. */
  public static int bytes(Entry entry) {
    int revision = entry instanceof Entry.Run run ? run.revision() : 0;
    return Math.toIntExact(EMPTY + Gauge.group(entry) + Gauge.inGroup(entry, revision));
  }

  /**
   * What an entry adds to others, at most.
   *
   * @param group whether it is the first of its job, or of its generation or revision
   */
  static long bytes(Entry entry, boolean group) {
    int revision = entry instanceof Entry.Run run ? run.revision() : 0;
    return Gauge.inGroup(entry, revision) + (group ? Gauge.group(entry) + NUMBER : 0);
  }

  /** What entries take together, at most. */
  static long bytes(Collection<? extends Entry> entries) {
    var gauge = new Gauge();
    long size = EMPTY;
    for (Entry entry : entries) {
      size += gauge.add(entry);
    }
    return size;
  }

  /**
   * Divides entries, in their order, among segments of a size. An entry that is larger has a segment for itself.
   *
   * @throws IllegalArgumentException if one entry alone is larger than a node
   */
  public static List<List<Entry>> cut(List<? extends Entry> entries, int most) {
    var segments = new ArrayList<List<Entry>>();
    var gauge = new Gauge();
    long size = 0;
    for (Entry entry : entries) {
      size += gauge.add(entry);
      if (segments.isEmpty() || size > most) {
        segments.add(new ArrayList<>());
        gauge = new Gauge();
        size = (long) EMPTY + gauge.add(entry);
        if (size > Transaction.NODE_BYTES
            && write(List.of(entry)).length() > Transaction.NODE_BYTES) {
          throw new IllegalArgumentException("Segment of the history: an entry of job '"
              + entry.job() + "' takes up to " + size + " bytes; at most " + Transaction.NODE_BYTES
              + " fit into a node, so keep fewer of its parts");
        }
      }
      segments.get(segments.size() - 1).add(entry);
    }
    return segments;
  }

  /** What entries take at most that are written together: groups and instances count once. Not for several threads. */
  private static final class Gauge {
    private static final int NONE = -1;

    // Most are asked for one entry, or for many of the same job: those need no maps.
    private final Map<Group, Integer> others = new HashMap<>(0);
    private @Nullable Group group;
    private int revision = NONE;
    private final Set<String> instances = new HashSet<>(0);
    private @Nullable String instance;

    /** Goes to the group of an entry; whether it has to be begun. */
    private boolean begins(Entry entry) {
      Group before = group;
      if (before != null) {
        if (entry.generation() == before.generation() && entry.job().equals(before.job())) {
          return false;
        }
        others.put(before, revision);
      }
      Group next = Group.of(entry);
      group = next;
      Integer known = others.get(next);
      revision = known == null ? NONE : known;
      return known == null;
    }

    /** Goes to an instance; whether it was not named yet. */
    private boolean names(String other) {
      String before = instance;
      if (before != null) {
        if (other.equals(before)) {
          return false;
        }
        instances.add(before);
      }
      instance = other;
      return !instances.contains(other);
    }

    int add(Entry entry) {
      long size = begins(entry) ? group(entry) : 0;
      if (entry instanceof Entry.Run run) {
        revision = revision == NONE ? run.revision() : revision;
        for (Entry.Part part : run.parts()) {
          size += names(part.instance()) ? 0 : -name(part.instance());
        }
      }
      return (int) Math.min(size + inGroup(entry, revision), Integer.MAX_VALUE / 2);
    }

    static long group(Entry entry) {
      return (long) GROUP + Limits.bytes(entry.job());
    }

    private static long name(String instance) {
      return Limits.bytes(instance) + 3L;
    }

    /** What an entry takes inside of a group of that revision, at most, with the names of its instances. */
    static long inGroup(Entry entry, int revision) {
      if (entry instanceof Entry.Skip skip) {
        return SKIP
            + decimals(skip.first())
            + span(skip.first(), skip.last())
            + span(skip.first(), skip.decided())
            + text(skip.reason());
      }
      if (entry instanceof Entry.Sum sum) {
        return SUM + (long) COUNT * sum.counts().size();
      }
      var run = (Entry.Run) entry;
      Instant at = run.scheduledAt();
      boolean marked = !run.id().isOf(at);
      long size = RUN
          + decimals(at)
          + (revision == run.revision() ? 0 : NUMBER)
          + (marked ? NUMBER + run.id().mark().length() : 0)
          + (run.id().kind() == RunId.Kind.FIRE ? 0 : TEXT + 7)
          + span(at, run.started())
          + span(at, run.decided())
          + (run.outcome() == Outcome.SUCCEEDED ? 0 : OUTCOME)
          + text(run.reason())
          + (run.shards() == 1 ? 0 : NUMBER)
          + given(run.given());
      for (int i = 0; i < run.parts().size(); i++) {
        Entry.Part part = run.parts().get(i);
        size += PART
            + (part.shard() == i ? 0 : NUMBER)
            + (part.attempt() == 1 ? 0 : NUMBER)
            + (part.outcome() == run.outcome() ? 0 : OUTCOME)
            + span(run.started(), part.started())
            + span(run.started(), part.ended())
            + text(part.text())
            + text(part.log())
            + name(part.instance());
      }
      return size;
    }

    private static long given(Entry.Given given) {
      if (given.equals(Entry.Given.NONE)) {
        return 0;
      }
      long size = TEXT
          + 5L
          + NUMBER
          + TEXT
          + 6L * given.shards().size()
          + given.origin().bytes();
      for (Map.Entry<String, String> parameter : given.parameters().entrySet()) {
        size += Limits.bytes(parameter.getKey()) + Limits.bytes(parameter.getValue()) + 6L;
      }
      return size;
    }

    private static long text(String text) {
      return text.isEmpty() ? 0 : TEXT + Limits.bytes(text);
    }

    private static long span(Instant from, Instant to) {
      if (from.equals(to)) {
        return 0;
      }
      long seconds = Math.abs(to.getEpochSecond() - from.getEpochSecond()) + 1;
      long digits = 4; // the sign, and three for the milliseconds
      for (long rest = seconds; rest > 0; rest /= 10) {
        digits++;
      }
      boolean between = (to.getNano() - from.getNano()) % 1_000_000 != 0;
      return 6 + digits + (between ? DECIMALS : 0); // ,"by":
    }

    private static long decimals(Instant at) {
      return at.get(ChronoField.NANO_OF_SECOND) % 1_000_000 == 0 ? 0 : DECIMALS;
    }
  }

  private record Group(String job, long generation) {
    static Group of(Entry entry) {
      return new Group(entry.job(), entry.generation());
    }
  }

  /** Writes one segment. Not for several threads. */
  private static final class Writing {
    private final JsonWriter out;
    private final Instant base;
    private final Map<String, Integer> instances = new LinkedHashMap<>();

    Writing(JsonWriter out, Collection<? extends Entry> entries) {
      this.out = out;
      Instant earliest = Instant.MAX;
      for (Entry entry : entries) {
        Instant begin = begin(entry);
        earliest = begin.isBefore(earliest) ? begin : earliest;
        if (entry instanceof Entry.Run run) {
          for (Entry.Part part : run.parts()) {
            instances.putIfAbsent(part.instance(), instances.size());
          }
        }
      }
      base = entries.isEmpty() ? Instant.EPOCH : Instant.ofEpochMilli(earliest.toEpochMilli());
    }

    private static Instant begin(Entry entry) {
      if (entry instanceof Entry.Run run) {
        return run.scheduledAt();
      }
      return entry instanceof Entry.Skip skip ? skip.first() : ((Entry.Sum) entry).first();
    }

    void write(Collection<? extends Entry> entries) throws IOException {
      var groups = new LinkedHashMap<Group, List<Entry>>();
      for (Entry entry : entries) {
        groups.computeIfAbsent(Group.of(entry), group -> new ArrayList<>()).add(entry);
      }
      out.beginObject();
      out.name("v").value(FORMAT);
      out.name("minReader").value(FORMAT);
      out.name("base").value(base.toEpochMilli());
      out.name("instances").beginArray();
      for (String instance : instances.keySet()) {
        out.value(instance);
      }
      out.endArray();
      out.name("jobs").beginArray();
      for (var group : groups.entrySet()) {
        writeGroup(group.getKey(), group.getValue());
      }
      out.endArray();
      out.endObject();
    }

    private void writeGroup(Group group, List<Entry> entries) throws IOException {
      var runs = new ArrayList<Entry.Run>();
      var skips = new ArrayList<Entry.Skip>();
      var sums = new ArrayList<Entry.Sum>();
      for (Entry entry : entries) {
        if (entry instanceof Entry.Run run) {
          runs.add(run);
        } else if (entry instanceof Entry.Skip skip) {
          skips.add(skip);
        } else if (entry instanceof Entry.Sum sum) {
          sums.add(sum);
        }
      }
      out.beginObject();
      out.name("job").value(group.job());
      out.name("generation").value(group.generation());
      if (!runs.isEmpty()) {
        int revision = runs.get(0).revision();
        out.name("revision").value(revision);
        out.name("runs").beginArray();
        for (Entry.Run run : runs) {
          writeRun(run, revision);
        }
        out.endArray();
      }
      if (!skips.isEmpty()) {
        out.name("skips").beginArray();
        for (Entry.Skip skip : skips) {
          writeSkip(skip);
        }
        out.endArray();
      }
      if (!sums.isEmpty()) {
        out.name("sums").beginArray();
        for (Entry.Sum sum : sums) {
          writeSum(sum);
        }
        out.endArray();
      }
      out.endObject();
    }

    private void writeRun(Entry.Run run, int revision) throws IOException {
      Instant at = run.scheduledAt();
      RunId id = run.id();
      out.beginObject();
      instant("at", base, at);
      if (id.kind() != RunId.Kind.FIRE) {
        out.name("k").value(id.kind().name());
      }
      if (!id.isOf(at)) {
        out.name("m").value(id.mark());
      }
      number("r", run.revision(), revision);
      after("st", at, run.started());
      after("by", at, run.decided());
      if (run.outcome() != Outcome.SUCCEEDED) {
        out.name("o").value(run.outcome().name());
      }
      text("why", run.reason(), id);
      number("n", run.shards(), 1);
      writeGiven(run.given());
      if (!run.parts().isEmpty()) {
        out.name("p").beginArray();
        for (int i = 0; i < run.parts().size(); i++) {
          writePart(run.parts().get(i), i, run);
        }
        out.endArray();
      }
      out.endObject();
    }

    private void writeGiven(Entry.Given given) throws IOException {
      Rows.writeTexts(out, "par", given.parameters());
      number("tt", given.total(), 0);
      Rows.writeNumbers(out, "sh", given.shards());
      Origins.write(out, given.origin());
    }

    private void writePart(Entry.Part part, int place, Entry.Run run) throws IOException {
      out.beginObject();
      number("x", part.shard(), place);
      out.name("i").value(instances.getOrDefault(part.instance(), -1));
      number("a", part.attempt(), 1);
      if (part.outcome() != run.outcome()) {
        out.name("o").value(part.outcome().name());
      }
      after("st", run.started(), part.started());
      after("e", run.started(), part.ended());
      text("t", part.text(), run.id());
      text("l", part.log(), run.id());
      out.endObject();
    }

    private void writeSkip(Entry.Skip skip) throws IOException {
      out.beginObject();
      instant("at", base, skip.first());
      after("to", skip.first(), skip.last());
      after("by", skip.first(), skip.decided());
      number("n", skip.fires(), 1);
      out.name("o").value(skip.outcome().name());
      text("why", skip.reason(), skip.job());
      out.endObject();
    }

    private void writeSum(Entry.Sum sum) throws IOException {
      out.beginObject();
      instant("at", base, sum.first());
      after("to", sum.first(), sum.last());
      after("by", sum.first(), sum.decided());
      out.name("counts").beginObject();
      for (var count : sum.counts().entrySet()) {
        out.name(count.getKey().name()).value(count.getValue());
      }
      out.endObject();
      out.endObject();
    }

    private void after(String name, Instant from, Instant to) throws IOException {
      if (!to.equals(from)) {
        instant(name, from, to);
      }
    }

    private void instant(String name, Instant from, Instant to) throws IOException {
      out.name(name);
      int nanos = to.getNano() - from.getNano();
      if (nanos % 1_000_000 == 0) {
        long seconds = Math.subtractExact(to.getEpochSecond(), from.getEpochSecond());
        out.value(Math.addExact(Math.multiplyExact(seconds, 1_000L), nanos / 1_000_000));
      } else {
        out.jsonValue(Stamp.of(Instant.EPOCH.plus(Duration.between(from, to))));
      }
    }

    private void number(String name, long value, long usual) throws IOException {
      if (value != usual) {
        out.name(name).value(value);
      }
    }

    private void text(String name, String text, Object of) throws IOException {
      if (text.isEmpty()) {
        return;
      }
      if (text.length() > Limits.ITEM_BYTES / 6 && Limits.bytes(text) > Limits.ITEM_BYTES) {
        throw new IllegalArgumentException("Segment of the history: a text of " + of + " takes "
            + Limits.bytes(text) + " bytes; at most " + Limits.ITEM_BYTES + " are kept of one");
      }
      out.name(name).value(text);
    }
  }
}
