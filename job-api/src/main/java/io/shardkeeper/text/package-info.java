/** What everybody does with texts. Not exported to applications. */
@NullMarked
package io.shardkeeper.text;

import org.jspecify.annotations.NullMarked;
