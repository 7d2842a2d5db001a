package io.shardkeeper.core.desk;

import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.core.history.Compaction;
import io.shardkeeper.routing.Routers;
import java.time.Duration;

/**
 * By what a coordinator decides, beside the definitions.
 *
 * @param horizon how far ahead fires are planned
 * @param misfireThreshold how late is too late, for jobs that do not say
 * @param inboxLimit open assignments of an instance, at most
 * @param historyBudget bytes of the history of the namespace, about
 * @param calendars what the names of calendars stand for
 * @param routers what the names of routes stand for that are not always there
 */
public record Rules(
    Duration horizon,
    Duration misfireThreshold,
    int inboxLimit,
    long historyBudget,
    Calendars calendars,
    Routers routers) {
  /** How far ahead fires are planned unless said otherwise. */
  public static final Duration DEFAULT_HORIZON = Duration.ofSeconds(1);

  /** Open assignments of an instance unless said otherwise. */
  public static final int DEFAULT_INBOX_LIMIT = 20_000;

  /** The least threshold of misfires. */
  public static final Duration LEAST_THRESHOLD = Duration.ofSeconds(10);

  /** Deaths of instances under one shard after which it is given up. */
  public static final int MOST_DEATHS = 3;

  /** The rules that follow from a session timeout and the tick of the far end: a coordinator that dies makes no misfire. */
  public static Rules of(Duration timeout, Duration tick, Calendars calendars, Routers routers) {
    Duration threshold = timeout.plus(tick).multipliedBy(2).plusSeconds(2);
    return new Rules(
        DEFAULT_HORIZON,
        threshold.compareTo(LEAST_THRESHOLD) < 0 ? LEAST_THRESHOLD : threshold,
        DEFAULT_INBOX_LIMIT,
        Compaction.DEFAULT_BUDGET,
        calendars,
        routers);
  }
}
