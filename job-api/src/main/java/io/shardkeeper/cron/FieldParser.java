package io.shardkeeper.cron;

import io.shardkeeper.cron.CronParser.Word;
import io.shardkeeper.text.Quote;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of an expression, one after the other, into a draft.
 *
 * <pre>
 *   field := item (',' item)*
 *   item  := ('*' | value | value '-' value | H | H '(' value '-' value ')') ['/' step] | '?' | day
 *   day   := L | L-n | LW | L-nW | nW | dL | d#n
 * </pre>
 */
final class FieldParser {
  private final String text;
  private final Dialect dialect;
  private final @Nullable String job;
  private final CronDraft draft;

  private Field field = Field.SECOND;
  private String word = "";
  private int wordStart;
  private int at;

  FieldParser(String text, Dialect dialect, @Nullable String job, CronDraft draft) {
    this.text = text;
    this.dialect = dialect;
    this.job = job;
    this.draft = draft;
  }

  /** Reads one field of the expression. */
  void read(Field newField, Word newWord) {
    field = newField;
    word = newWord.text();
    wordStart = newWord.start();
    at = 0;
    if (word.equals("?")) {
      if (!field.isDay()) {
        throw mistake(0, "found '?'; only day of month and day of week take it, elsewhere write *");
      }
      return;
    }
    if (field == Field.YEAR && word.equals("*")) {
      return;
    }
    do {
      readItem();
    } while (skip(','));
    if (at < word.length()) {
      throw mistake(
          at,
          "found '" + written(at, word.length()) + "' behind '" + written(0, at)
              + "'; items of a list are parted by commas");
    }
  }

  private void readItem() {
    int start = at;
    if (at == word.length() || peek() == ',') {
      throw mistake(
          at, "found nothing" + (at > 0 ? " next to a comma" : "") + "; " + field.range(dialect));
    }
    if (skip('*')) {
      int step = readStep();
      fill(start, field.starMin(dialect), field.max(), step);
    } else if (peek() == 'H') {
      readDrawn();
    } else if (field == Field.DAY_OF_MONTH && peek() == 'L') {
      readLastDay();
    } else if (field == Field.DAY_OF_WEEK && peek() == 'L' && dialect == Dialect.QUARTZ) {
      at++;
      draft.add(field, 7, dialect);
    } else {
      readValues(start);
    }
  }

  /** A value, a range, or one of the forms that begin with a value. */
  private void readValues(int start) {
    int value = readValue();
    if (field == Field.DAY_OF_MONTH && skip('W')) {
      draft.nearest |= 1 << value;
      return;
    }
    if (field == Field.DAY_OF_WEEK && skip('L')) {
      draft.lastWeekdays |= 1 << CronDraft.weekday(value, dialect);
      return;
    }
    if (field == Field.DAY_OF_WEEK && skip('#')) {
      int nth = readNumber(1, 5, "the n-th weekday of a month runs from 1 to 5");
      draft.nthWeekdays |= 1L << (7 * (nth - 1) + CronDraft.weekday(value, dialect));
      return;
    }
    if (skip('-')) {
      int end = readValue();
      if (end < value && field == Field.YEAR) {
        throw mistake(start, "found '" + written(start, at) + "'; years do not wrap");
      }
      fill(start, value, end, readStep());
    } else if (at < word.length() && peek() == '/') {
      fill(start, value, field.max(), readStep());
    } else {
      draft.add(field, value, dialect);
    }
  }

  private void readLastDay() {
    at++;
    int before = skip('-') ? readNumber(1, 30, "days before the last run from 1 to 30") : 0;
    if (skip('W')) {
      draft.nearestBeforeLast |= 1 << before;
    } else {
      draft.beforeLast |= 1 << before;
    }
  }

  /** {@code H}: one value, or a start, that depends on the job alone. */
  private void readDrawn() {
    int start = at;
    at++;
    if (field == Field.YEAR) {
      throw mistake(start, "found 'H'; years cannot be drawn");
    }
    int min = field.starMin(dialect);
    int max = field == Field.DAY_OF_MONTH ? 28 : field == Field.DAY_OF_WEEK ? min + 6 : field.max();
    if (skip('(')) {
      min = readValue();
      if (!skip('-')) {
        throw mistake(at, "found " + found() + "; a range to draw from is written H(a-b)");
      }
      max = readValue();
      if (!skip(')')) {
        throw mistake(at, "found " + found() + "; the range to draw from ends with )");
      }
      if (max < min) {
        throw mistake(
            start, "found '" + written(start, at) + "'; a range to draw from does not wrap");
      }
    }
    draft.drawn = true;
    int step = readStep();
    if (job == null) {
      fill(start, min, max, 1);
    } else if (step == 0) {
      draft.add(field, min + draw(max - min + 1), dialect);
    } else {
      int from = min + draw(Math.min(step, max - min + 1));
      fill(start, from, max, step);
    }
  }

  /** A number below a bound, spread evenly over jobs and fields. Part of the contract: it must never change. */
  private int draw(int bound) {
    long hash = 0xcbf29ce484222325L; // FNV-1a
    String seed = job + '/' + field.label;
    for (int i = 0; i < seed.length(); i++) {
      hash = (hash ^ seed.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL; // FNV's high bits move little: stir them in
    return (int) Math.floorMod(hash ^ hash >>> 33, (long) bound);
  }

  /** Adds each step-th value from one to another, through a wrap if the other comes before. */
  private void fill(int start, int from, int to, int step) {
    int every = Math.max(step, 1);
    // Weekdays are seven, though some dialects have eight numbers for them.
    int round = field == Field.DAY_OF_WEEK ? 7 : field.max() - field.min(dialect) + 1;
    int end = to < from ? to + round : to;
    for (int value = from; value <= end; value += every) {
      draft.add(field, value > field.max() ? value - round : value, dialect);
    }
    boolean repeats = to == field.max() && !field.isDay() && field != Field.YEAR;
    if (repeats && round % every != 0) {
      draft.note(
          Finding.Kind.UNEVEN_STEP,
          wordStart + start,
          word.substring(start, at) + " starts anew in each round of " + round + " " + field.plural
              + ", so its last step is shorter than the others");
    }
  }

  /** The step behind an item, or 0 if there is none. */
  private int readStep() {
    if (!skip('/')) {
      return 0;
    }
    int start = at;
    int step = readDigits();
    if (step < 1 || step > field.longestStep()) {
      String every = field == Field.MINUTE && step > 59
          ? ". For each " + step + " minutes say '@every " + step + "m'"
          : "";
      throw mistake(
          start,
          (start == at ? "found " + found() : "found a step of " + written(start, at))
              + "; steps run from 1 to " + field.longestStep() + " here" + every);
    }
    return step;
  }

  private int readNumber(int min, int max, String rule) {
    int start = at;
    int value = readDigits();
    if (value < min || value > max) {
      String what = start == at ? found() : "'" + written(start, at) + "'";
      throw mistake(start, "found " + what + "; " + rule);
    }
    return value;
  }

  private int readValue() {
    int start = at;
    if (at < word.length() && isLetter(peek())) {
      return readName(start);
    }
    int value = readDigits();
    if (value < field.min(dialect) || value > field.max()) {
      String what = start == at ? found() : "'" + written(start, at) + "'";
      throw mistake(start, "found " + what + "; " + field.range(dialect));
    }
    if (field == Field.DAY_OF_WEEK) {
      draft.note(
          Finding.Kind.NUMERIC_WEEKDAY,
          wordStart + start,
          "weekday " + value + " is "
              + Field.DAY_OF_WEEK.names().get((CronDraft.weekday(value, dialect) + 1) % 7)
              + " here and another day elsewhere; the name means the same everywhere");
    }
    return value;
  }

  private int readName(int start) {
    int end = at;
    while (end < word.length() && isLetter(word.charAt(end))) {
      end++;
    }
    String name = word.substring(start, end);
    // Behind the name of a weekday an L may stand: FRIL.
    boolean last = field == Field.DAY_OF_WEEK && name.length() == 4 && name.endsWith("L");
    int value = field.named(last ? name.substring(0, 3) : name, dialect);
    if (value < 0) {
      throw mistake(start, "found '" + written(start, end) + "'; " + nameAdvice(name));
    }
    at = last ? end - 1 : end;
    return value;
  }

  private String nameAdvice(String name) {
    if (name.equals("W") || name.equals("L")) {
      return field == Field.DAY_OF_WEEK && name.equals("L")
          ? "the last such weekday of a month is written with its day, as FRIL"
          : "W follows a day of the month, as 15W, and L stands in day fields only";
    }
    for (String known : field.names()) {
      if (name.startsWith(known)) {
        return "names have three letters: " + known;
      }
      if (name.length() == 3 && sameLetters(name, known) == 2) {
        return "did you mean " + known + "?";
      }
    }
    return field.names().isEmpty()
        ? field.range(dialect)
        : "names are " + String.join(" ", field.names()) + ", and " + field.range(dialect);
  }

  private static int sameLetters(String a, String b) {
    int same = 0;
    for (int i = 0; i < 3; i++) {
      same += a.charAt(i) == b.charAt(i) ? 1 : 0;
    }
    return same;
  }

  /** The number here; -1 if there is none or one that no field could hold. */
  private int readDigits() {
    int start = at;
    int value = 0;
    while (at < word.length() && peek() >= '0' && peek() <= '9') {
      value = Math.min(value * 10 + (peek() - '0'), 1_000_000);
      at++;
    }
    return start == at ? -1 : value;
  }

  private CronSyntaxException mistake(int inWord, String problem) {
    int column = wordStart + inWord + 1;
    return new CronSyntaxException(
        text, column, field.label + " (column " + column + "): " + problem);
  }

  private String found() {
    return at < word.length() ? "'" + written(at, word.length()) + "'" : "nothing";
  }

  private char peek() {
    return word.charAt(at);
  }

  private boolean skip(char c) {
    boolean here = at < word.length() && peek() == c;
    at += here ? 1 : 0;
    return here;
  }

  private static boolean isLetter(char c) {
    return c >= 'A' && c <= 'Z';
  }

  /** A part of the field as its author wrote it. */
  private String written(int from, int to) {
    return Quote.of(text.substring(wordStart + from, wordStart + to));
  }
}
