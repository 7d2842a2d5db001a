package io.shardkeeper.core.books;

import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import java.util.Map;

/**
 * What a coordinator reads when it begins a tenure. The order matters: inboxes before reports, so that what an instance reports in between is seen
 * in its ticket, in its report, or in both.
 *
 * @param cursor how far the former one was
 * @param inboxes of all instances, with what is in them
 * @param reports that are not consumed
 * @param parked what waits
 * @param runs the standing of those that are partly done
 * @param places where shards are at home
 * @param keys the outer keys of requests
 */
public record Branches(
    Node cursor,
    Map<NodePath, Node> inboxes,
    Map<NodePath, Node> reports,
    Map<NodePath, Node> parked,
    Map<NodePath, Node> runs,
    Map<NodePath, Node> places,
    Map<NodePath, Node> keys) {}
