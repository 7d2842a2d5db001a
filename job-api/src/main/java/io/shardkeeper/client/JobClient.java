package io.shardkeeper.client;

import io.shardkeeper.job.Job;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.InstanceView;
import io.shardkeeper.view.JobView;
import io.shardkeeper.view.LogPage;
import io.shardkeeper.view.Revision;
import io.shardkeeper.view.RunProgress;
import io.shardkeeper.view.RunView;
import io.shardkeeper.view.Why;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
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

  /** Deletes a job: what of it has not started will not start. False if there was none. What a newer version wrote is not touched. */
  CompletionStage<Boolean> delete(String name);

  // ------------------------------------------------------------------ pausing and draining

  /**
   * Has a job get no new runs until somebody resumes it, whatever its trigger or a request says. What runs goes on, its retries included; what has not
   * started does not, and fires that are due meanwhile are told as SKIPPED_PAUSED. False if it is paused just so.
   *
   * @param note why, for people
   */
  default CompletionStage<Boolean> pause(String job, String note) {
    return pause(job, note, Trigger.NEVER);
  }

  /** The same up to an instant: then the job goes on by itself. */
  CompletionStage<Boolean> pause(String job, String note, Instant until);

  /** Has a job that is paused go on, from now on. False if it is not paused. */
  CompletionStage<Boolean> resume(String job);

  /**
   * Has an instance leave as if its process had been asked to end: it takes nothing new, hands back what it has not begun, finishes what runs within its
   * grace, and ends its session. The process that it is in goes on, if there is something else for it to do. The stage ends when the coordinator has written to the
   * instance. False if that is known to be leaving already, which it tells when it has read this: two calls in a row may both be true, and do no harm.
   *
   * @param instance its id, or its name if only one instance has that
   */
  CompletionStage<Boolean> drain(String instance);

  // ------------------------------------------------------------------ runs

  /**
   * Asks for a run, and tells its id. A request that was made before, by its key, is answered with the run of then. Where there is no such job, the stage ends with
   * {@link JobClientException.Reason#NO_SUCH_JOB}, whatever else is in the way with {@link JobClientException.Reason#REFUSED}.
   */
  CompletionStage<String> trigger(RunRequest request);

  /**
   * Asks for a run that does one that has ended again, and tells its id. Not every run can be done again in part: the stage ends with {@link
   * JobClientException.Reason#REFUSED} where it is not known any more which of its shards failed, or where they were others than there are now.
   */
  CompletionStage<String> rerun(Rerun what);

  /** Asks for many runs; the answers come in the same order, each for itself. */
  CompletionStage<List<Submitted>> submit(List<RunRequest> requests);

  /** Tells how a run ended, as soon as it has. */
  CompletionStage<RunResult> await(String runId);

  /**
   * Tells how a run ended, as soon as it has, and up to then how far its handlers are.
   *
   * @param progress is called on the thread of the engine, at most once a second, when they have said something else; what it throws is logged, and it is called
   *     again all the same
   */
  CompletionStage<RunResult> await(String runId, Consumer<RunProgress> progress);

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

  // ------------------------------------------------------------------ what runs

  /** How far a run is by what its handlers say. One that is not under way ends the stage with {@link JobClientException.Reason#NOT_RUNNING}. */
  CompletionStage<RunProgress> progress(String runId);

  /**
   * A page of what a shard has logged, from the instance that keeps it; where that is gone, the end of it that came with the outcome. What is kept nowhere ends
   * the stage with {@link JobClientException.Reason#NO_LOG}, unless a page was read before: then the next one says what is missing.
   */
  CompletionStage<LogPage> log(LogRequest request);

  /** Where the handler of a shard is at this moment: its thread, and the stack of that, in lines. */
  CompletionStage<String> stack(String runId, int shard);

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
