/** What became of every fire and every run: records, how long they are kept, and the answer to "why did it not run". */
@NullMarked
package io.shardkeeper.core.history;

import org.jspecify.annotations.NullMarked;
