package io.shardkeeper.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What can be said of a job in properties. The table in {@code docs/configuration.md} is checked against these. */
public enum JobSetting {
  HANDLER("name", "the handler that does the work; required"),
  CRON("expression", "due where a clock matches, as in `0 30 2 * * ?`"),
  ZONE("zone", "the zone of that clock, as in `Europe/Berlin`; `UTC` unless set"),
  EVERY("duration", "due each period"),
  DELAY("duration", "due so long after the end of the run before"),
  AT("instants", "due at these instants, as in `2026-11-21T02:30:00Z`, with commas between them"),
  MANUAL("true", "by request only"),
  AFTER_JOBS("names", "due when one of these jobs has succeeded"),
  FROM("instant", "no fire before it"),
  UNTIL("instant", "no fire at it or later"),
  ONLY("names", "calendars: only fires inside each of them"),
  EXCEPT("names", "calendars: no fires inside any of them"),
  JITTER("duration", "each fire later by up to this"),
  SHARDING(
      "see right",
      "`one` (unless set), `all`: one for each instance, `each where zone == 'a'`, `one where zone == 'a'`"),
  SHARDS("number", "so many shards, instead of `sharding`"),
  SHARD_PARAMETERS("list", "a parameter for each of the `shards`, as in `0=north,1=south`"),
  ROUTE(
      "name",
      "`spread` (unless set), `round-robin`, `random`, `consistent-hash`, `first`, `last`, `specified`, `failover`, `busy-over`, `least-busy`, or your own"),
  INSTANCES(
      "names",
      "the instances of the route `specified`, which need not be written then; those that `failover` tries first, in this order"),
  WITHOUT("names", "instances that get nothing of it"),
  MOST_INSTANCES("number", "how many instances are used at most"),
  FILTER("condition", "which instances are eligible, as in `zone == 'a' && disk == 'ssd'`"),
  OVERLAP(
      "see right",
      "`serial` (unless set), `serial 10`: so many wait, `discard-later`, `cover-earlier`, `allow 3`; with `per-run` behind it, runs as wholes"),
  MISFIRE("see right", "`fire-once` (unless set), `skip`, `fire-all`, `fire-all 10`"),
  MISFIRE_THRESHOLD("duration", "how late is too late"),
  MISFIRE_WINDOW("duration", "older fires are not made up for"),
  RETRY("number", "how often a failed shard is tried again; `0` unless set"),
  RETRY_DELAY("duration", "how long to wait before the first retry"),
  RETRY_FACTOR("number", "by how much longer before each further one"),
  RETRY_LONGEST("duration", "the longest wait; the delay, if nothing is set and that is longer"),
  RETRY_JITTER("number", "by which part a wait may be longer or shorter, from 0 to 1"),
  RETRY_ELSEWHERE("true, false", "whether to prefer another instance than the one that failed"),
  TIMEOUT("duration", "how long a shard may take"),
  AT_MOST_ONCE(
      "true, false",
      "whether a shard whose end cannot be known is given up rather than started again"),
  PARAMETER("text", "`parameter.<key>`: something that the handler is told"),
  LABEL("text", "`label.<key>`: something to find it by"),
  PRIORITY("number", "who goes first when slots are short, from 0 to 9"),
  HISTORY("number", "how many of its runs are kept"),
  DESCRIPTION("text", "what it is for"),
  OWNER("text", "whom to ask"),
  ENABLED("true, false", "`false`: it is read and checked, and not declared");

  private static final List<JobSetting> TRIGGERS =
      List.of(CRON, EVERY, DELAY, AT, MANUAL, AFTER_JOBS);

  private static final List<JobSetting> NAMED_PARTS = List.of(
      MISFIRE_THRESHOLD,
      MISFIRE_WINDOW,
      RETRY_DELAY,
      RETRY_FACTOR,
      RETRY_LONGEST,
      RETRY_JITTER,
      RETRY_ELSEWHERE);

  private final String unit;
  private final String what;

  JobSetting(String unit, String what) {
    this.unit = unit;
    this.what = what;
  }

  /** What stands behind the name of the job: {@code retry.delay}, {@code at-most-once}. */
  public String text() {
    String words = name().toLowerCase(Locale.ROOT);
    return NAMED_PARTS.contains(this) ? words.replace('_', '.') : words.replace('_', '-');
  }

  /** What its value is measured in, or is. */
  public String unit() {
    return unit;
  }

  /** What it is, in words of Markdown. */
  public String what() {
    return what;
  }

  /** The ways to say when a job is due: it takes exactly one. */
  static List<JobSetting> triggers() {
    return TRIGGERS;
  }

  /** Whether a key of the user's own stands behind it. */
  boolean takesKey() {
    return this == PARAMETER || this == LABEL;
  }

  /** Whether a text is a setting of a job: {@code cron}, {@code parameter.region}. */
  static boolean isKnown(String text) {
    return Arrays.stream(values())
        .anyMatch(setting -> setting.takesKey()
            ? text.startsWith(setting.text() + ".")
                && text.length() > setting.text().length() + 1
            : text.equals(setting.text()));
  }

  /** All that could be meant by a text that is none. */
  static List<String> like(String text) {
    int dot = text.indexOf('.');
    String own = dot < 0 ? "" : text.substring(dot);
    return Arrays.stream(values())
        .map(setting -> setting.takesKey() ? setting.text() + own : setting.text())
        .toList();
  }
}
