/** JSON as it is stored: read strictly, field by field, with what is not understood kept. */
@NullMarked
package io.shardkeeper.core.json;

import org.jspecify.annotations.NullMarked;
