/** The configuration of an application: texts and maps in, values out. Where they lie, and how they are read, is not known here. */
@NullMarked
package io.shardkeeper.config;

import org.jspecify.annotations.NullMarked;
