package io.shardkeeper.view;

import io.shardkeeper.job.Job;
import io.shardkeeper.job.Pause;
import java.time.Instant;
import java.util.List;

/** A job as it is stored. */
public sealed interface JobView {
  /** Its name. */
  String name();

  /** Which state of its definition. */
  Revision revision();

  /**
   * One that can be read.
   *
   * @param job its definition
   * @param since from when on its trigger counts; {@link java.time.Instant#MIN} if it tells nothing of that
   * @param actor who wrote it
   * @param pause when it gets, or got last, no new runs; {@link Pause#NONE} if that never was
   * @param nextFires its next fires that are still to be decided, a few of them; none where only one job was not asked for
   */
  record Known(
      String name,
      Revision revision,
      Job job,
      Instant since,
      String actor,
      Pause pause,
      List<Instant> nextFires)
      implements JobView {
    /** Copies the fires. */
    public Known {
      nextFires = List.copyOf(nextFires);
    }
  }

  /**
   * One that cannot be read. It is not planned until it is mended.
   *
   * @param mistake what is wrong with it
   * @param newer whether nothing is wrong with it, but it takes a newer version to read it
   */
  record Unreadable(String name, Revision revision, String mistake, boolean newer)
      implements JobView {}
}
