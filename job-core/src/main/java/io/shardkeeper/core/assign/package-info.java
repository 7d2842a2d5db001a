/** Who gets what: into which shards a run is divided, which instances may have them, and which one does. Pure. */
@NullMarked
package io.shardkeeper.core.assign;

import org.jspecify.annotations.NullMarked;
