/** Tests of the project itself. */
@NullMarked
package io.shardkeeper.house;

import org.jspecify.annotations.NullMarked;
