package io.shardkeeper.handlers.command;

import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handlers.process.End;
import java.time.temporal.ChronoUnit;

/** What the end of a program means for its run: whether it is a good one, and how that is told. */
final class Verdict {
  static final String SOMEBODY_LEFT =
      "something that it has started could not be ended, and may still run";

  private Verdict() {}

  static Result of(CommandLine line, End end, Cancellation cancellation) {
    Exits exits = line.surroundings().exits();
    String took = " after " + end.took().truncatedTo(ChronoUnit.MILLIS);
    var told = new StringBuilder(line.name()).append(' ');
    switch (end.why()) {
      case BY_ITSELF -> told.append(exits.told(end.code())).append(took);
      case TIMED_OUT ->
        told.append("took longer than ")
            .append(line.surroundings().timeout())
            .append(" and was ended")
            .append(took);
      case CANCELLED, LEASE_LOST ->
        told.append("was ended")
            .append(took)
            .append(", because the work is to end: ")
            .append(cancellation.reason().map(Cancellation.Reason::name).orElse("?"));
      default -> told.append("was ended").append(took).append(", because its handler is closed");
    }
    if (!end.nobodyLeft()) {
      told.append("; ").append(SOMEBODY_LEFT);
    }
    if (!end.said().isEmpty()) {
      told.append('\n').append(end.said());
    }
    boolean ok = end.why() == End.Why.BY_ITSELF && exits.ok(end.code()) && end.nobodyLeft();
    return ok ? Result.ok(told.toString()) : Result.failed(told.toString());
  }
}
