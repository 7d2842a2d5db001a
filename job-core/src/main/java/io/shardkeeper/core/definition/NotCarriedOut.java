package io.shardkeeper.core.definition;

import io.shardkeeper.job.Job;
import io.shardkeeper.trigger.NarrowedTrigger;
import io.shardkeeper.trigger.Trigger;
import java.util.Optional;

/** What a definition may say and the engine does not carry out yet. The one place that knows; it goes when the last of it is built. */
public final class NotCarriedOut {
  private NotCarriedOut() {}

  /** Why a job cannot be kept or started as it is defined; nothing if it can. */
  public static Optional<String> why(Job job) {
    Trigger base =
        job.trigger() instanceof NarrowedTrigger narrowed ? narrowed.base() : job.trigger();
    if (base instanceof Trigger.AfterJobs) {
      return Optional.of(
          told(job, "a trigger after other jobs", "a trigger by the clock, or none"));
    }
    return Optional.empty();
  }

  private static String told(Job job, String what, String instead) {
    return "job '" + job.name() + "' asks for " + what
        + ", which this version does not carry out; what it does is " + instead;
  }
}
