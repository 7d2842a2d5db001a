package io.shardkeeper.core.client;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.client.Rerun;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.run.TraceContext;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What has to be asked for to do a run again. */
final class Reruns {
  private static final String ALL_SUCCEEDED = "all of its shards succeeded; do the whole again";

  private Reruns() {}

  /**
   * The request that does a run again.
   *
   * @param job its job, as it is now
   * @throws JobClientException if it cannot be told what was to be done
   */
  static RunRequest request(Rerun what, Entry.Run run, Job job) {
    Entry.Given given = run.given();
    boolean dated = !given.origin().dataTime().equals(Origin.WHEN_DUE);
    Instant data = dated ? given.origin().dataTime() : run.scheduledAt();
    return new RunRequest(
        run.job(),
        given.parameters(),
        shards(what, run, job),
        Duration.ZERO,
        Trigger.NEVER_BEFORE,
        what.key(),
        false,
        new Origin(run.id().text(), data, what.instance(), TraceContext.NONE));
  }

  /** Which shards; none means all. */
  private static List<Integer> shards(Rerun what, Entry.Run run, Job job) {
    if (!run.given().shards().isEmpty()) {
      return run.given().shards(); // it ended before any of them began
    }
    boolean whole = run.given().total() == 0;
    if (whole && what.onlyFailed() && run.outcome() == Outcome.SUCCEEDED) {
      throw refused(run, ALL_SUCCEEDED);
    }
    if (whole && (!what.onlyFailed() || run.shards() == 1)) {
      return List.of();
    }
    if (job.sharding() instanceof Sharding.All
        || (job.sharding() instanceof Sharding.Filtered filtered && filtered.each())) {
      throw refused(
          run, "its shards belonged to instances; do it again on one of these, or as a whole");
    }
    int total = whole ? run.shards() : run.given().total();
    int now = job.sharding() instanceof Sharding.Fixed fixed ? fixed.total() : 1;
    if (total != now) {
      throw refused(
          run, "it had " + total + " shards, and the job has " + now + " now; do the whole again");
    }
    List<Integer> wanted = run.parts().stream()
        .filter(part -> !what.onlyFailed() || part.outcome() != Outcome.SUCCEEDED)
        .map(Entry.Part::shard)
        .toList();
    // Of many shards those are kept that did not succeed, as long as there is room.
    boolean known = run.parts().size() == run.shards()
        || (what.onlyFailed() && wanted.size() < run.parts().size());
    if (!known) {
      throw refused(
          run,
          "of its " + run.shards() + " shards only " + wanted.size()
              + " are kept; ask for shards by number");
    }
    if (wanted.isEmpty()) {
      throw refused(run, ALL_SUCCEEDED);
    }
    return wanted;
  }

  private static JobClientException refused(Entry.Run run, String why) {
    return new JobClientException(
        Reason.REFUSED, "Run " + run.id() + " cannot be done again in part: " + why);
  }
}
