package io.shardkeeper.oracle;

import io.shardkeeper.oracle.Answer.Never;
import io.shardkeeper.oracle.Answer.Refused;
import io.shardkeeper.oracle.CronOracle.Dialect;
import java.util.function.Predicate;

/**
 * All ways in which Quartz 2.5 and Spring 6.2 answer differently from us.
 *
 * <p>Three kinds: an engine refuses a form; then the form decides. It reads a form as something
 * else; then its answer must be exactly what that something else gives. Or it reads it as we do and
 * passes over a fire, or makes one up; then its answer is narrowed down as far as we know why.
 */
enum Difference {
  WE_REFUSE_WHAT_IS_NEVER_DUE(
      "we say so when the expression is built, they when they are asked",
      it -> it.ours() instanceof Refused && it.theirs() instanceof Never),

  QUARTZ_WANTS_A_QUESTION_MARK(
      "Quartz refuses a * in one day field without a ? in the other; we read it as ?",
      it -> it.isRefusedBy(Dialect.QUARTZ)
          && it.question().dayFields().contains("*")
          && !it.question().dayFields().contains("?")),

  QUARTZ_HAS_NO_LISTS_OF_SPECIAL_WEEKDAYS(
      "Quartz refuses dL in a list, and two of d#n; WED,MON#2 it reads as MON#2, the smallest of"
          + " all weekdays, and that one the n-th time",
      it -> it.question().dialect() == Dialect.QUARTZ
          && it.question().dayOfWeek().contains(",")
          && (it.theirs() instanceof Refused
              ? it.question().dayOfWeek().matches(".*L.*|.*#.*#.*")
              : it.question().dayOfWeek().contains("#") && it.theyAreRightInTheirWay())),

  QUARTZ_DROPS_A_STEP_BEHIND_NAMES(
      "Quartz reads MON-FRI/2 as MON-FRI, and JAN/3 as JAN",
      it -> it.isAnsweredBy(Dialect.QUARTZ)
          && (it.question().month() + " " + it.question().dayOfWeek()).matches(".*[A-Z]/.*")
          && it.theyAreRightInTheirWay()),

  QUARTZ_COMES_LATE_TO_A_NEAREST_WEEKDAY(
      "Quartz keeps the time of day when it goes on to the day of a W, and once past the day that"
          + " a W is written for does not see that it moved to a later one",
      it -> it.isAnsweredBy(Dialect.QUARTZ) && it.theyPassOverNothingBut(it::isOnANearestWeekday)),

  QUARTZ_MISTAKES_THE_LENGTH_OF_A_SHORT_MONTH(
      "Quartz takes L-4 for the 27th when it looks whether 25 in the same list comes first",
      it -> it.isAnsweredBy(Dialect.QUARTZ)
          && it.question().dayOfMonth().contains(",")
          && it.theyPassOverNothingBut(
              fire -> it.isCountedFromTheEndOfAShortMonth(fire) || it.isOnANearestWeekday(fire))),

  SPRING_KNOWS_FEWER_FORMS(
      "Spring refuses ranges that wrap, but for Sunday, and L-nW",
      it -> it.isRefusedBy(Dialect.SPRING)
          && (it.question().hasARangeThatWraps()
              || it.question().dayOfMonth().matches("(.*,)?L-\\d+W(,.*)?"))),

  SPRING_STEPS_FROM_SUNDAY_NOWHERE(
      "Spring's weeks end with Sunday: SUN/2 is Sunday alone",
      it -> it.isAnsweredBy(Dialect.SPRING)
          && it.question().dayOfWeek().matches("(.*,)?SUN/.*")
          && it.theyAreRightInTheirWay()),

  SPRING_ERRS_WITH_A_NEAREST_WEEKDAY_WHERE_MONTHS_MEET(
      "Spring moves a W from a Sunday that ends a month to the Monday of the next, takes a Friday"
          + " the 30th for 31W, and on Sunday the 2nd forgets that 1W is on the 3rd",
      it -> it.isAnsweredBy(Dialect.SPRING) && it.isAboutANearestWeekdayWhereMonthsMeet()),

  SPRING_COUNTS_BACK_INTO_THE_MONTH_BEFORE(
      "Spring fires on 29 January where L-30 is asked for: thirty days before the end of February",
      it -> it.isAnsweredBy(Dialect.SPRING) && it.theyCountBackIntoTheMonthBefore());

  final String reason;

  @SuppressWarnings("ImmutableEnumChecker") // the predicates above hold nothing
  private final Predicate<Disagreement> explanation;

  Difference(String reason, Predicate<Disagreement> explanation) {
    this.reason = reason;
    this.explanation = explanation;
  }

  boolean explains(Disagreement disagreement) {
    return explanation.test(disagreement);
  }
}
