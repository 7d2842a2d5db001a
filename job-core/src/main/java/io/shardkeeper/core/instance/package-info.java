/**
 * What runs handlers: it is there by a session, takes tickets, starts what is in them when it is due, and reports. All of it lives on one loop.
 *
 * <pre>
 *   InstanceLife
 *     ├── Workplace: what outlives registrations
 *     └── Registration: one id
 *           ├── Agenda: what is to be started
 *           └── Reporter: what became of it
 * </pre>
 */
@NullMarked
package io.shardkeeper.core.instance;

import org.jspecify.annotations.NullMarked;
