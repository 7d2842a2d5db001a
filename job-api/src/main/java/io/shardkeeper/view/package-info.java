/** What is told of jobs, runs and instances: each a picture of one moment. */
@NullMarked
package io.shardkeeper.view;

import org.jspecify.annotations.NullMarked;
