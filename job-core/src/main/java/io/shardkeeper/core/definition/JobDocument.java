package io.shardkeeper.core.definition;

import com.google.gson.JsonObject;
import io.shardkeeper.core.json.Fields;
import io.shardkeeper.core.json.Json;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.job.InvalidJobException;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Pause;
import io.shardkeeper.text.Quote;
import io.shardkeeper.trigger.NarrowedTrigger;
import io.shardkeeper.trigger.Trigger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/**
 * A job as it is stored: its definition, and whatever a newer version has written beside it. Immutable.
 *
 * <p>{@code v} is the format in which it was written, {@code minReader} the oldest format whose readers understand enough of it.
 * Fields that a reader does not know it keeps, so that an older instance may change a job and lose nothing of a newer one.
 */
public final class JobDocument {
  /** The format that is written and read here. */
  public static final int FORMAT = 1;

  /** The bytes that a stored definition may take. */
  public static final int MOST_BYTES = 256 * 1024;

  private static final String VERSION = "v";
  private static final String MIN_READER = "minReader";

  private final Job job;
  private final int version;
  private final int minReader;
  private final Instant since;
  private final String actor;
  private final Pause pause;
  private final JsonObject unknown;

  private JobDocument(
      Job job,
      int version,
      int minReader,
      Instant since,
      String actor,
      Pause pause,
      JsonObject unknown) {
    this.job = job;
    this.version = version;
    this.minReader = minReader;
    this.since = since;
    this.actor = actor;
    this.pause = pause;
    this.unknown = unknown;
  }

  /** A job that was never stored. */
  public static JobDocument of(Job job) {
    return new JobDocument(
        job, FORMAT, FORMAT, Trigger.NEVER_BEFORE, "", Pause.NONE, new JsonObject());
  }

  /**
   * Reads what {@link #toJson} has written, here or in another version.
   *
   * @throws NewerFormatException if it takes a newer version to read it
   * @throws InvalidJobException with all that is wrong with it
   */
  public static JobDocument parse(String json) {
    JsonObject object;
    if (bytes(json) > MOST_BYTES) {
      throw new InvalidJobException("(unreadable)", List.of(tooLarge(bytes(json))));
    }
    try {
      object = Json.parse(json);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("(unreadable)", List.of("The definition " + e.getMessage()));
    }
    String name = object.has("name") && object.get("name").isJsonPrimitive()
        ? object.get("name").getAsString()
        : "";
    JobBuilder builder = Job.builder(name);
    var fields = new Fields(object, "", builder::mistake);
    int version = fields.number(VERSION, 0);
    int minReader = fields.number(MIN_READER, version);
    if (minReader > FORMAT) {
      throw new NewerFormatException("Job '" + Quote.of(name) + "'", minReader, FORMAT);
    }
    if (version < 1 || minReader < 1) {
      builder.mistake(
          "It tells no format; " + VERSION + " is " + FORMAT + " in definitions written today");
    }
    fields.text("name", "");
    Instant since = fields.instant("since", Trigger.NEVER_BEFORE);
    String actor = fields.text("actor", "");
    Pause pause = fields.nested("pause", JobDocument::readPause, Pause.NONE);
    Job job = JobFields.read(fields, builder);
    return new JobDocument(job, version, minReader, since, actor, pause, fields.unknown());
  }

  private static Pause readPause(Fields fields) {
    return new Pause(
        fields.instant("from", Trigger.NEVER_BEFORE),
        fields.instant("until", Trigger.NEVER),
        fields.text("actor", ""),
        fields.text("note", ""),
        fields.text("resumedBy", ""));
  }

  private static JsonObject write(Pause pause) {
    var to = new JsonObject();
    to.addProperty("from", pause.from().toString());
    if (!pause.until().equals(Trigger.NEVER)) {
      to.addProperty("until", pause.until().toString());
    }
    JobFields.addText(to, "actor", pause.actor());
    JobFields.addText(to, "note", pause.note());
    JobFields.addText(to, "resumedBy", pause.resumedBy());
    return to;
  }

  /** The job. */
  public Job job() {
    return job;
  }

  /** This document with another definition in it; what was not understood stays, unless the part that it belonged to is gone. */
  public JobDocument with(Job changed) {
    JsonObject kept = unknown.deepCopy();
    if (kind(changed.trigger()) != kind(job.trigger())) {
      kept.remove("trigger");
    }
    if (changed.sharding().getClass() != job.sharding().getClass()) {
      kept.remove("sharding");
    }
    return new JobDocument(changed, version, minReader, since, actor, pause, kept);
  }

  /** From when on its trigger counts: no fire is due before that. Nothing is told by {@link Trigger#NEVER_BEFORE}. */
  public Instant since() {
    return since;
  }

  /** Who wrote it, for people. */
  public String actor() {
    return actor;
  }

  /** This document as somebody writes it, with a trigger that counts from an instant. */
  public JobDocument written(String by, Instant from) {
    return new JobDocument(job, version, minReader, from, by, pause, unknown);
  }

  /** When it gets, or got last, no new runs. */
  public Pause pause() {
    return pause;
  }

  /** This document with another pause: who pauses a job has not written it. */
  public JobDocument with(Pause changed) {
    return new JobDocument(job, version, minReader, since, actor, changed, unknown);
  }

  private static Class<?> kind(Trigger trigger) {
    return (trigger instanceof NarrowedTrigger narrowed ? narrowed.base() : trigger).getClass();
  }

  /**
   * One line of JSON.
   *
   * @throws InvalidJobException if it is larger than what can be stored
   */
  public String toJson() {
    var object = new JsonObject();
    object.addProperty(VERSION, Math.max(version, FORMAT));
    object.addProperty(MIN_READER, minReader);
    object.addProperty("name", job.name());
    if (!since.equals(Trigger.NEVER_BEFORE)) {
      object.addProperty("since", since.toString());
    }
    JobFields.addText(object, "actor", actor);
    if (!pause.equals(Pause.NONE)) {
      object.add("pause", write(pause));
    }
    JobFields.write(job, object);
    Json.addMissing(object, unknown);
    String json = object.toString();
    if (bytes(json) > MOST_BYTES) {
      throw new InvalidJobException(job.name(), List.of(tooLarge(bytes(json))));
    }
    return json;
  }

  private static int bytes(String json) {
    return json.getBytes(StandardCharsets.UTF_8).length;
  }

  private static String tooLarge(int bytes) {
    return "Its definition takes " + bytes + " bytes; at most " + MOST_BYTES + " are stored";
  }

  @Override
  public String toString() {
    return "definition of " + job.name() + " in format " + version;
  }
}
