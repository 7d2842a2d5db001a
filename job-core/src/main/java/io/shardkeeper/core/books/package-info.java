/** What a coordinator remembers of the ledger, and the draft of what it writes there next: who has what, what waits, how runs stand. Decides nothing. */
@NullMarked
package io.shardkeeper.core.books;

import org.jspecify.annotations.NullMarked;
