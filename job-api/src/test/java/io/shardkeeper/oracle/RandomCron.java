package io.shardkeeper.oracle;

import io.shardkeeper.oracle.CronOracle.Dialect;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Writes random cron expressions such as people write them, now and then with what nobody would.
 *
 * <p>The same draws give the same schedule in each dialect, as far as the dialect has words for it:
 * only the numbers of weekdays differ, only Quartz has years, and Quartz takes no day of month
 * together with a weekday. An expression may turn out never to be due. For one thread.
 */
final class RandomCron {

  private static final List<String> MONTHS =
      List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");
  private static final List<String> WEEKDAYS =
      List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

  private final SplittableRandom random;
  private final Dialect dialect;

  private RandomCron(SplittableRandom random, Dialect dialect) {
    this.random = random;
    this.dialect = dialect;
  }

  static String write(long seed, Dialect dialect) {
    return new RandomCron(new SplittableRandom(seed), dialect).write();
  }

  private String write() {
    var second = oneIn(3) ? number(0, 59) : "0";
    var minute = number(0, 59);
    var hour = number(0, 23);
    var month = oneIn(2) ? "*" : list(this::month);
    var dayOfMonth = list(this::dayOfMonth);
    var dayOfWeek = list(this::dayOfWeek);
    var any = oneIn(6) || dialect == Dialect.UNIX ? "*" : "?";
    switch (random.nextInt(10)) {
      case 0, 1 -> {
        dayOfMonth = "*";
        dayOfWeek = any;
      }
      case 2, 3, 4, 5 -> dayOfWeek = any;
      case 6, 7, 8 -> dayOfMonth = any;
      default -> dayOfWeek = dialect == Dialect.QUARTZ ? "?" : dayOfWeek;
    }
    var year = oneIn(10) ? " " + year() : "";
    var days = " " + dayOfMonth + " " + month + " " + dayOfWeek;
    return switch (dialect) {
      case UNIX -> minute + " " + hour + days;
      case SPRING -> second + " " + minute + " " + hour + days;
      case QUARTZ -> second + " " + minute + " " + hour + days + year;
    };
  }

  private String number(int smallest, int largest) {
    return switch (random.nextInt(10)) {
      case 0 -> "*";
      case 1, 2 -> "*/" + between(1, largest);
      case 3 -> between(smallest, largest) + "/" + between(1, largest);
      case 4 -> range(smallest, largest, value -> "" + value);
      case 5 -> range(smallest, largest, value -> "" + value) + "/" + between(1, 12);
      case 6 -> list(() -> oneIn(5) ? number(smallest, largest) : "" + between(smallest, largest));
      default -> "" + between(smallest, largest);
    };
  }

  private String month() {
    boolean named = oneIn(2);
    return rangesAndSteps(1, 12, value -> named ? MONTHS.get(value - 1) : "" + value);
  }

  private String dayOfMonth() {
    return switch (random.nextInt(12)) {
      case 0 -> "L";
      case 1, 2 -> "L-" + between(1, oneIn(4) ? 30 : 5);
      case 3 -> "LW";
      case 4 -> "L-" + between(1, oneIn(4) ? 30 : 5) + "W";
      case 5, 6 -> between(1, 31) + "W";
      default -> rangesAndSteps(1, 31, value -> "" + value);
    };
  }

  private String dayOfWeek() {
    boolean named = oneIn(2);
    boolean sundayIsSeven = oneIn(2);
    IntFunction<String> weekday = value -> {
      if (named) {
        return WEEKDAYS.get(value);
      }
      if (dialect == Dialect.QUARTZ) {
        return "" + (value + 1);
      }
      return "" + (value == 0 && sundayIsSeven ? 7 : value);
    };
    return switch (random.nextInt(6)) {
      case 0 -> weekday.apply(between(0, 6)) + "L";
      case 1 -> weekday.apply(between(0, 6)) + "#" + between(1, 5);
      default -> rangesAndSteps(0, 6, weekday);
    };
  }

  private String year() {
    int from = between(2000, 2070);
    return switch (random.nextInt(4)) {
      case 0 -> "" + from;
      case 1 -> from + "-" + (from + random.nextInt(20));
      case 2 -> from + "/" + between(1, 9);
      default -> from + "," + (from + between(1, 20));
    };
  }

  private String rangesAndSteps(int smallest, int largest, IntFunction<String> written) {
    int step = between(1, Math.max(largest, 7));
    return switch (random.nextInt(8)) {
      case 0, 1 -> range(smallest, largest, written);
      case 2 -> "*/" + step;
      case 3 -> written.apply(between(smallest, largest)) + "/" + step;
      case 4 -> range(smallest, largest, written) + "/" + step;
      default -> written.apply(between(smallest, largest));
    };
  }

  /** Now and then one that wraps, never one from a value to itself. */
  private String range(int smallest, int largest, IntFunction<String> written) {
    int one = between(smallest, largest - 1);
    int other = between(one + 1, largest);
    return oneIn(16)
        ? written.apply(other) + "-" + written.apply(one)
        : written.apply(one) + "-" + written.apply(other);
  }

  /** Mostly a list of one. */
  private String list(Supplier<String> item) {
    var items = new ArrayList<String>();
    do {
      items.add(item.get());
    } while (oneIn(3));
    return String.join(",", items);
  }

  private int between(int smallest, int largest) {
    return random.nextInt(smallest, largest + 1);
  }

  private boolean oneIn(int chances) {
    return random.nextInt(chances) == 0;
  }
}
