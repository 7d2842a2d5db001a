package io.shardkeeper.core.layout;

/**
 * What may not overlap: all executions of one shard of a job, or, where the job allows some at the same time, of one track of it.
 * Everything open of a lane is with one instance.
 */
public record Lane(String job, long generation, int shard, int track) {
  /** In place of a shard: all of them. */
  private static final int ALL = -1;

  /** Where the runs of a job stand that must not begin before others have ended, whole. */
  public static Lane ofRuns(RunId run) {
    return new Lane(run.job(), run.generation(), ALL, 0);
  }

  /** That of the same shard on another track. */
  public Lane onTrack(int newTrack) {
    return new Lane(job, generation, shard, newTrack);
  }

  /** Whether runs stand in it, and no shards. */
  public boolean isOfRuns() {
    return shard == ALL;
  }
}
