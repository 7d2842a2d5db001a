package io.shardkeeper.client;

import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.Revision;
import java.time.Instant;

/**
 * A definition as it stands after a write.
 *
 * @param name the job
 * @param revision which state of it
 * @param changed whether something was written; an equal definition is left as it is
 * @param firstFire the first fire that is still to be decided, as far as the coordinator had planned when this was asked: a new trigger counts
 *     from the end of the horizon that stands when the coordinator sees it, about a second, so a fire closer than that may be
 *     passed over. {@link Trigger#NEVER} if the clock names none
 */
public record Defined(String name, Revision revision, boolean changed, Instant firstFire) {}
