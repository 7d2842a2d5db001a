/** The form in which definitions are stored: readable JSON with a format version, whose unknown fields survive. */
@NullMarked
package io.shardkeeper.core.definition;

import org.jspecify.annotations.NullMarked;
