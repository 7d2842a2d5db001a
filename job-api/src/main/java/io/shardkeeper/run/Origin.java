package io.shardkeeper.run;

import java.time.Instant;

/**
 * What a request says of a run beside its parameters. Of runs that answer fires nothing is said.
 *
 * @param rerunOf the run that it does again; empty if it does none again
 * @param dataTime the time whose data it is about; {@link #WHEN_DUE} if that is when it is due
 * @param instance the id or the name of the only instance that may have it; empty if any may
 * @param trace the trace of whoever asked for it
 */
public record Origin(String rerunOf, Instant dataTime, String instance, TraceContext trace) {
  /** The data are those of the time at which the run is due. */
  public static final Instant WHEN_DUE = Instant.MIN;

  /** Nothing is said. */
  public static final Origin NONE = new Origin("", WHEN_DUE, "", TraceContext.NONE);

  /** The same about the data of another time. */
  public Origin about(Instant time) {
    return new Origin(rerunOf, time, instance, trace);
  }

  /** The same for one instance. */
  public Origin on(String only) {
    return new Origin(rerunOf, dataTime, only, trace);
  }

  /** The same in a trace. */
  public Origin in(TraceContext one) {
    return new Origin(rerunOf, dataTime, instance, one);
  }

  /** An upper estimate of the bytes that it takes. */
  public int bytes() {
    int texts = rerunOf.length()
        + instance.length()
        + trace.traceparent().length()
        + 2 * trace.tracestate().length();
    boolean dated = !dataTime.equals(WHEN_DUE);
    return texts == 0 && !dated ? 0 : texts + 120;
  }
}
