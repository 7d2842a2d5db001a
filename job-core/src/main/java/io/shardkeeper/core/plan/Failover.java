package io.shardkeeper.core.plan;

import io.shardkeeper.core.books.Draft;
import io.shardkeeper.core.books.Fleet;
import io.shardkeeper.core.books.RunCard;
import io.shardkeeper.core.desk.Desk;
import io.shardkeeper.core.desk.JobCard;
import io.shardkeeper.core.desk.Rules;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Lane;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;

/** Decides what becomes of shards that nobody has any more: their instance is gone, or what it told of them is lost. */
final class Failover {
  /** By so much the clock of an instance may be ahead: it may have started what is due that soon. */
  private static final Duration CLOCKS_AGREE = Duration.ofMillis(20);

  private final Desk desk;
  private final Draft draft;
  private final Fleet fleet;
  private final Dispatch dispatch;
  private final Outcomes outcomes;

  Failover(Desk desk, Dispatch dispatch, Outcomes outcomes) {
    this.desk = desk;
    this.draft = desk.draft;
    this.fleet = desk.fleet;
    this.dispatch = dispatch;
    this.outcomes = outcomes;
  }

  /** Gives shards of stored runs that are nowhere: whoever divided their run did not come to it. */
  void adoptOrphans(Instant now) {
    desk.takeOrphans().forEach((id, lost) -> adoptOrphans(id, lost, now));
  }

  private void adoptOrphans(RunId id, BitSet lost, Instant now) {
    RunCard run = desk.find(id);
    JobCard job = desk.jobOf(id);
    for (int shard = lost.nextSetBit(0);
        run != null && shard >= 0;
        shard = lost.nextSetBit(shard + 1)) {
      var what = new Assignment(run.plan(), shard, 0, 1, 0, run.plan().scheduledAt(), 0);
      draft.begin(Draft.UNIT, now);
      if (run.ending().isPresent()) {
        String why = run.whyEnding() + " before it started";
        outcomes.end(what, run.ending().get(), why, "", now);
      } else if (job != null && run.plan().traits().bound()) {
        adoptAtHome(job, what, now);
      } else {
        dispatch.again(job, what, "", now);
      }
      draft.end();
    }
  }

  /** Gives an orphan to whom it belongs, as far as that can be known. */
  private void adoptAtHome(JobCard job, Assignment what, Instant now) {
    List<Instance> among = job.eligibility(fleet, what.run()).instances();
    if (among.size() == what.run().total()) {
      dispatch.againThere(job, what, among.get(what.shard()).id(), "", now);
    } else {
      String why = "the instances among which it was divided are others now";
      outcomes.end(what, Outcome.NO_INSTANCE, why, "", now);
    }
  }

  /** Whether an instance that is gone can have started something. */
  private enum Touch {
    /** It was not due. */
    NEVER,
    /** Another one of its lane was before it, and had not ended; or had, and the instance had not told that yet. */
    BEHIND,
    PERHAPS
  }

  /**
   * What stood with an instance behind another one of its lane: one that was given before it, and has its turn before it; or whose handler had
   * not returned. What runs at most once is not started in a lane before the end of the one before is written, so that this one stands in the inbox
   * until then.
   */
  private Set<Long> behindOthers(Event.Leftovers left) {
    record Line(Lane lane, int revision) {}
    Map<Line, RunPlan> first = new HashMap<>();
    Set<Long> behind = new HashSet<>();
    List<Fleet.Open> held = fleet.openOf(left.id()).stream()
        .filter(open -> left.held().contains(open.what().token()))
        .toList();
    Set<Lane> busy = held.stream()
        .filter(Fleet.Open::busy)
        .map(open -> open.what().lane())
        .collect(Collectors.toSet());
    for (Fleet.Open open : held) {
      Lane lane = open.what().lane();
      RunPlan run = open.what().run();
      if (!open.busy()) {
        RunPlan before =
            first.merge(new Line(lane, run.revision()), run, BinaryOperator.minBy(RunPlan.IN_TURN));
        if (busy.contains(lane) || RunPlan.IN_TURN.compare(before, run) < 0) {
          behind.add(open.what().token());
        }
      }
    }
    return behind;
  }

  /** Moves on all that an instance had that is gone, and takes its boxes away. */
  void moveOn(Event.Leftovers left, Instant now) {
    Set<Long> behind = behindOthers(left);
    left.tickets().forEach((name, ticket) -> moveOn(left.id(), name, ticket, behind, now));
    // What is open by our memory, and in no ticket: somebody has deleted or damaged one.
    for (Fleet.Open open : fleet.openOf(left.id())) {
      draft.begin(Draft.UNIT, now);
      desk.leave(open, false);
      if (!open.busy()) {
        moveOn(
            open.what(),
            left.id(),
            behind.contains(open.what().token()) ? Touch.BEHIND : Touch.PERHAPS,
            now);
      }
      draft.end();
    }
    draft.begin(800, now);
    NodePath id = Layout.INSTANCES.child(left.id());
    draft.act(400, (to, number) -> to.checkAbsent(id));
    if (left.inbox()) {
      NodePath inbox = Layout.INBOX.child(left.id());
      draft.act(200, (to, number) -> to.delete(inbox, Transaction.ANY_VERSION));
    }
    if (left.reports()) {
      NodePath reports = Layout.REPORTS.child(left.id());
      draft.act(200, (to, number) -> to.delete(reports, Transaction.ANY_VERSION));
    }
    draft.end();
  }

  /**
   * Moves on what is open of a ticket, whole: it goes in the same transaction. Its messages tell nothing that does not stand elsewhere: what is killed stands
   * with its run.
   */
  private void moveOn(String instance, String name, Ticket ticket, Set<Long> behind, Instant now) {
    int size = ticket.assignments().stream().mapToInt(Draft::bytes).sum();
    draft.begin(2 * size + 1_000, now);
    NodePath path = Layout.INBOX.child(instance).child(name);
    draft.act(200, (to, number) -> to.delete(path, Transaction.ANY_VERSION));
    for (Assignment what : ticket.assignments()) {
      Fleet.Open open = fleet.find(what.token());
      if (open != null && open.instance().equals(instance)) {
        desk.leave(open, false);
        if (!open.busy()) {
          // Only by the clock by which it was given can one tell that it cannot have started.
          boolean untouched =
              ticket.term() == desk.term && open.what().due().isAfter(now.plus(CLOCKS_AGREE));
          Touch touch = untouched
              ? Touch.NEVER
              : behind.contains(what.token()) ? Touch.BEHIND : Touch.PERHAPS;
          moveOn(open.what(), instance, touch, now);
        }
      }
    }
    draft.end();
  }

  /** Decides what becomes of a shard whose instance is gone. */
  private void moveOn(Assignment what, String instance, Touch touch, Instant now) {
    RunCard run = desk.find(what.run().id());
    if (run == null) {
      return;
    }
    JobCard job = desk.jobOf(what.run().id());
    if (run.ending().isPresent()) {
      String why = run.whyEnding() + ", and its instance " + instance + " is gone";
      outcomes.end(what, run.ending().get(), why, instance, now);
    } else if (job == null) {
      outcomes.end(
          what,
          touch == Touch.NEVER ? Outcome.SKIPPED_DELETED : Outcome.LOST,
          "its instance " + instance + " is gone, and the job was deleted",
          instance,
          now);
    } else if (what.run().traits().bound()) {
      outcomes.end(
          what,
          Outcome.LOST,
          "its instance " + instance + " is gone, and it was for that one",
          instance,
          now);
    } else if (isUntouched(what, job, touch)) {
      dispatch.again(job, what, "", now);
    } else if (job.job.atMostOnce()) {
      outcomes.end(
          what,
          Outcome.LOST,
          "its instance " + instance + " is gone, and it must not start twice",
          instance,
          now);
    } else if (touch == Touch.BEHIND) {
      dispatch.again(job, what.moved(), "", now); // nobody died of it
    } else if (what.killed() + 1 >= Rules.MOST_DEATHS) {
      outcomes.end(
          what,
          Outcome.LOST,
          "its instance " + instance + " is gone, the " + Rules.MOST_DEATHS
              + "rd one that died while it had it",
          instance,
          now);
    } else {
      dispatch.again(job, what.afterDeath(), "", now);
    }
  }

  private static boolean isUntouched(Assignment what, JobCard job, Touch touch) {
    boolean waitsForTheOneBefore =
        job.job.atMostOnce() && job.revision == what.run().revision();
    return touch == Touch.NEVER || (touch == Touch.BEHIND && waitsForTheOneBefore);
  }

  /** Ends what an instance has told of in a report that nobody could read. */
  void giveUp(Event.Audited audited, Instant now) {
    for (Fleet.Open open : fleet.openOf(audited.id())) {
      long token = open.what().token();
      if (token <= audited.upTo() && !audited.open().contains(token)) {
        draft.begin(Draft.UNIT, now);
        desk.leave(open, false);
        if (!open.busy()) {
          String why = "what instance " + audited.id() + " told of it could not be read";
          outcomes.end(open.what(), Outcome.LOST, why, audited.id(), now);
        }
        draft.end();
      }
    }
  }
}
