package io.shardkeeper.client;

import io.shardkeeper.job.Pause;
import io.shardkeeper.text.Quote;
import io.shardkeeper.view.InstanceView;
import io.shardkeeper.view.JobView;
import io.shardkeeper.view.RunView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;

/** Answers of a client as lines for people. */
final class StatLines {
  private static final Map<Stat, Set<String>> KNOWN = Map.of(
      Stat.JOB, Set.of("job"),
      Stat.RUN, Set.of("run", "job", "most"),
      Stat.LOG, Set.of("run", "shard"),
      Stat.INSTANCE, Set.of("instance"),
      Stat.HANDLERS, Set.of("handler"));
  private static final int MOST = 20;

  private final JobClient client;
  private final Map<String, String> parameters;

  StatLines(JobClient client, Map<String, String> parameters) {
    this.client = client;
    this.parameters = Map.copyOf(parameters);
  }

  CompletionStage<List<String>> of(Stat kind) {
    Set<String> known = KNOWN.getOrDefault(kind, Set.of());
    for (String parameter : new TreeSet<>(parameters.keySet())) {
      if (!known.contains(parameter)) {
        throw new IllegalArgumentException("Stat " + kind + " does not know the parameter '"
            + Quote.of(parameter) + "'; it knows " + new TreeSet<>(known));
      }
    }
    return switch (kind) {
      case JOB -> jobs();
      case RUN -> runs();
      case LOG -> log();
      case INSTANCE -> instances();
      case HANDLERS -> handlers();
    };
  }

  private String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  private CompletionStage<List<String>> jobs() {
    String name = parameter("job");
    return name.isEmpty()
        ? client.jobs().thenApply(all -> all.stream().map(StatLines::line).toList())
        : client.job(name).thenApply(job -> {
          List<String> lines = new ArrayList<>(List.of(line(job)));
          if (job instanceof JobView.Known known) {
            known.nextFires().forEach(fire -> lines.add("  fires at " + fire));
          }
          return List.copyOf(lines);
        });
  }

  private static String line(JobView job) {
    if (job instanceof JobView.Known known) {
      return job.name() + " revision " + job.revision() + " handler "
          + known.job().handler()
          + (known.actor().isEmpty() ? "" : " by " + Quote.line(known.actor()))
          + (known.pause().resumedBy().isEmpty() && !known.pause().equals(Pause.NONE)
              ? ", " + known.pause().sentence()
              : "");
    }
    return job.name() + " revision " + job.revision() + " cannot be read: "
        + ((JobView.Unreadable) job).mistake();
  }

  private CompletionStage<List<String>> runs() {
    if (!parameter("run").isEmpty()) {
      return client.run(parameter("run")).thenApply(StatLines::lines);
    }
    if (parameter("job").isEmpty()) {
      throw new IllegalArgumentException("Stat RUN is asked of nothing; name a run or a job");
    }
    return client
        .runs(parameter("job"), most())
        .thenApply(all -> all.stream().map(StatLines::line).toList());
  }

  private CompletionStage<List<String>> log() {
    String shard = parameter("shard");
    if (parameter("run").isEmpty() || !shard.matches("\\d{0,5}")) {
      throw new IllegalArgumentException("Stat LOG is asked of run '"
          + Quote.of(parameter("run")) + "' and shard '" + Quote.of(shard)
          + "'; name a run, and perhaps a shard by its number");
    }
    int number = shard.isEmpty() ? 0 : Integer.parseInt(shard);
    return client
        .log(LogRequest.of(parameter("run")).shard(number).last(LogRequest.PAGE))
        .thenApply(page -> page.text().lines().toList());
  }

  private int most() {
    String most = parameter("most");
    if (!most.matches("[1-9]\\d{0,3}|")) {
      throw new IllegalArgumentException("Stat RUN is asked for '" + Quote.of(most)
          + "' runs; that is a number from 1 to " + JobClient.MOST_LISTED);
    }
    return most.isEmpty() ? MOST : Integer.parseInt(most);
  }

  private static String line(RunView run) {
    if (run instanceof RunView.Ended ended) {
      return run.id() + " of " + run.scheduledAt() + " ended " + ended.outcome() + " at "
          + ended.decided() + (ended.reason().isEmpty() ? "" : ": " + ended.reason());
    }
    var open = (RunView.Open) run;
    return run.id() + " of " + run.scheduledAt() + " is " + open.state()
        + (open.instances().isEmpty() ? "" : " on " + String.join(", ", open.instances()))
        + (open.reason().isEmpty() ? "" : ": " + open.reason());
  }

  private static List<String> lines(RunView run) {
    List<String> lines = new ArrayList<>(List.of(line(run)));
    if (run instanceof RunView.Ended ended) {
      for (RunView.Part part : ended.parts()) {
        lines.add("  shard " + part.shard()
            + (part.instance().isEmpty() ? "" : " on " + part.instance()) + ", attempt "
            + part.attempt() + ": " + part.outcome());
      }
      ended.overruns().forEach(overrun -> lines.add("  " + overrun));
    }
    return List.copyOf(lines);
  }

  private CompletionStage<List<String>> instances() {
    String asked = parameter("instance");
    return client
        .instances()
        .thenApply(all -> all.stream()
            .filter(
                one -> asked.isEmpty() || one.id().equals(asked) || one.name().equals(asked))
            .map(StatLines::line)
            .toList());
  }

  private static String line(InstanceView instance) {
    return instance.id() + " (" + instance.name() + ") on " + instance.host() + ", "
        + instance.slots() + " slots" + (instance.draining() ? ", leaving" : "")
        + (instance.mistake().isEmpty() ? "" : ", cannot be read: " + instance.mistake());
  }

  private CompletionStage<List<String>> handlers() {
    String asked = parameter("handler");
    return client.instances().thenApply(all -> {
      var what = new TreeMap<String, String>();
      var who = new TreeMap<String, Set<String>>();
      for (InstanceView instance : all) {
        instance.handlers().forEach((handler, description) -> {
          what.put(handler, description);
          who.computeIfAbsent(handler, same -> new TreeSet<>()).add(instance.name());
        });
      }
      if (!asked.isEmpty() && !who.containsKey(asked)) {
        throw new JobClientException(
            JobClientException.Reason.NO_SUCH_HANDLER,
            "No instance that lives offers the handler '" + Quote.of(asked) + "'; offered are "
                + who.keySet());
      }
      who.keySet().removeIf(handler -> !asked.isEmpty() && !handler.equals(asked));
      return who.entrySet().stream()
          .map(offer -> offer.getKey() + " on " + String.join(", ", offer.getValue()) + ": "
              + what.getOrDefault(offer.getKey(), ""))
          .toList();
    });
  }
}
