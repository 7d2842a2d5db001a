package io.shardkeeper.core.plan;

import io.shardkeeper.core.books.Draft;
import io.shardkeeper.core.books.Fleet;
import io.shardkeeper.core.books.Quarantine;
import io.shardkeeper.core.books.RunCard;
import io.shardkeeper.core.desk.Desk;
import io.shardkeeper.core.desk.JobCard;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.history.Segment;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Report;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.job.Limits;
import io.shardkeeper.job.Retry;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Decides what follows from what instances report: an outcome, or another attempt. */
final class Reports {
  /** Bytes of what follows from a part of a report that is consumed at once: with what else is in its node, the history of it has to fit. */
  private static final int MOST_AT_ONCE = 150 * 1024;

  private final Desk desk;
  private final Draft draft;
  private final Fleet fleet;
  private final Quarantine quarantine;
  private final Dispatch dispatch;
  private final Outcomes outcomes;
  private long stale;

  Reports(Desk desk, Dispatch dispatch, Outcomes outcomes) {
    this.desk = desk;
    this.draft = desk.draft;
    this.fleet = desk.fleet;
    this.quarantine = desk.quarantine;
    this.dispatch = dispatch;
    this.outcomes = outcomes;
  }

  /** Takes in a report: what is consumed of it goes in the transaction that writes what follows. */
  void report(Event.ReportSeen seen, Instant now) {
    NodePath path = Layout.REPORTS.child(seen.instance()).child(Layout.number(seen.number()));
    Report report;
    try {
      report = Report.read(seen.data());
    } catch (IllegalArgumentException e) {
      quarantine.setAside(
          path,
          seen.data(),
          "a report of instance " + seen.instance() + ": " + e.getMessage(),
          now);
      return;
    }
    // It may take several transactions. Each leaves in the node what is not consumed: only that is
    // open for who begins a tenure in between.
    List<Told> rest = report.told();
    do {
      List<Told> piece = rest.subList(0, beginPiece(rest, seen.data().length(), now));
      piece.forEach(told -> consume(told, seen.instance(), now));
      rest = rest.subList(piece.size(), rest.size());
      if (rest.isEmpty()) {
        draft.act(200, (to, number) -> to.delete(path, Transaction.ANY_VERSION));
      } else {
        Bytes left = new Report(report.base(), rest).bytes();
        draft.act(left.length() + 200, (to, number) -> to.set(path, left, Transaction.ANY_VERSION));
      }
      draft.end();
    } while (!rest.isEmpty());
    dispatch.letGo(seen.instance(), now);
  }

  /** Begins something that belongs into one transaction; as many of what is told as fit into it, and at least one. */
  private int beginPiece(List<Told> told, int left, Instant now) {
    Set<RunId> runs = new HashSet<>();
    int bytes = 1_000;
    int many = 0;
    while (many < told.size()) {
      int more = bytes(told.get(many), runs);
      if (many > 0 && bytes + more > MOST_AT_ONCE) {
        break;
      }
      bytes += more;
      many++;
    }
    draft.begin(bytes + (many < told.size() ? left : 0), now);
    return many;
  }

  private static Entry.Overrun entry(Told.Overran told, Instant now) {
    return new Entry.Overrun(
        told.what().run().id(),
        told.what().shard(),
        told.what().attempt(),
        told.instance(),
        told.from(),
        told.until(),
        now);
  }

  /** An upper estimate of what follows: the standing of the run, or its record and the answers to who waits; or another attempt. */
  private int bytes(Told told, Set<RunId> runs) {
    if (told instanceof Told.Overran overran) {
      return Segment.bytes(entry(overran, overran.until()));
    }
    Fleet.Open open = fleet.find(told.what().token());
    if (open == null) {
      return 0; // nothing follows
    }
    Assignment what = open.what();
    int bytes = 250 + 2 * what.run().id().job().length() + what.run().bytes();
    boolean succeeded = false;
    if (told instanceof Told.Ended ended) {
      bytes += 2 * (Limits.bytes(ended.text()) + Limits.bytes(ended.log()));
      succeeded = ended.outcome() == Outcome.SUCCEEDED;
    }
    if (!succeeded) {
      bytes += 2 * Draft.bytes(what); // it may be parked, or go into a ticket
    }
    RunCard run = desk.find(what.run().id());
    boolean plain = what.run().total() == 1;
    if (run != null
        && (!plain || !run.waiters().isEmpty())
        && runs.add(run.plan().id())) {
      bytes += run.bytes() + run.waiters().size() * (Box.MOST_TEXT + 500);
    }
    return bytes;
  }

  private void consume(Told told, String instance, Instant now) {
    if (told instanceof Told.Overran overran) {
      draft.history(entry(overran, now));
      return;
    }
    Fleet.Open open = fleet.find(told.what().token());
    if (open == null) {
      // Whatever was in a report when this tenure began counts as open since then: this one was
      // told before.
      stale++;
      return;
    }
    if (told instanceof Told.Ended ended) {
      desk.leave(open, !ended.returned());
      // Not what was told of it: that is the same, but what was given is found without comparing
      // texts.
      ended(ended, open.what(), instance, now);
    } else if (told instanceof Told.HandedBack back) {
      desk.leave(open, false);
      handedBack(back, instance, now);
    } else {
      desk.leave(open, false);
    }
  }

  private void handedBack(Told.HandedBack back, String instance, Instant now) {
    RunCard run = desk.find(back.what().run().id());
    if (run != null && run.ending().isPresent()) {
      // It was on its way back when it was to be ended: there was nobody any more to tell that.
      String why = run.whyEnding() + "; " + back.why();
      outcomes.end(back.what(), run.ending().get(), why, instance, now);
      return;
    }
    JobCard job = desk.jobOf(back.what().run().id());
    if (job != null && back.what().run().traits().bound()) {
      dispatch.againThere(job, back.what(), instance, "", now);
      return;
    }
    // To somebody else if there is one: who hands it back has a reason, unless the job was changed.
    boolean changed = job != null && job.revision != back.what().run().revision();
    dispatch.again(job, back.what(), changed ? "" : instance, now);
  }

  private void ended(Told.Ended told, Assignment what, String instance, Instant now) {
    RunCard run = desk.find(what.run().id());
    if (run == null || !run.open().get(what.shard())) {
      stale++;
      return;
    }
    JobCard job = desk.jobOf(what.run().id());
    Retry retry = job == null ? Retry.none() : job.job.retry();
    boolean again = told.outcome() == Outcome.FAILED
        && run.ending().isEmpty()
        && what.attempt() - what.deaths() <= retry.retries()
        && !dispatch.isFollowed(job, what);
    if (again) {
      Duration usual = delay(retry, what);
      Duration asked = told.retryAfter();
      boolean longer = asked.compareTo(usual) > 0;
      Instant at = told.ended().plus(longer ? asked : usual);
      String why = "attempt " + what.attempt() + " failed: " + RunCard.firstLine(told.text())
          + (longer ? "; it asks to wait " + asked : "");
      if (what.run().traits().bound()) {
        desk.waitAtHome(Parked.For.TIME, what.retried(at), at, why, instance, now);
      } else {
        String avoid = retry.elsewhere() ? instance : "";
        desk.waitFor(Parked.For.TIME, what.retried(at), at, why, avoid, now);
      }
      outcomes.keepStanding(run);
      return;
    }
    outcomes.finish(
        run,
        new Entry.Part(
            what.shard(),
            instance,
            what.attempt(),
            told.outcome(),
            told.started(),
            told.ended(),
            told.text(),
            told.log()),
        now);
  }

  /** How long to wait before the next attempt: longer each time, and a little different for each. */
  private static Duration delay(Retry retry, Assignment what) {
    int failures = what.attempt() - what.deaths();
    double nanos = Math.min(
        (double) retry.delay().toNanos() * Math.pow(retry.factor(), failures - 1.0),
        (double) retry.longest().toNanos());
    // The same for whoever asks: after a crash the answer must not be another one.
    var lot = new SplittableRandom(
        what.run().id().text().hashCode() * 31L + what.shard() * 7919L + failures);
    double jitter = 1 + retry.jitter() * (2 * lot.nextDouble() - 1);
    return Duration.ofNanos((long) (nanos * jitter));
  }

  /** Reports about nothing that was open. */
  long stale() {
    return stale;
  }
}
