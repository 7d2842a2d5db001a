/** Texts of jobs with places in them that are filled in for each run. */
@NullMarked
package io.shardkeeper.handlers.fields;

import org.jspecify.annotations.NullMarked;
