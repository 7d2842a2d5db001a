package io.shardkeeper.client;

import io.shardkeeper.job.Job;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/**
 * What an application asks of a namespace. Threads may share it.
 *
 * <p>An argument that cannot be right is refused at once with an IllegalArgumentException; everything else is told by the stage, what went
 * wrong as a {@link JobClientException}. While the connection is lost a stage waits, however long that takes: whoever has less patience gives
 * it a timeout. What was asked once happens once, whatever is lost in between.
 *
 * <p>Stages end on the one thread on which the engine thinks. What is to be done then and may block is handed to another
 * executor, with the methods of CompletionStage that end in {@code Async}.
 */
public interface JobClient extends AutoCloseable {
  /** Jobs that one question lists, and runs, at most. */
  int MOST_LISTED = 1_000;

  // ------------------------------------------------------------------ definitions

  /**
   * Creates a job, or puts this definition in the place of the one that is there. An equal one is left as it is, so that it may be
   * repeated at each start of an application. What a newer version wrote is not touched.
   */
  CompletionStage<Defined> define(Job job);

  /**
   * Changes a job if it is still in the state that was read; else the stage ends with {@link JobClientException.Reason#CONFLICT}.
   *
   * @param change is called on the thread of the engine, perhaps several times; it keeps the name
   */
  CompletionStage<Defined> update(String name, Revision expected, UnaryOperator<Job> change);

  /** Deletes a job: what of it has not started will not start. False if there was none. */
  CompletionStage<Boolean> delete(String name);

  // ------------------------------------------------------------------ runs

  /** Asks for a run, and tells its id. A request that was made before, by its key, is answered with the run of then. */
  CompletionStage<String> trigger(RunRequest request);

  /** Asks for many runs; the answers come in the same order, each for itself. */
  CompletionStage<List<Submitted>> submit(List<RunRequest> requests);

  /** Tells how a run ended, as soon as it has. */
  CompletionStage<RunResult> await(String runId);

  /**
   * Ends a run. True if it is being ended now, or was ended so before; false if it had ended otherwise. A run of which nothing is known ends
   * the stage with {@link JobClientException.Reason#NO_SUCH_RUN}.
   */
  CompletionStage<Boolean> kill(String runId);

  // ------------------------------------------------------------------ questions

  /** All jobs, in the order of their names. Where there may be many, {@link #jobs(String, int)} lists them page by page. */
  CompletionStage<List<JobView>> jobs();

  /** The jobs behind a name, in the order of their names, so many at most; the first ones are behind the empty name. */
  CompletionStage<List<JobView>> jobs(String behind, int most);

  /** A job, with its next fires. */
  CompletionStage<JobView> job(String name);

  /** The instances that live, in the order of their ids. */
  CompletionStage<List<InstanceView>> instances();

  /** The runs of a job from the latest on, so many at most: those that have not ended, and those that are kept. */
  CompletionStage<List<RunView>> runs(String job, int most);

  /** A run. */
  CompletionStage<RunView> run(String runId);

  /** What became of an instant of a job. */
  CompletionStage<Why> why(String job, Instant at);

  // ------------------------------------------------------------------ start, stat, stop

  /** Starts a run of a job with what is special about this one; the same as {@link #trigger}, whatever job that was made for. */
  default CompletionStage<String> start(String job, RunRequest override) {
    return trigger(override.ofJob(job));
  }

  /** Starts a run of a job as it is defined. */
  default CompletionStage<String> start(String job) {
    return trigger(RunRequest.of(job));
  }

  /** Tells of something, in lines for people; which parameters there are stands with each {@link Stat}. */
  default CompletionStage<List<String>> stat(Stat kind, Map<String, String> parameters) {
    return new StatLines(this, parameters).of(kind);
  }

  /** Ends a run; the same as {@link #kill}. */
  default CompletionStage<Boolean> stop(String runId) {
    return kill(runId);
  }

  /** Ends whatever is open with {@link JobClientException.Reason#CLOSED}, and asks nothing any more. */
  @Override
  void close();
}
