/** The promises, checked from outside of the product: what handlers write down themselves is compared with what the history tells. */
@NullMarked
package io.shardkeeper.proof;

import org.jspecify.annotations.NullMarked;
