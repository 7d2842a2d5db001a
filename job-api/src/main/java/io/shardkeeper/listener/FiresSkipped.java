package io.shardkeeper.listener;

import io.shardkeeper.run.Outcome;
import java.time.Instant;

/**
 * A stretch of fires that were decided alike, and do not run: all fires of the trigger from the first to the last of them.
 *
 * @param job the job
 * @param first the first of them
 * @param last the last of them
 * @param fires how many there are; -1 if they were too many to count
 * @param outcome the decision
 * @param reason why, in a sentence
 */
public record FiresSkipped(
    String job, Instant first, Instant last, long fires, Outcome outcome, String reason) {}
