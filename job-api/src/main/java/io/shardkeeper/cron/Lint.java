package io.shardkeeper.cron;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Looks through an expression for what people regret. The parser has noted what only the text shows. */
final class Lint {
  private static final long ON_THE_HALF_HOUR = 1L | 1L << 30;

  /** In 28 years each date falls on each weekday, leap days too. */
  private static final int FROM_YEAR = 2001;

  private static final int UNTIL_YEAR = FROM_YEAR + 28;

  private Lint() {}

  static List<Finding> of(Cron cron) {
    CronDraft draft = CronParser.draft(cron);
    var findings = new ArrayList<>(draft.findings);
    herd(draft, findings);
    if (!draft.drawn) {
      rareDate(cron, draft, findings);
    }
    findings.sort(Comparator.comparingInt(Finding::column));
    return List.copyOf(findings);
  }

  private static void herd(CronDraft draft, List<Finding> findings) {
    boolean together =
        (draft.bits(Field.MINUTE) & ~ON_THE_HALF_HOUR) == 0 && draft.bits(Field.SECOND) == 1;
    if (together && !draft.drawn) {
      boolean midnight = draft.bits(Field.HOUR) == 1 && draft.bits(Field.MINUTE) == 1;
      String when = midnight ? "at midnight" : "on the hour or half hour";
      findings.add(
          new Finding(
              Finding.Kind.HERD,
              0,
              "fires " + when
                  + ", like everybody's jobs; a minute such as 17, H or jitter spares whatever they all call"));
    }
  }

  private static void rareDate(Cron cron, CronDraft draft, List<Finding> findings) {
    if (draft.years != null) {
      findings.add(new Finding(
          Finding.Kind.RARE_DATE,
          draft.columnOfYears + 1,
          "fires in the years named only, and never after " + (draft.years.length() - 1)));
      return;
    }
    int without = 0;
    int asked = 0;
    for (int year = FROM_YEAR; year < UNTIL_YEAR; year++) {
      for (int month = 1; month <= 12; month++) {
        boolean named = (draft.bits(Field.MONTH) >>> month & 1) != 0;
        asked += named ? 1 : 0;
        without += named && cron.daysIn(year, month) == 0 ? 1 : 0;
      }
    }
    if (without > 0) {
      findings.add(new Finding(
          Finding.Kind.RARE_DATE,
          draft.columnOfDays + 1,
          "has no such day in " + without + " of " + asked
              + " months asked for in 28 years; L is the last day of any month"));
    }
  }
}
