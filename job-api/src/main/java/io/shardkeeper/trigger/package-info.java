/** When a job is due: triggers, their preview. The whole story is told in {@code docs/triggers.md}. */
@NullMarked
package io.shardkeeper.trigger;

import org.jspecify.annotations.NullMarked;
