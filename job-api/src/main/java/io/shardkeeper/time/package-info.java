/** Zones as the triggers need them. Not exported: applications meet them through triggers. */
@NullMarked
package io.shardkeeper.time;

import org.jspecify.annotations.NullMarked;
