package io.shardkeeper.core.definition;

import static io.shardkeeper.core.definition.JobFields.addList;

import com.google.gson.JsonObject;
import io.shardkeeper.core.json.Fields;
import io.shardkeeper.cron.Cron;
import io.shardkeeper.cron.Dialect;
import io.shardkeeper.cron.EveryMacro;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.CronTrigger;
import io.shardkeeper.trigger.DailyWindow;
import io.shardkeeper.trigger.FixedRate;
import io.shardkeeper.trigger.NarrowedTrigger;
import io.shardkeeper.trigger.OnGap;
import io.shardkeeper.trigger.OnOverlap;
import io.shardkeeper.trigger.Trigger;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * The fields of a trigger's JSON. The kind is told by the field that it cannot do without:
 *
 * <pre>{@code
 *   {"cron": "0 30 2 * * ?", "zone": "Europe/Berlin"}       {"every": "PT1M30S"}      {"delay": "PT5S"}
 *   {"daily": {"start": "22:00", "end": "02:00", "every": "PT10M", "days": ["FRI"]}, "zone": "Asia/Tokyo"}
 *   {"at": ["2026-11-21T02:30:00Z"]}      {"afterJobs": ["extract"], "outcomes": ["SUCCEEDED"]}      {"manual": true}
 * }</pre>
 *
 * <p>Beside it may stand {@code from}, {@code until}, {@code only}, {@code except} and {@code jitter}.
 */
final class TriggerFields {
  private static final List<String> KINDS =
      List.of("cron", "every", "delay", "at", "daily", "afterJobs", "manual");

  private TriggerFields() {}

  static void read(Fields fields, JobBuilder job) {
    Trigger none = Trigger.manual();
    Trigger read = fields.nested("trigger", TriggerFields::readNarrowed, none);
    if (fields.has("trigger")) {
      job.trigger(read);
    }
  }

  // Each part is attempted by itself, so that all mistakes are told. What is missing or of the
  // wrong type is told already, and
  // gets a value that nobody minds.

  private static Trigger readNarrowed(Fields fields) {
    Trigger trigger = fields.attempt(() -> readBase(fields), Trigger.every(Duration.ofDays(1)));
    Instant from = fields.instant("from", Trigger.NEVER_BEFORE);
    Instant until = fields.instant("until", Trigger.NEVER);
    Duration jitter = fields.duration("jitter", Duration.ZERO);
    trigger = narrow(fields, trigger, !from.equals(Trigger.NEVER_BEFORE), base -> base.from(from));
    trigger = narrow(fields, trigger, !until.equals(Trigger.NEVER), base -> base.until(until));
    trigger = narrow(fields, trigger, !jitter.isZero(), base -> base.jitter(jitter));
    for (String calendar : fields.list("only", "names", name -> name)) {
      trigger = narrow(fields, trigger, true, base -> base.only(calendar));
    }
    for (String calendar : fields.list("except", "names", name -> name)) {
      trigger = narrow(fields, trigger, true, base -> base.except(calendar));
    }
    return trigger;
  }

  private static Trigger narrow(
      Fields fields, Trigger trigger, boolean asked, UnaryOperator<Trigger> narrowing) {
    return asked ? fields.attempt(() -> narrowing.apply(trigger), trigger) : trigger;
  }

  private static Trigger readBase(Fields fields) {
    List<String> kinds = KINDS.stream().filter(fields::has).toList();
    if (kinds.size() != 1) {
      throw new IllegalArgumentException(
          "found " + (kinds.isEmpty() ? "none" : String.join(" and ", kinds)) + "; exactly one of "
              + KINDS + " comes here");
    }
    return switch (kinds.get(0)) {
      case "cron" -> readCron(fields);
      case "every" ->
        Trigger.every(
            fields.duration("every", Duration.ofDays(1)), fields.instant("anchor", Instant.EPOCH));
      case "delay" -> Trigger.delay(fields.duration("delay", Duration.ofDays(1)));
      case "at" -> new Trigger.At(fields.list("at", "instants", Instant::parse));
      case "daily" -> readDaily(fields);
      case "afterJobs" -> readAfterJobs(fields);
      default -> readManual(fields);
    };
  }

  private static Trigger readManual(Fields fields) {
    if (!fields.flag("manual", true)) {
      throw new IllegalArgumentException(
          "found manual: false; say when instead, with one of " + KINDS);
    }
    return Trigger.manual();
  }

  private static Trigger readCron(Fields fields) {
    String text = fields.text("cron", "@daily");
    ZoneId zone = readZone(fields);
    OnGap gap = fields.oneOf("gap", OnGap.class, OnGap.SHIFT);
    OnOverlap overlap = fields.oneOf("overlap", OnOverlap.class, OnOverlap.FIRST);
    if (EveryMacro.period(text).isPresent()) {
      return Trigger.cron(text, zone.getId());
    }
    Cron cron = fields.has("dialect")
        ? Cron.of(fields.oneOf("dialect", Dialect.class, Dialect.QUARTZ), text)
        : Cron.parse(text);
    CronTrigger trigger = Trigger.cron(cron, zone);
    trigger = fields.has("gap") ? trigger.onGap(gap) : trigger;
    return fields.has("overlap") ? trigger.onOverlap(overlap) : trigger;
  }

  private static ZoneId readZone(Fields fields) {
    String zone = fields.text("zone", "UTC");
    return fields.attempt(() -> Trigger.zone(zone), Trigger.zone("UTC"));
  }

  private static Trigger readDaily(Fields fields) {
    ZoneId zone = readZone(fields);
    DailyWindow none = Trigger.daily("00:00", "00:00", Duration.ofDays(1), "UTC");
    return fields.nested(
        "daily",
        window -> {
          List<DayOfWeek> days = window.list("days", "days such as MONDAY", DayOfWeek::valueOf);
          return Trigger.daily(
              window.time("start", LocalTime.MIDNIGHT),
              window.time("end", LocalTime.MIDNIGHT),
              window.duration("every", window.has("every") ? Duration.ofDays(1) : Duration.ZERO),
              days.isEmpty() ? Set.of(DayOfWeek.values()) : new TreeSet<>(days),
              zone);
        },
        none);
  }

  private static Trigger readAfterJobs(Fields fields) {
    var jobs = new TreeSet<>(fields.list("afterJobs", "names of jobs", name -> name));
    List<Outcome> outcomes =
        fields.list("outcomes", "outcomes such as SUCCEEDED", Outcome::valueOf);
    return new Trigger.AfterJobs(
        jobs, outcomes.isEmpty() ? Set.of(Outcome.SUCCEEDED) : new TreeSet<>(outcomes));
  }

  static JsonObject write(Trigger trigger) {
    var to = new JsonObject();
    if (trigger instanceof CronTrigger cron) {
      writeCron(cron, to);
    } else if (trigger instanceof FixedRate rate) {
      to.addProperty("every", rate.period().toString());
      to.addProperty("anchor", rate.anchor().toString());
    } else if (trigger instanceof Trigger.FixedDelay delay) {
      to.addProperty("delay", delay.delay().toString());
    } else if (trigger instanceof Trigger.At at) {
      addList(to, "at", at.instants());
    } else if (trigger instanceof DailyWindow daily) {
      var window = new JsonObject();
      window.addProperty("start", daily.start().toString());
      window.addProperty("end", daily.end().toString());
      window.addProperty("every", daily.every().toString());
      addList(window, "days", daily.days());
      to.add("daily", window);
      to.addProperty("zone", daily.zone().getId());
    } else if (trigger instanceof Trigger.AfterJobs after) {
      addList(to, "afterJobs", after.jobs());
      addList(to, "outcomes", after.outcomes());
    } else if (trigger instanceof NarrowedTrigger narrowed) {
      return writeNarrowed(narrowed);
    } else {
      to.addProperty("manual", true);
    }
    return to;
  }

  private static void writeCron(CronTrigger trigger, JsonObject to) {
    to.addProperty("cron", trigger.cron().toString());
    if (trigger.cron().dialect() == Dialect.SPRING) {
      to.addProperty(
          "dialect", Dialect.SPRING.name()); // the others are told by the number of fields
    }
    to.addProperty("zone", trigger.zone().getId());
    to.addProperty("gap", trigger.onGap().name());
    to.addProperty("overlap", trigger.onOverlap().name());
  }

  private static JsonObject writeNarrowed(NarrowedTrigger trigger) {
    JsonObject to = write(trigger.base());
    if (!trigger.start().equals(Trigger.NEVER_BEFORE)) {
      to.addProperty("from", trigger.start().toString());
    }
    if (!trigger.end().equals(Trigger.NEVER)) {
      to.addProperty("until", trigger.end().toString());
    }
    addList(to, "only", trigger.only());
    addList(to, "except", trigger.except());
    if (!trigger.jitter().isZero()) {
      to.addProperty("jitter", trigger.jitter().toString());
    }
    return to;
  }
}
