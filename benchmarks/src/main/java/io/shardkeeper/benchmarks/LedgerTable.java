package io.shardkeeper.benchmarks;

import io.shardkeeper.benchmarks.Loads.Load;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Measures our ledger beside bare Curator and prints a table, in Markdown. Both run in this process, on the same servers, in many short
 * rounds that take turns: what disturbs the machine for a while disturbs both.
 */
public final class LedgerTable {
  /** The two who are compared, on one server. */
  private record Pair(Contender ours, Contender bare) implements AutoCloseable {
    static Pair on(ServerProcess server) throws Exception {
      return new Pair(
          OurLedger.connect(server.connectString()), BareCurator.connect(server.connectString()));
    }

    @Override
    public void close() {
      ours.close();
      bare.close();
    }
  }

  /** A load, and the rows that it fills: one for each figure of a round. */
  private record Task(Load load, Pair pair, List<Row> rows) {
    void round(boolean oursFirst, long nanos, boolean counts) throws Exception {
      double[] early = load.round(oursFirst ? pair.ours : pair.bare, nanos);
      double[] late = load.round(oursFirst ? pair.bare : pair.ours, nanos);
      if (counts) {
        for (int i = 0; i < rows.size(); i++) {
          rows.get(i).add(oursFirst ? early[i] : late[i], oursFirst ? late[i] : early[i]);
        }
      }
    }
  }

  /** A line of the table: what each round of both showed. */
  private record Row(String name, boolean moreIsBetter, List<Double> ours, List<Double> bare) {
    static Row rate(String name) {
      return new Row(name, true, new ArrayList<>(), new ArrayList<>());
    }

    static Row latency(String name) {
      return new Row(name, false, new ArrayList<>(), new ArrayList<>());
    }

    void add(double our, double other) {
      ours.add(our);
      bare.add(other);
    }

    /** Of each two rounds that stood side by side, how much better ours was; in ascending order. */
    double[] ratios() {
      return IntStream.range(0, ours.size())
          .mapToDouble(i -> moreIsBetter ? ours.get(i) / bare.get(i) : bare.get(i) / ours.get(i))
          .sorted()
          .toArray();
    }

    /** Of those, the one in the middle. */
    double ratio() {
      return Loads.median(ratios());
    }

    void print() {
      double[] ratios = ratios();
      System.out.printf(
          Locale.ROOT,
          "| %s | %.0f | %.0f | %.2f | %.2f to %.2f |%n",
          name,
          median(ours),
          median(bare),
          ratio(),
          ratios[ratios.length / 4],
          ratios[ratios.length * 3 / 4]);
    }

    private static double median(List<Double> values) {
      return Loads.median(values.stream().mapToDouble(Double::doubleValue).toArray());
    }
  }

  private LedgerTable() {}

  /** Takes "quick" for a glance. */
  public static void main(String[] args) throws Exception {
    boolean quick = args.length > 0 && args[0].equals("quick");
    int warmUps = quick ? 2 : 6;
    int rounds = quick ? 4 : 30;
    long nanos = quick ? 150_000_000 : 250_000_000;
    try (var durable = ServerProcess.start(true);
        var fast = ServerProcess.start(false);
        var onDurable = Pair.on(durable);
        var onFast = Pair.on(fast)) {
      List<Task> tasks = tasks(onDurable, onFast);
      System.out.printf(
          "%d rounds of %d loads, 2 contenders: about %d seconds%n",
          rounds, tasks.size(), (warmUps + rounds) * tasks.size() * 2 * nanos / 1_000_000_000 + 3);
      for (int round = 0; round < warmUps + rounds; round++) {
        for (Task task : tasks) {
          task.round(round % 2 == 0, nanos, round >= warmUps);
        }
      }
      print(tasks.stream().flatMap(task -> task.rows().stream()).toList());
    }
    System.out.printf(
        "JDK %s, %s %s, %d processors, data on %s%n",
        System.getProperty("java.runtime.version"),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        Files.getFileStore(Path.of(System.getProperty("java.io.tmpdir"))).type());
  }

  private static List<Task> tasks(Pair onDurable, Pair onFast) {
    return List.of(
        task(Loads::commitsWaiting, onDurable, Row.rate("commits/s, durable, waiting")),
        task(Loads::commitsChained, onDurable, Row.rate("commits/s, durable, chained")),
        task(Loads::commitsPipelined, onDurable, Row.rate("commits/s, durable, pipelined")),
        task(Loads::commitsWaiting, onFast, Row.rate("commits/s, waiting")),
        task(Loads::commitsChained, onFast, Row.rate("commits/s, chained")),
        task(Loads::commitsPipelined, onFast, Row.rate("commits/s, pipelined")),
        task(Loads::readsWaiting, onFast, Row.rate("reads/s, waiting")),
        task(Loads::readsChained, onFast, Row.rate("reads/s, chained")),
        task(Loads::readsPipelined, onFast, Row.rate("reads/s, pipelined")),
        task(
            Loads::watchLatency,
            onFast,
            Row.latency("µs from write to watcher, median"),
            Row.latency("µs from write to watcher, 99 of 100")));
  }

  private static Task task(Load load, Pair pair, Row... rows) {
    return new Task(load, pair, List.of(rows));
  }

  private static void print(List<Row> rows) {
    System.out.printf(
        "%n| | ours | bare Curator | ours, times as good | half of the rounds |%n|---|--:|--:|--:|--:|%n");
    rows.forEach(Row::print);
    Row least = rows.stream().min(Comparator.comparingDouble(Row::ratio)).orElseThrow();
    System.out.printf(
        Locale.ROOT,
        "%nLeast of all: %.2f times as good as bare Curator (%s)%n",
        least.ratio(),
        least.name());
  }
}
