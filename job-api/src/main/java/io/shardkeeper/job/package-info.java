/** What a job is: its definition, made by {@link io.shardkeeper.job.Job#builder} and checked as a whole. */
@NullMarked
package io.shardkeeper.job;

import org.jspecify.annotations.NullMarked;
