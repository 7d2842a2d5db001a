package io.shardkeeper.benchmarks;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs {@link CronBenchmark} and prints one table for each zone, in Markdown. */
public final class CronTable {
  private static final List<String> OTHERS = List.of("spring", "quartz", "cronUtils");
  private static final List<String> ZONES = List.of("UTC", "Europe/Berlin");

  /** What one engine takes for one expression. */
  private record Cost(double nanos, double bytes) {}

  private CronTable() {}

  /** Takes "quick" for a glance at ten of the expressions. */
  public static void main(String[] args) throws RunnerException {
    boolean quick = args.length > 0 && args[0].equals("quick");
    List<String> expressions = Expressions.ALL.stream()
        .filter(expression -> !quick || Expressions.ALL.indexOf(expression) % 5 == 0)
        .toList();
    System.out.printf(
        "%d expressions, 4 engines, %d zones: about %d minutes%n",
        expressions.size(), ZONES.size(), expressions.size() * 4 * ZONES.size() * 2 / 60 + 1);
    for (String zone : ZONES) {
      print(zone, expressions, measure(zone, expressions));
    }
    System.out.printf(
        "JDK %s, %s %s, %d processors%n",
        System.getProperty("java.runtime.version"),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors());
  }

  private static Map<String, Map<String, Cost>> measure(String zone, List<String> expressions)
      throws RunnerException {
    Collection<RunResult> results = new Runner(new OptionsBuilder()
            .include(CronBenchmark.class.getName())
            .param("expression", expressions.toArray(String[]::new))
            .param("zone", zone)
            .addProfiler(GCProfiler.class)
            .verbosity(VerboseMode.SILENT)
            .build())
        .run();
    var costs = new LinkedHashMap<String, Map<String, Cost>>();
    for (RunResult result : results) {
      String benchmark = result.getParams().getBenchmark();
      costs
          .computeIfAbsent(result.getParams().getParam("expression"), key -> new LinkedHashMap<>())
          .put(
              benchmark.substring(benchmark.lastIndexOf('.') + 1),
              new Cost(
                  result.getPrimaryResult().getScore(),
                  result.getSecondaryResults().get("gc.alloc.rate.norm").getScore()));
    }
    return costs;
  }

  private static void print(
      String zone, List<String> expressions, Map<String, Map<String, Cost>> costs) {
    System.out.printf("%nNext fire in %s, nanoseconds a call%n%n", zone);
    System.out.println(
        "| expression | ours | bytes | Spring | Quartz | cron-utils | fastest of them / ours |");
    System.out.println("|---|--:|--:|--:|--:|--:|--:|");
    double[] ratios = new double[expressions.size()];
    double mostBytes = 0;
    for (int i = 0; i < ratios.length; i++) {
      Map<String, Cost> row = costs.get(expressions.get(i));
      Cost ours = row.get("shardkeeper");
      double fastest =
          OTHERS.stream().mapToDouble(engine -> row.get(engine).nanos()).min().orElseThrow();
      ratios[i] = fastest / ours.nanos();
      mostBytes = Math.max(mostBytes, ours.bytes());
      System.out.printf(
          Locale.ROOT,
          "| `%s` | %.0f | %.0f | %.0f | %.0f | %.0f | %.1f |%n",
          expressions.get(i),
          ours.nanos(),
          ours.bytes(),
          row.get("spring").nanos(),
          row.get("quartz").nanos(),
          row.get("cronUtils").nanos(),
          ratios[i]);
    }
    double mean = Math.exp(DoubleStream.of(ratios).map(Math::log).average().orElseThrow());
    double least = DoubleStream.of(ratios).min().orElseThrow();
    System.out.printf(
        Locale.ROOT,
        "%nIn %s: geometric mean %.1f times the fastest of them, at least %.1f times, at most %.1f bytes a call%n",
        zone,
        mean,
        least,
        mostBytes);
  }
}
