package io.shardkeeper.core.history;

import com.google.gson.stream.JsonWriter;
import io.shardkeeper.core.layout.Origins;
import io.shardkeeper.core.layout.Rows;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.Stamp;
import io.shardkeeper.job.Limits;
import io.shardkeeper.run.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes one segment, whose form {@link Segment} tells. Not for several threads. */
final class SegmentWriter {
  private final JsonWriter out;
  private final Instant base;
  private final Map<String, Integer> instances = new LinkedHashMap<>();

  SegmentWriter(JsonWriter out, Collection<? extends Entry> entries) {
    this.out = out;
    Instant earliest = Instant.MAX;
    for (Entry entry : entries) {
      Instant begin = begin(entry);
      earliest = begin.isBefore(earliest) ? begin : earliest;
      if (entry instanceof Entry.Run run) {
        for (Entry.Part part : run.parts()) {
          instances.putIfAbsent(part.instance(), instances.size());
        }
      } else if (entry instanceof Entry.Overrun overrun) {
        instances.putIfAbsent(overrun.instance(), instances.size());
      }
    }
    base = entries.isEmpty() ? Instant.EPOCH : Instant.ofEpochMilli(earliest.toEpochMilli());
  }

  private static Instant begin(Entry entry) {
    if (entry instanceof Entry.Run run) {
      return run.scheduledAt();
    }
    if (entry instanceof Entry.Overrun overrun) {
      return overrun.from();
    }
    return entry instanceof Entry.Skip skip ? skip.first() : ((Entry.Sum) entry).first();
  }

  void write(Collection<? extends Entry> entries) throws IOException {
    var groups = new LinkedHashMap<Segment.Group, List<Entry>>();
    for (Entry entry : entries) {
      groups
          .computeIfAbsent(Segment.Group.of(entry), group -> new ArrayList<>())
          .add(entry);
    }
    out.beginObject();
    out.name("v").value(Segment.FORMAT);
    out.name("minReader").value(Segment.FORMAT);
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

  private void writeGroup(Segment.Group group, List<Entry> entries) throws IOException {
    var runs = new ArrayList<Entry.Run>();
    var overruns = new ArrayList<Entry.Overrun>();
    var skips = new ArrayList<Entry.Skip>();
    var sums = new ArrayList<Entry.Sum>();
    for (Entry entry : entries) {
      if (entry instanceof Entry.Run run) {
        runs.add(run);
      } else if (entry instanceof Entry.Overrun overrun) {
        overruns.add(overrun);
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
    if (!overruns.isEmpty()) {
      out.name("overruns").beginArray();
      for (Entry.Overrun overrun : overruns) {
        writeOverrun(overrun);
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

  private void writeOverrun(Entry.Overrun overrun) throws IOException {
    out.beginObject();
    instant("at", base, overrun.from());
    after("to", overrun.from(), overrun.until());
    after("by", overrun.from(), overrun.decided());
    if (overrun.run().kind() != RunId.Kind.FIRE) {
      out.name("k").value(overrun.run().kind().name());
    }
    out.name("m").value(overrun.run().mark());
    number("x", overrun.shard(), 0);
    out.name("i").value(instances.getOrDefault(overrun.instance(), -1));
    number("a", overrun.attempt(), 1);
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
