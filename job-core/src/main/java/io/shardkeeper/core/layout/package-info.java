/** What stands where in the ledger: the paths of a namespace, and the stored form of each kind of node. */
@NullMarked
package io.shardkeeper.core.layout;

import org.jspecify.annotations.NullMarked;
