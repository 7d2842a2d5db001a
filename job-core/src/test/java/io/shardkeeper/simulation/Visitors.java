package io.shardkeeper.simulation;

import io.shardkeeper.client.JobClient;
import io.shardkeeper.client.LogRequest;
import io.shardkeeper.client.Rerun;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.job.Job;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;

/**
 * People and programs who come along during a play and want something: runs, other definitions, an end to something, and, where a play has
 * operators, pauses, reruns, drains and answers. They have good luck themselves; what they want has to come to pass in spite of the bad luck
 * of the fleet.
 */
final class Visitors {
  /** Of what ended long ago one learns only that. */
  private static final int LATEST = 20;

  private final Stage stage;
  private final Cast cast;
  private final DrawnJobs jobs;
  private final SplittableRandom random;

  /** What operators do is drawn on its own. */
  private final SplittableRandom days;

  private final SimulatedWorld world;
  private final Checker checker;
  private final JobClient client;
  private final List<String> runs = new ArrayList<>();
  private int questions;

  Visitors(Stage stage, Cast cast, DrawnJobs jobs, SplittableRandom days) {
    this.stage = stage;
    this.cast = cast;
    this.jobs = jobs;
    this.random = stage.random;
    this.days = days;
    this.world = stage.world();
    this.checker = stage.fleet.checker();
    this.client = new SimulatedClient(stage.fleet, cast.isNewer()).jobs;
  }

  /** Some come along, and some of those are operators. */
  void come() {
    for (int i = 0; i < 4; i++) {
      ask();
      if (stage.premise.operates()) {
        operate();
      }
    }
  }

  // ------------------------------------------------------------------ what everybody does

  private void ask() {
    Job job = jobs.any(random);
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> start(job);
      case 3 -> {
        if (!runs.isEmpty()) {
          client.kill(latest(random));
        }
      }
      case 4 -> edit(job);
      case 5 -> {
        if (job.name().equals("job-0")) {
          deleteForAWhile(job);
        }
      }
      default -> {
        // Nobody wants anything.
      }
    }
  }

  /** One of the runs that visitors had begun last. */
  private String latest(SplittableRandom luck) {
    return runs.get(runs.size() - 1 - luck.nextInt(Math.min(runs.size(), LATEST)));
  }

  private void start(Job job) {
    RunRequest request = RunRequest.of(job.name()).after(Duration.ofNanos(stage.upTo(4_000)));
    if (random.nextInt(3) == 0) {
      request = request.key("key-" + random.nextInt(8));
    }
    if (random.nextInt(3) == 0) {
      request = request.parameter("text", "x".repeat(30_000));
    }
    client.trigger(request).whenComplete((run, failure) -> {
      if (failure == null) {
        runs.add(run);
        if (random.nextBoolean()) {
          world.after(stage.upTo(4_500), () -> client.kill(run));
        }
      }
    });
  }

  private void edit(Job job) {
    stage.note("edit of " + job.name());
    for (int i = 0; i < 3; i++) {
      world.after(stage.upTo(2_000), () -> {
        if (!stage.isHealed()) {
          client.define(jobs.edited(job));
        }
      });
    }
  }

  private void deleteForAWhile(Job job) {
    stage.note("deletion of " + job.name());
    checker.comesAndGoes(job.name());
    client
        .delete(job.name())
        .whenComplete((gone, failure) -> world.after(stage.upTo(3_000), () -> {
          if (!stage.isHealed()) {
            client.define(job);
          }
        }));
  }

  // ------------------------------------------------------------------ what operators do

  /** Somebody pauses a job, does a run again, has an instance leave, or looks at what runs. */
  private void operate() {
    Job job = jobs.any(days);
    switch (days.nextInt(8)) {
      case 0 -> pause(job);
      case 1 -> {
        if (!runs.isEmpty()) {
          rerun(latest(days));
        }
      }
      case 2 -> drain();
      case 3 -> {
        if (!runs.isEmpty()) {
          look(latest(days), 0);
        }
      }
      case 4, 5 -> checker.someRunning(days).ifPresent(one -> look(one.run, one.shard));
      default -> {
        // All is left as it is.
      }
    }
  }

  private void pause(Job job) {
    boolean forever = days.nextBoolean();
    long span = Duration.ofMillis(1 + days.nextLong(8_000)).toNanos();
    Instant until = forever ? Trigger.NEVER : world.clock().instant().plusNanos(span);
    checker.mayBePaused(job.name());
    client.pause(job.name(), "because", until).whenComplete((done, failure) -> {
      if (failure == null) {
        stage.note("pause of " + job.name() + " until " + until);
        if (forever || days.nextBoolean()) {
          world.after(span, () -> resume(job.name()));
        }
      }
    });
  }

  private void resume(String job) {
    CompletionStage<Boolean> unused = client.resume(job);
  }

  private void rerun(String run) {
    Rerun again = Rerun.of(run);
    again = days.nextInt(3) == 0 ? again.onlyFailedShards() : again;
    again = days.nextInt(3) == 0 ? again.on("n" + days.nextInt(4)) : again;
    client.rerun(again).thenAccept(begun -> {
      world.happened("a run is done again");
      runs.add(begun);
    });
  }

  private void drain() {
    List<SimulatedNode> staying = cast.staying();
    if (stage.premise.leaves() && staying.size() > 1 && days.nextInt(4) == 0) {
      SimulatedNode node = staying.get(days.nextInt(staying.size()));
      client.drain(node.name).thenAccept(told -> stage.note(node + " is told to leave"));
    }
  }

  private void look(String run, int shard) {
    CompletionStage<?> answer = switch (days.nextInt(3)) {
      case 0 -> client.progress(run);
      case 1 -> client.stack(run, shard);
      default -> client.log(LogRequest.of(run).shard(shard).whenThereIsMore());
    };
    questions++;
    answer.whenComplete((told, failure) -> {
      questions--;
      if (failure == null) {
        world.happened("an instance answered a question");
      }
    });
  }

  // ------------------------------------------------------------------ when the bad luck is over

  /** No job stays paused. */
  void resumeAll() {
    if (stage.premise.operates()) {
      jobs.defined().forEach(job -> resume(job.name()));
    }
  }

  /** When all is well a pause reaches everything within a moment: nothing starts until it ends. */
  void pauseSome() {
    if (!stage.premise.operates()) {
      return;
    }
    for (int i = 0; i < Math.min(3, jobs.defined().size()); i++) {
      String job = jobs.any(days).name();
      checker.mayBePaused(job);
      client.pause(job, "for once").thenAccept(done -> {
        checker.pausedFrom(job, world.nanos() + Duration.ofSeconds(1).toNanos());
        world.after(Duration.ofSeconds(4).toNanos(), () -> {
          checker.pausedFrom(job, Long.MAX_VALUE);
          resume(job);
        });
      });
    }
  }

  /** Each question was answered, be it by saying that there is no answer. */
  void checkAnswered() {
    if (questions > 0) {
      checker.violated(questions + " questions were never answered");
    }
  }
}
