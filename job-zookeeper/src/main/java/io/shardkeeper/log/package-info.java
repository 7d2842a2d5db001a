/**
 * What handlers log, as files on their instance.
 *
 * <pre>
 *   directory/namespace/instance/2026-11-22/billing.2a7.f.lx3k9qd4.0.1.log        run, shard, attempt
 * </pre>
 */
@NullMarked
package io.shardkeeper.log;

import org.jspecify.annotations.NullMarked;
