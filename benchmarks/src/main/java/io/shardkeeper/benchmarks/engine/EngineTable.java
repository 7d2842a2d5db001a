package io.shardkeeper.benchmarks.engine;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.job.Job;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.Watcher;

/** Measures the engine as a whole, and prints a table in Markdown: a durable ZooKeeper and three instances, each in a process of its own. */
public final class EngineTable {
  private static final int INSTANCES = 3;

  /** How long jobs have to be known before their first fire. */
  private static final Duration AHEAD =
      Duration.ofSeconds(10 * Integer.getInteger("bench.patience", 1));

  private final boolean quick;
  private final List<String> rows = new ArrayList<>();

  private EngineTable(boolean quick) {
    this.quick = quick;
  }

  /** Takes "quick" for a glance, and the names of parts to be measured; all of them if none is named. */
  public static void main(String[] args) throws Exception {
    List<String> asked = Arrays.stream(args)
        .filter(arg -> !arg.isEmpty() && !arg.equals("quick"))
        .toList();
    var table = new EngineTable(Arrays.asList(args).contains("quick"));
    if (asked.isEmpty() || asked.contains("delays")) {
      table.delays();
    }
    if (asked.isEmpty() || asked.contains("trigger")) {
      table.byHand();
    }
    if (asked.isEmpty() || asked.contains("fires")) {
      table.fires();
    }
    if (asked.isEmpty() || asked.contains("killed")) {
      table.killed();
    }
    if (asked.isEmpty() || asked.contains("defined")) {
      table.defined();
    }
    System.out.printf("%n| what | measured | |%n|---|--:|---|%n");
    table.rows.forEach(System.out::println);
    System.out.printf(
        "%nJDK %s, %s %s, %d processors%n",
        System.getProperty("java.runtime.version"),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors());
  }

  private void row(String what, String measured, String beside) {
    String row = "| " + what + " | " + measured + " | " + beside + " |";
    System.out.println(row);
    rows.add(row);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  // ------------------------------------------------------------------ due fires

  /** What was seen while jobs were due. */
  private record Seen(
      long fires, double seconds, double transactionsEach, Delays delays, String cpu) {
    double perSecond() {
      return fires / seconds;
    }
  }

  private void fires() throws Exception {
    int[] rates = Arrays.stream(
            System.getProperty("bench.rates", quick ? "20000" : "20000 50000").split(" "))
        .mapToInt(Integer::parseInt)
        .toArray();
    for (int rate : rates) {
      try (var lab = Lab.open("fires")) {
        List<InstanceProcess> instances = lab.instances(INSTANCES);
        // Warms up: what is measured is what can be kept up, and not what a compiler leaves of it.
        measure(lab, instances, 2_000, 1_000, Duration.ofSeconds(quick ? 5 : 10));
        measure(lab, instances, 10_000, rate, Duration.ofSeconds(quick ? 10 : 30));
        Seen seen = measure(lab, instances, 10_000, rate, Duration.ofSeconds(quick ? 10 : 30));
        row(
            rate + " fires/s due of 10,000 jobs",
            text("%.0f/s with durable outcome", seen.perSecond()),
            text(
                "%.4f transactions a run; start after due %.2f ms median, %.1f ms 99th; CPU seconds %s",
                seen.transactionsEach(),
                seen.delays().millis(0.5),
                seen.delays().millis(0.99),
                seen.cpu()));
        instances.forEach(InstanceProcess::close);
      }
    }
  }

  private void delays() throws Exception {
    try (var lab = Lab.open("delays")) {
      List<InstanceProcess> instances = lab.instances(INSTANCES);
      measure(lab, instances, 1_000, 1_000, Duration.ofSeconds(10)); // warms up
      for (int rate : new int[] {10, 1_000}) {
        Seen seen = measure(lab, instances, rate, rate, Duration.ofSeconds(quick ? 10 : 40));
        row(
            "start after due, " + rate + " fires/s",
            text("%.2f ms median", seen.delays().millis(0.5)),
            text(
                "%.2f ms 99th, %.1f ms 99.9th",
                seen.delays().millis(0.99), seen.delays().millis(0.999)));
      }
      instances.forEach(InstanceProcess::close);
    }
  }

  /** Has jobs fire so often a second for so long, spread evenly over the time, and waits until each fire has its outcome. */
  private static Seen measure(
      Lab lab, List<InstanceProcess> instances, int jobs, int rate, Duration length)
      throws Exception {
    Duration period = Duration.ofMillis(1_000L * jobs / rate);
    long before = lab.outcomes();
    // Jobs that are there already change; those do not fire that have ended.
    Instant begin = Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(AHEAD).plusMillis(jobs);
    Instant end = begin.plus(length);
    lab.define(IntStream.range(0, jobs)
        .mapToObj(i -> Job.builder("job-" + i)
            .handler(InstanceProcess.COUNT)
            .trigger(Trigger.every(period, begin.plusMillis(period.toMillis() * i / jobs))
                .from(begin)
                .until(end))
            .build())
        .toList());
    System.out.printf(
        "%d jobs defined, %d ms before their first fire%n",
        jobs, Duration.between(Instant.now(), begin).toMillis());
    for (InstanceProcess instance : instances) {
      instance.ask("delays");
    }
    if (Instant.now().isAfter(begin)) {
      throw new IllegalStateException(
          "Defining " + jobs + " jobs took longer than until their first fire");
    }
    while (Instant.now().isBefore(begin)) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    List<String> cpuBefore = cpu(instances);
    long transactions = lab.transactions();
    TimeUnit.NANOSECONDS.sleep(Duration.between(Instant.now(), end).toNanos());
    Thread.sleep(100);
    Lab.await("all that was due is done", () -> {
      try {
        return lab.isQuiet();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    });
    double seconds = Duration.between(begin, Instant.now()).toMillis() / 1e3 - 0.1;
    transactions = lab.transactions() - transactions - 1;
    List<String> cpuAfter = cpu(instances);
    var delays = new Delays();
    for (InstanceProcess instance : instances) {
      delays.add(instance.ask("delays"));
    }
    long due = (long) jobs * length.toNanos() / period.toNanos();
    long fires = lab.outcomes() - before;
    System.out.printf(
        "%d fires due, %d outcomes, %d starts, %.1f s, %d transactions, CPU %s to %s%n",
        due, fires, delays.total(), seconds, transactions, cpuBefore, cpuAfter);
    return new Seen(
        fires,
        seconds,
        (double) transactions / fires,
        delays,
        String.join(" ", cpuAfter) + " - " + String.join(" ", cpuBefore));
  }

  private static List<String> cpu(List<InstanceProcess> instances) throws Exception {
    List<String> all = new ArrayList<>();
    for (InstanceProcess instance : instances) {
      all.add(instance.ask("cpu") + (instance.ask("coordinates").equals("true") ? "c" : ""));
    }
    return all;
  }

  // ------------------------------------------------------------------ by hand

  /** Rounds of both take turns, so that what disturbs the machine for a while disturbs both. */
  private void byHand() throws Exception {
    int rounds = quick ? 100 : 300;
    List<Double> ours = new ArrayList<>();
    List<Double> bare = new ArrayList<>();
    try (var lab = Lab.open("by-hand")) {
      RelayProcess relay = RelayProcess.start(lab.server());
      List<InstanceProcess> instances = lab.instances(INSTANCES);
      lab.define(List.of(Job.builder("stamp")
          .handler(InstanceProcess.STAMP)
          .trigger(Trigger.manual())
          .build()));
      var bareTrigger = new BareTrigger(lab.raw());
      for (int round = 0; round < rounds; round++) {
        double our = stamps(lab, instances, 20);
        double other = median(20, bareTrigger::nanos) / 1e6;
        if (round >= rounds / 2) { // before that it warms up
          ours.add(our);
          bare.add(other);
        }
      }
      instances.forEach(InstanceProcess::close);
      relay.close();
    }
    double our = middle(ours);
    double other = middle(bare);
    row(
        "handler starts after a trigger by hand",
        text("%.2f ms median", our),
        text("two bare writes and two watch hops: %.2f ms; ratio %.2f", other, our / other));
  }

  /** Triggers a job several times, one after the other; the median of the time until its handler begins, in milliseconds. */
  private static double stamps(Lab lab, List<InstanceProcess> instances, int times)
      throws Exception {
    for (int i = 0; i < times; i++) {
      String asked = String.valueOf(System.nanoTime());
      lab.client()
          .trigger(RunRequest.of("stamp").parameter(InstanceProcess.ASKED, asked))
          .toCompletableFuture()
          .get(30, TimeUnit.SECONDS);
      TimeUnit.MILLISECONDS.sleep(5); // so that the next one finds nothing under way
    }
    var delays = new Delays();
    Lab.await("all have started", () -> {
      for (InstanceProcess instance : instances) {
        delays.add(ask(instance, "stamps"));
      }
      return delays.total() == times;
    });
    return delays.millis(0.5);
  }

  private interface Measure {
    long nanos() throws Exception;
  }

  private static double median(int times, Measure measure) throws Exception {
    long[] all = new long[times];
    for (int i = 0; i < times; i++) {
      all[i] = measure.nanos();
      TimeUnit.MILLISECONDS.sleep(5); // as with ours
    }
    Arrays.sort(all);
    return all[times / 2];
  }

  private static double middle(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /** Writes a node; another process sees it, and writes one that this sees. */
  private static final class BareTrigger {
    private final CuratorFramework raw;
    private final Semaphore told = new Semaphore(0);

    BareTrigger(CuratorFramework raw) throws Exception {
      this.raw = raw;
      raw.watchers()
          .add()
          .withMode(AddWatchMode.PERSISTENT)
          .usingWatcher((Watcher) event -> told.release())
          .forPath(RelayProcess.ANSWER);
    }

    long nanos() throws Exception {
      told.drainPermits();
      long begin = System.nanoTime();
      raw.setData().inBackground().forPath(RelayProcess.QUESTION, new byte[200]);
      if (!told.tryAcquire(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("The relay did not answer");
      }
      return System.nanoTime() - begin;
    }
  }

  // ------------------------------------------------------------------ a dead instance

  private void killed() throws Exception {
    List<Double> seconds = new ArrayList<>();
    for (int round = 0; round < (quick ? 1 : 3); round++) {
      try (var lab = Lab.open("killed")) {
        List<InstanceProcess> instances = new ArrayList<>(lab.instances(INSTANCES));
        int jobs = 90;
        Instant at = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(4);
        lab.define(IntStream.range(0, jobs)
            .mapToObj(i -> Job.builder("hold-" + i)
                .handler(InstanceProcess.HOLD)
                .trigger(Trigger.at(at))
                .build())
            .toList());
        Lab.await("all shards run", () -> held(instances) == jobs);
        InstanceProcess victim = instances.remove(round % INSTANCES);
        long begin = System.nanoTime();
        victim.kill();
        Lab.await("its shards run elsewhere", () -> held(instances) == jobs);
        seconds.add((System.nanoTime() - begin) / 1e9);
        victim.close();
        for (InstanceProcess instance : instances) {
          instance.kill();
          instance.close();
        }
      }
    }
    row(
        "all 30 shards of a killed instance run elsewhere",
        text("%.1f s median", middle(seconds)),
        text(
            "longest %.1f s; session timeout 10 s, tick 2 s",
            seconds.stream().mapToDouble(Double::doubleValue).max().orElse(0)));
  }

  private static int held(List<InstanceProcess> instances) {
    try {
      int sum = 0;
      for (InstanceProcess instance : instances) {
        sum += Integer.parseInt(instance.ask("held"));
      }
      return sum;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  // ------------------------------------------------------------------ many jobs

  private void defined() throws Exception {
    int jobs = quick ? 20_000 : 100_000;
    try (var lab = Lab.open("defined")) {
      InstanceProcess first = lab.instances(1).get(0);
      String threadsBefore = first.ask("threads");
      long begin = System.nanoTime();
      for (int from = 0; from < jobs; from += 10_000) {
        lab.define(IntStream.range(from, from + 10_000)
            .mapToObj(i -> Job.builder("job-" + i)
                .handler(InstanceProcess.COUNT)
                .cron("0 " + i % 60 + " " + i / 60 % 24 + " * * ?")
                .build())
            .toList());
      }
      double defining = (System.nanoTime() - begin) / 1e9;
      String threads = first.ask("threads");
      InstanceProcess second = InstanceProcess.start(lab.server(), lab.namespace(), "second");
      Lab.await("it is registered", () -> !ask(second, "id").isEmpty());
      TimeUnit.SECONDS.sleep(quick ? 5 : 20); // it reads the definitions, because it is the next
      begin = System.nanoTime();
      first.close();
      Lab.await("it coordinates", () -> ask(second, "coordinates").equals("true"));
      double warm = (System.nanoTime() - begin) / 1e9;
      second.close();
      begin = System.nanoTime();
      InstanceProcess third = InstanceProcess.start(lab.server(), lab.namespace(), "third");
      Lab.await("it coordinates", () -> ask(third, "coordinates").equals("true"));
      double cold = (System.nanoTime() - begin) / 1e9;
      row(
          text("%,d jobs defined: the next coordinator is ready", jobs),
          text("%.1f s", warm),
          text(
              "a new process that has read nothing: %.1f s from its start on; defined in %.1f s; threads %s before, %s then, %s there; heap %s MB",
              cold,
              defining,
              threadsBefore,
              threads,
              ask(third, "threads"),
              ask(third, "megabytes")));
      third.close();
    }
  }

  private static String ask(InstanceProcess instance, String question) {
    try {
      return instance.ask(question);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
