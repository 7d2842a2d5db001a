package io.shardkeeper.core.plan;

import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Ticket;
import java.util.Set;
import java.util.SortedMap;

/** All that can happen to a coordinator. */
public sealed interface Event {
  /**
   * A definition is there, or has changed.
   *
   * @param generation the creation of its node
   * @param revision the version of its node
   */
  record JobSeen(String name, long generation, int revision, JobDocument document)
      implements Event {}

  /**
   * A definition is gone, or cannot be read any more.
   *
   * @param forGood whether it was deleted: what is mended goes on where it was
   */
  record JobGone(String name, String why, boolean forGood) implements Event {}

  /** An instance is there, or tells something else of itself. */
  record InstanceSeen(Instance instance) implements Event {}

  /** An instance is gone: it gets nothing more. What it had is told by {@link Leftovers}. */
  record InstanceGone(String id) implements Event {}

  /**
   * What was found in the inbox of an instance that is gone, after all its reports were told.
   *
   * @param tickets by the names of their nodes; those that cannot be read have no content
   * @param held the numbers of what it had by its own inbox; none if that cannot be read
   * @param inbox whether the inbox is there, and may go
   * @param reports whether the directory of its reports is there, and may go
   */
  record Leftovers(
      String id, SortedMap<String, Ticket> tickets, Set<Long> held, boolean inbox, boolean reports)
      implements Event {}

  /**
   * What an instance has by its own inbox, looked up because a report of its was set aside: of what is open by memory and not there nobody would
   * ever hear again.
   *
   * @param upTo the last number that had been given when it was begun to look
   * @param open the numbers that are in its tickets, and not reported
   */
  record Audited(String id, long upTo, Set<Long> open) implements Event {}

  /** An instance reports. */
  record ReportSeen(String instance, long number, Bytes data) implements Event {}

  /** All reports that were there when the tenure began have been told. */
  record AllHeard() implements Event {}

  /** The answers that a client was given so far. Comes before its commands. */
  record ClientSeen(String client, Box box) implements Event {}

  /** A client is gone, and its commands with it. */
  record ClientGone(String client) implements Event {}

  /** A client asks something. */
  record CommandSeen(String client, long number, Bytes data) implements Event {}

  /** It is later. */
  record TimePassed() implements Event {}
}
