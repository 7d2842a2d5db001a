/** What implementations of a ledger have in common: how they tell what there is to tell, in order and as a level. */
@NullMarked
package io.shardkeeper.core.ledger.adapter;

import org.jspecify.annotations.NullMarked;
