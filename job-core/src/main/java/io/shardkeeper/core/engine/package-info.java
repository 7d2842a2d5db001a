/** What acts: thin shells around what decides. They wait, read, commit, and hand events on; all of them live on one loop. */
@NullMarked
package io.shardkeeper.core.engine;

import org.jspecify.annotations.NullMarked;
