/** Who decides: the latch that says who should try, the claim that makes it so, and the term that fences every decision. */
@NullMarked
package io.shardkeeper.core.coordinator;

import org.jspecify.annotations.NullMarked;
