/** Calendars: which instants a trigger may use. */
@NullMarked
package io.shardkeeper.calendar;

import org.jspecify.annotations.NullMarked;
