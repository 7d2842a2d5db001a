package io.shardkeeper.core.client;

import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.core.assign.Routes;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.definition.NotCarriedOut;
import io.shardkeeper.job.InvalidJobException;
import io.shardkeeper.job.Job;
import io.shardkeeper.routing.Routers;
import io.shardkeeper.trigger.NarrowedTrigger;
import io.shardkeeper.trigger.Trigger;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Refuses a job that names what is not there, that is not carried out yet, or that would start itself for ever by way of others, which are
 * read for that. Lives on the loop.
 */
final class Checking {
  /** Jobs that are followed to find a cycle, at most. */
  private static final int MOST_FOLLOWED = 1_000;

  private final Definitions definitions;
  private final Calendars calendars;
  private final Routers routers;

  Checking(Definitions definitions, Calendars calendars, Routers routers) {
    this.definitions = definitions;
    this.calendars = calendars;
    this.routers = routers;
  }

  /** Fails for a job that would never run, or never stop to. */
  CompletionStage<?> check(Job job) {
    Trigger ignored = job.trigger().with(calendars); // names the calendar that is not there
    Routes.check(job.name(), job.routing(), routers);
    return cycle(job).thenAccept(cycle -> {
      if (cycle.isPresent()) {
        throw new InvalidJobException(
            job.name(),
            List.of("It would start itself for ever: " + String.join(" after ", cycle.get())
                + "; take one of them out of the circle"));
      }
      Optional<String> missing = NotCarriedOut.why(job);
      if (missing.isPresent()) {
        throw new JobClientException(Reason.NOT_CARRIED_OUT, missing.get());
      }
    });
  }

  private CompletionStage<Optional<List<String>>> cycle(Job job) {
    Map<String, Set<String>> follows = new HashMap<>();
    follows.put(job.name(), followed(job));
    return follow(new ArrayDeque<>(followed(job)), follows)
        .thenApply(all -> Cycle.of(job.name(), all));
  }

  private CompletionStage<Map<String, Set<String>>> follow(
      Deque<String> toRead, Map<String, Set<String>> follows) {
    while (!toRead.isEmpty() && follows.containsKey(toRead.peek())) {
      toRead.remove();
    }
    if (toRead.isEmpty() || follows.size() > MOST_FOLLOWED) {
      return CompletableFuture.completedStage(follows);
    }
    String name = toRead.remove();
    return definitions.find(name).thenCompose(found -> {
      JobDocument document = found.map(Definition::document).orElse(null);
      Set<String> before = document == null ? Set.of() : followed(document.job());
      follows.put(name, before);
      toRead.addAll(before);
      return follow(toRead, follows);
    });
  }

  private static Set<String> followed(Job job) {
    Trigger base =
        job.trigger() instanceof NarrowedTrigger narrowed ? narrowed.base() : job.trigger();
    return base instanceof Trigger.AfterJobs after ? after.jobs() : Set.of();
  }
}
