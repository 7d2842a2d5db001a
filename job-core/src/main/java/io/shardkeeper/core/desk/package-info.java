/** What lies before a coordinator, and by what it decides: jobs, open runs, who has what, what waits. It knows, and decides nothing. */
@NullMarked
package io.shardkeeper.core.desk;

import org.jspecify.annotations.NullMarked;
