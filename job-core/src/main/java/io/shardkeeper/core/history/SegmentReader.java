package io.shardkeeper.core.history;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.layout.Origins;
import io.shardkeeper.core.layout.Rows;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.Stamp;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.io.StringReader;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads one segment, whose form {@link Segment} tells. Not for several threads. */
final class SegmentReader {
  private static final int DEEPEST = 32;
  private static final Pattern PLACE = Pattern.compile("line \\d+ column \\d+");
  private static final Map<String, Outcome> OUTCOMES = outcomes();

  private final JsonReader in;
  private final List<Entry> entries = new ArrayList<>();
  private final List<String> instances = new ArrayList<>();
  private int minReader;
  private long base;
  private String job = "";
  private long generation;
  private int revision;

  private SegmentReader(JsonReader in) {
    this.in = in;
  }

  private static Map<String, Outcome> outcomes() {
    var outcomes = new HashMap<String, Outcome>();
    for (Outcome outcome : Outcome.values()) {
      outcomes.put(outcome.name(), outcome);
    }
    return Map.copyOf(outcomes);
  }

  static List<Entry> read(String text) {
    try (var in = new JsonReader(new StringReader(text))) {
      in.setStrictness(Strictness.STRICT);
      in.setNestingLimit(DEEPEST);
      var reader = new SegmentReader(in);
      reader.segment();
      return List.copyOf(reader.entries);
    } catch (NewerFormatException e) {
      throw e;
    } catch (IOException e) {
      throw damaged("it is not JSON" + place(e), e);
    } catch (IllegalStateException
        | IllegalArgumentException
        | ArithmeticException
        | DateTimeException e) {
      throw damaged(firstLine(e), e);
    }
  }

  private static IllegalArgumentException damaged(String why, Exception cause) {
    return new IllegalArgumentException(
        "Segment of the history: it is damaged: " + Quote.of(why), cause);
  }

  /** Where the reader stopped. Its own message advises the programmer to be less strict. */
  private static String place(IOException e) {
    Matcher place = PLACE.matcher(String.valueOf(e.getMessage()));
    return place.find() ? " from " + place.group() + " on" : "";
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private void segment() throws IOException {
    in.beginObject();
    while (in.hasNext()) {
      switch (in.nextName()) {
        case "minReader" -> {
          minReader = in.nextInt();
          if (minReader > Segment.FORMAT) {
            throw new NewerFormatException("A segment of the history", minReader, Segment.FORMAT);
          }
        }
        case "base" -> base = in.nextLong();
        case "instances" -> list(() -> instances.add(in.nextString()));
        case "jobs" -> {
          checkFormat();
          list(this::group);
        }
        default -> in.skipValue();
      }
    }
    in.endObject();
    checkFormat();
    var unused = in.peek(); // refuses whatever is behind the end
  }

  private void checkFormat() {
    if (minReader < 1) {
      throw new IllegalArgumentException("it tells no format, which comes before the jobs");
    }
  }

  private interface Item {
    void read() throws IOException;
  }

  private void list(Item item) throws IOException {
    in.beginArray();
    while (in.hasNext()) {
      item.read();
    }
    in.endArray();
  }

  private void group() throws IOException {
    job = "";
    generation = 0;
    revision = 0;
    in.beginObject();
    while (in.hasNext()) {
      switch (in.nextName()) {
        case "job" -> job = in.nextString();
        case "generation" -> generation = in.nextLong();
        case "revision" -> revision = in.nextInt();
        case "runs" -> list(this::run);
        case "overruns" -> list(this::overrun);
        case "skips" -> list(this::skip);
        case "sums" -> list(this::sum);
        default -> in.skipValue();
      }
    }
    in.endObject();
  }

  /** Numbers are in nanoseconds after whatever they count from, until all is known. */
  private void run() throws IOException {
    Instant at = null;
    var kind = RunId.Kind.FIRE;
    String mark = "";
    int itsRevision = revision;
    long started = 0;
    long decided = 0;
    var outcome = Outcome.SUCCEEDED;
    String reason = "";
    int shards = 1;
    var drafts = new ArrayList<PartDraft>(1);
    Map<String, String> parameters = Map.of();
    int total = 0;
    List<Integer> asked = List.of();
    var origins = new Origins();
    in.beginObject();
    while (in.hasNext()) {
      String name = in.nextName();
      switch (name) {
        case "at" -> at = begin();
        case "k" -> kind = RunId.Kind.valueOf(in.nextString());
        case "m" -> mark = in.nextString();
        case "r" -> itsRevision = in.nextInt();
        case "st" -> started = span();
        case "by" -> decided = span();
        case "o" -> outcome = outcome(in.nextString());
        case "why" -> reason = in.nextString();
        case "n" -> shards = in.nextInt();
        case "p" -> list(() -> drafts.add(part(drafts.size())));
        case "par" -> parameters = Rows.readTexts(in);
        case "tt" -> total = in.nextInt();
        case "sh" -> asked = Rows.readNumbers(in);
        default -> {
          if (!origins.isPart(in, name)) {
            in.skipValue();
          }
        }
      }
    }
    in.endObject();
    Instant due = present(at);
    Instant start = due.plusNanos(started);
    var parts = new ArrayList<Entry.Part>(drafts.size());
    for (PartDraft draft : drafts) {
      parts.add(draft.of(start, outcome));
    }
    entries.add(new Entry.Run(
        new RunId(present(job), generation, kind, mark.isEmpty() ? RunId.mark(due) : mark),
        itsRevision,
        due,
        start,
        due.plusNanos(decided),
        outcome,
        reason,
        shards,
        parts,
        given(parameters, total, asked, origins.origin())));
  }

  private static Entry.Given given(
      Map<String, String> parameters, int total, List<Integer> asked, Origin origin) {
    var given = new Entry.Given(parameters, total, asked, origin);
    return given.equals(Entry.Given.NONE) ? Entry.Given.NONE : given;
  }

  /** A part whose run is not known yet. */
  private record PartDraft(
      int shard,
      String instance,
      int attempt,
      @Nullable Outcome outcome,
      long started,
      long ended,
      String text,
      String log) {
    Entry.Part of(Instant start, Outcome ofRun) {
      return new Entry.Part(
          shard,
          instance,
          attempt,
          outcome == null ? ofRun : outcome,
          start.plusNanos(started),
          start.plusNanos(ended),
          text,
          log);
    }
  }

  private PartDraft part(int place) throws IOException {
    int shard = place;
    int instance = -1;
    int attempt = 1;
    Outcome outcome = null;
    long started = 0;
    long ended = 0;
    String text = "";
    String log = "";
    in.beginObject();
    while (in.hasNext()) {
      switch (in.nextName()) {
        case "x" -> shard = in.nextInt();
        case "i" -> instance = in.nextInt();
        case "a" -> attempt = in.nextInt();
        case "o" -> outcome = outcome(in.nextString());
        case "st" -> started = span();
        case "e" -> ended = span();
        case "t" -> text = in.nextString();
        case "l" -> log = in.nextString();
        default -> in.skipValue();
      }
    }
    in.endObject();
    return new PartDraft(
        shard, instance("a part", instance), attempt, outcome, started, ended, text, log);
  }

  private String instance(String of, int place) {
    if (place < 0 || place >= instances.size()) {
      throw new IllegalArgumentException(
          of + " is of instance " + place + " of " + instances.size());
    }
    return instances.get(place);
  }

  private void overrun() throws IOException {
    Instant at = null;
    long until = 0;
    long decided = 0;
    var kind = RunId.Kind.FIRE;
    String mark = null;
    int shard = 0;
    int instance = -1;
    int attempt = 1;
    in.beginObject();
    while (in.hasNext()) {
      switch (in.nextName()) {
        case "at" -> at = begin();
        case "to" -> until = span();
        case "by" -> decided = span();
        case "k" -> kind = RunId.Kind.valueOf(in.nextString());
        case "m" -> mark = in.nextString();
        case "x" -> shard = in.nextInt();
        case "i" -> instance = in.nextInt();
        case "a" -> attempt = in.nextInt();
        default -> in.skipValue();
      }
    }
    in.endObject();
    Instant from = present(at);
    entries.add(new Entry.Overrun(
        new RunId(present(job), generation, kind, present(mark)),
        shard,
        attempt,
        instance("an overrun", instance),
        from,
        from.plusNanos(until),
        from.plusNanos(decided)));
  }

  private void skip() throws IOException {
    Instant at = null;
    long last = 0;
    long decided = 0;
    long fires = 1;
    Outcome outcome = null;
    String reason = "";
    in.beginObject();
    while (in.hasNext()) {
      switch (in.nextName()) {
        case "at" -> at = begin();
        case "to" -> last = span();
        case "by" -> decided = span();
        case "n" -> fires = in.nextLong();
        case "o" -> outcome = outcome(in.nextString());
        case "why" -> reason = in.nextString();
        default -> in.skipValue();
      }
    }
    in.endObject();
    Instant first = present(at);
    entries.add(new Entry.Skip(
        present(job),
        generation,
        first,
        first.plusNanos(last),
        fires,
        first.plusNanos(decided),
        present(outcome),
        reason));
  }

  private void sum() throws IOException {
    Instant at = null;
    long last = 0;
    long decided = 0;
    var counts = new TreeMap<Outcome, Long>();
    in.beginObject();
    while (in.hasNext()) {
      switch (in.nextName()) {
        case "at" -> at = begin();
        case "to" -> last = span();
        case "by" -> decided = span();
        case "counts" -> {
          in.beginObject();
          while (in.hasNext()) {
            counts.put(outcome(in.nextName()), in.nextLong());
          }
          in.endObject();
        }
        default -> in.skipValue();
      }
    }
    in.endObject();
    Instant first = present(at);
    entries.add(new Entry.Sum(
        present(job), generation, counts, first, first.plusNanos(last), first.plusNanos(decided)));
  }

  private static <T> T present(@Nullable T found) {
    if (found == null || found.equals("")) {
      throw new IllegalArgumentException("an entry without its job, instant or outcome");
    }
    return found;
  }

  private static Outcome outcome(String name) {
    Outcome outcome = OUTCOMES.get(name);
    if (outcome == null) {
      throw new IllegalArgumentException("'" + name + "' is no outcome");
    }
    return outcome;
  }

  private Instant begin() throws IOException {
    return Instant.ofEpochMilli(base).plusNanos(span());
  }

  /** Nanoseconds, which are written as milliseconds. */
  private long span() throws IOException {
    if (in.peek() != JsonToken.NUMBER) {
      throw new IllegalArgumentException(
          "found " + in.peek() + " where a number of milliseconds comes");
    }
    String number = in.nextString();
    if (number.indexOf('.') < 0) {
      return Math.multiplyExact(Long.parseLong(number), 1_000_000L);
    }
    Instant after = Stamp.read(number);
    return Math.addExact(
        Math.multiplyExact(after.getEpochSecond(), 1_000_000_000L), after.getNano());
  }
}
