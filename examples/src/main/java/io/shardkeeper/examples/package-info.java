/** Programs to run and to copy. */
@NullMarked
package io.shardkeeper.examples;

import org.jspecify.annotations.NullMarked;
