package io.shardkeeper.core.ledger;

/**
 * Somebody may have changed something: go and read. A hint does not say what happened, because between what happened and the reading
 * more may happen; several changes may come as one hint, and a hint may come of no change at all.
 *
 * @param path the node
 * @param below whether every node below it may have changed too
 */
public record Hint(NodePath path, boolean below) {}
