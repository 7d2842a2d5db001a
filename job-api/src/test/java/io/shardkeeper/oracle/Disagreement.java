package io.shardkeeper.oracle;

import io.shardkeeper.oracle.Answer.At;
import io.shardkeeper.oracle.Answer.Refused;
import io.shardkeeper.oracle.CronOracle.Dialect;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.function.Predicate;

/** A question that our engine and another one answered differently. */
record Disagreement(Question question, LocalDateTime after, Answer ours, Answer theirs) {

  boolean isRefusedBy(Dialect dialect) {
    return question.dialect() == dialect && theirs instanceof Refused;
  }

  boolean isAnsweredBy(Dialect dialect) {
    return question.dialect() == dialect && !(theirs instanceof Refused);
  }

  /** Whether their answer is right for what they take the expression for. */
  boolean theyAreRightInTheirWay() {
    return theirs.agreesWith(question.answerAsTheyRead(after));
  }

  /** Whether they name a later fire than the next one, or none, and passed over one kind only. */
  boolean theyPassOverNothingBut(Predicate<LocalDateTime> kind) {
    if (theirs instanceof At at
        && !question.answerAsTheyRead(at.time().minusSeconds(1)).equals(theirs)) {
      return false;
    }
    var end = theirs instanceof At at ? at.time() : LocalDateTime.MAX;
    boolean some = false;
    var missed = question.answerAsTheyRead(after);
    while (missed instanceof At fire && fire.time().isBefore(end)) {
      if (!kind.test(fire.time())) {
        return false;
      }
      some = true;
      missed = question.answerAsTheyRead(endOfDay(fire.time()));
    }
    return some;
  }

  boolean isOnANearestWeekday(LocalDateTime fire) {
    return question.isDueBy(".*W", fire);
  }

  boolean isCountedFromTheEndOfAShortMonth(LocalDateTime fire) {
    return question.isDueBy("L-\\d+", fire) && fire.toLocalDate().lengthOfMonth() < 31;
  }

  private static LocalDateTime endOfDay(LocalDateTime time) {
    return time.toLocalDate().atTime(23, 59, 59);
  }

  /** Whether one of the answers is where a {@code nW} and the end of a month meet. */
  boolean isAboutANearestWeekdayWhereMonthsMeet() {
    var right = dateOf(question.answerAsTheyRead(after));
    var their = dateOf(theirs);
    return question
        .numbers("(\\d+)W")
        .anyMatch(day ->
            (is(right.plusDays(2), DayOfWeek.SUNDAY, day) && isLastOfMonth(right.plusDays(2)))
                || (is(their.minusDays(1), DayOfWeek.SUNDAY, day) && isFirstOfMonth(their))
                || (is(their, DayOfWeek.FRIDAY, day - 1) && isLastOfMonth(their))
                || (day == 1 && is(right, DayOfWeek.MONDAY, 3)));
  }

  /** Whether they answer with a day that lies so many days before the end of the next month. */
  boolean theyCountBackIntoTheMonthBefore() {
    var their = dateOf(theirs);
    return question
        .numbers("L-(\\d+)")
        .anyMatch(days -> isLastOfMonth(their.plusDays(days))
            && their.plusDays(days).getMonth() != their.getMonth());
  }

  private static LocalDate dateOf(Answer answer) {
    return answer instanceof At at ? at.time().toLocalDate() : LocalDate.EPOCH;
  }

  private static boolean is(LocalDate date, DayOfWeek weekday, int day) {
    return date.getDayOfWeek() == weekday && date.getDayOfMonth() == day;
  }

  private static boolean isLastOfMonth(LocalDate date) {
    return isFirstOfMonth(date.plusDays(1));
  }

  private static boolean isFirstOfMonth(LocalDate date) {
    return date.getDayOfMonth() == 1;
  }

  /** Whether the oracle says what we say. To refuse is right where there is no fire in any year. */
  boolean isDecidedForUs() {
    return ours instanceof Refused
        ? question.isNeverDue()
        : ours.equals(question.rightAnswer(after));
  }

  @Override
  public String toString() {
    return "%s '%s' after %s: ours %s, theirs %s"
        .formatted(question.dialect(), question.expression(), after, ours, theirs);
  }
}
