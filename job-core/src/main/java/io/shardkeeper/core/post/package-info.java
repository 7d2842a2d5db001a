/** How a client is heard: the ledger is asked until it answers, and whoever coordinates through a box in which commands land once. */
@NullMarked
package io.shardkeeper.core.post;

import org.jspecify.annotations.NullMarked;
