package io.shardkeeper.cron;

import io.shardkeeper.text.Quote;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads one expression, from left to right, once: what it costs grows with the length of the text and with nothing else.
 *
 * <p>This class cuts the text into fields and looks at them together; {@link FieldParser} reads each of them.
 */
final class CronParser {
  private static final Map<String, String> MACROS = Map.of(
      "@yearly", "0 0 1 1 *",
      "@annually", "0 0 1 1 *",
      "@monthly", "0 0 1 * *",
      "@weekly", "0 0 * * SUN",
      "@daily", "0 0 * * *",
      "@midnight", "0 0 * * *",
      "@hourly", "0 * * * *");

  /** A field as it stands in the text, in upper case, and where it begins. */
  record Word(String text, int start) {}

  private final String text;
  private final Dialect dialect;
  private final @Nullable String job;
  private final CronDraft draft = new CronDraft();

  private CronParser(String text, Dialect dialect, @Nullable String job) {
    this.text = text;
    this.dialect = dialect;
    this.job = job;
  }

  static Cron parse(String text, @Nullable Dialect wanted, @Nullable String job) {
    Objects.requireNonNull(text, "text");
    CronParser parser = parser(text, wanted, job);
    var cron = new Cron(text, parser.dialect, job, parser.draft);
    if (!cron.needsJobName()) {
      parser.refuseNever(cron);
    } else {
      // Whatever is drawn later comes from the whole range: if that never fires, no draw will.
      parser.refuseNever(new Cron(text, parser.dialect, "", parser.draft));
    }
    return cron;
  }

  /** What is understood of an expression, for those who want to know more of it than when it fires. */
  static CronDraft draft(Cron cron) {
    return parser(cron.toString(), cron.dialect(), null).draft;
  }

  private static CronParser parser(String text, @Nullable Dialect wanted, @Nullable String job) {
    if (text.length() > Cron.MOST_CHARACTERS) {
      throw new CronSyntaxException(
          text,
          0,
          "has " + text.length() + " characters; at most " + Cron.MOST_CHARACTERS + " are read");
    }
    String macro = text.strip().toLowerCase(Locale.ROOT);
    if (macro.startsWith("@")) {
      String plain = MACROS.get(macro);
      if (plain == null) {
        throw new CronSyntaxException(text, 1, unknownMacro(macro));
      }
      var parser = new CronParser(plain, Dialect.UNIX, job);
      parser.readFields(split(plain));
      return parser;
    }
    List<Word> words = split(text);
    Dialect dialect = wanted != null ? wanted : words.size() == 5 ? Dialect.UNIX : Dialect.QUARTZ;
    if (!dialect.takes(words.size())) {
      throw new CronSyntaxException(text, 0, wrongNumber(words.size(), wanted));
    }
    var parser = new CronParser(text, dialect, job);
    parser.readFields(words);
    return parser;
  }

  private static String unknownMacro(String macro) {
    String quoted = "'" + Quote.of(macro) + "'";
    if (macro.equals("@reboot")) {
      return quoted + " is no point in time; run the work when the application starts";
    }
    if (macro.startsWith("@every")) {
      return quoted
          + " is a fixed rate, not a cron expression; Trigger.cron and Trigger.every make one";
    }
    return quoted
        + " is not known; there are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly and @every";
  }

  private static String wrongNumber(int found, @Nullable Dialect wanted) {
    String has = "has " + found + (found == 1 ? " field; " : " fields; ");
    if (wanted == null) {
      return has + "5 are Unix (" + Dialect.UNIX.shape() + "), 6 or 7 Quartz ("
          + Dialect.QUARTZ.shape() + ")";
    }
    String count = switch (wanted) {
      case UNIX -> "Unix has 5";
      case QUARTZ -> "Quartz has 6 or 7";
      case SPRING -> "Spring has 6";
    };
    return has + count + " (" + wanted.shape() + ")";
  }

  private static List<Word> split(String text) {
    var words = new ArrayList<Word>();
    int start = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean blank = i == text.length() || text.charAt(i) == ' ' || text.charAt(i) == '\t';
      if (!blank && start < 0) {
        start = i;
      } else if (blank && start >= 0) {
        words.add(new Word(upperCase(text.substring(start, i)), start));
        start = -1;
      }
    }
    return words;
  }

  /** Letters of the alphabet only, so that columns stay what they are. */
  private static String upperCase(String word) {
    var upper = new StringBuilder(word);
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      upper.setCharAt(i, c >= 'a' && c <= 'z' ? (char) (c - 'a' + 'A') : c);
    }
    return upper.toString();
  }

  private void readFields(List<Word> words) {
    List<Field> fields = List.of(Field.values());
    if (dialect == Dialect.UNIX) {
      draft.add(Field.SECOND, 0, dialect);
      fields = fields.subList(1, fields.size());
    }
    var parser = new FieldParser(text, dialect, job, draft);
    for (int i = 0; i < words.size(); i++) {
      parser.read(fields.get(i), words.get(i));
    }
    draft.columnOfYears = words.get(words.size() - 1).start();
    draft.intervalLike = isIntervalLike(words.get(fields.indexOf(Field.HOUR)).text());
    joinDays(
        words.get(fields.indexOf(Field.DAY_OF_MONTH)),
        words.get(fields.indexOf(Field.DAY_OF_WEEK)));
  }

  /** Whether an hour field is {@code *}, or has a step and is neither a list nor a range. */
  private static boolean isIntervalLike(String hours) {
    boolean single = hours.indexOf(',') < 0 && hours.indexOf('-') < 0;
    return hours.equals("*") || (single && hours.indexOf('/') > 0);
  }

  private void joinDays(Word month, Word week) {
    boolean byMonth = restricts(month);
    boolean byWeek = restricts(week);
    if (dialect == Dialect.QUARTZ && byMonth && byWeek) {
      throw new CronSyntaxException(
          text,
          week.start() + 1,
          named(Field.DAY_OF_WEEK, week.start())
              + ": Quartz takes a day of month or a day of week, not both; put ? into one of them");
    }
    if (dialect == Dialect.QUARTZ && month.text().equals("?") && week.text().equals("?")) {
      throw new CronSyntaxException(
          text,
          week.start() + 1,
          named(Field.DAY_OF_WEEK, week.start())
              + ": found '?' in both day fields, so that nothing decides; write * here");
    }
    draft.fieldOfDays = byMonth || !byWeek ? Field.DAY_OF_MONTH : Field.DAY_OF_WEEK;
    draft.columnOfDays = draft.fieldOfDays == Field.DAY_OF_MONTH ? month.start() : week.start();
    if (byMonth && byWeek) {
      boolean both =
          dialect != Dialect.UNIX || month.text().startsWith("*") || week.text().startsWith("*");
      draft.join = both ? DayRule.Join.BOTH : DayRule.Join.EITHER;
      if (!both) {
        draft.note(
            Finding.Kind.DAY_OR_DAY,
            week.start(),
            "fires on days " + month.text() + " of the month and on each " + week.text()
                + " too: in Unix either is enough; put * into one of them if that is not meant");
      }
    } else {
      draft.join =
          byMonth ? DayRule.Join.BY_MONTH : byWeek ? DayRule.Join.BY_WEEK : DayRule.Join.ANY_DAY;
    }
  }

  private static boolean restricts(Word word) {
    return !word.text().equals("*") && !word.text().equals("?");
  }

  private void refuseNever(Cron cron) {
    if (cron.nextLocal(Long.MIN_VALUE) == Cron.NEVER) {
      String of = draft.years == null ? "no month" : "no month of the years";
      throw new CronSyntaxException(
          text,
          draft.columnOfDays + 1,
          named(draft.fieldOfDays, draft.columnOfDays) + ": " + of
              + " of those asked for has such a day, so it would never fire");
    }
  }

  private static String named(Field field, int start) {
    return field.label + " (column " + (start + 1) + ")";
  }
}
