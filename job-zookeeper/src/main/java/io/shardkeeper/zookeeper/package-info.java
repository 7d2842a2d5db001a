/** The ledger on ZooKeeper, the latch of coordinators, and a server for those who have none. */
@NullMarked
package io.shardkeeper.zookeeper;

import org.jspecify.annotations.NullMarked;
