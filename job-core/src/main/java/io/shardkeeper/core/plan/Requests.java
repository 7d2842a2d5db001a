package io.shardkeeper.core.plan;

import io.shardkeeper.core.books.Boxes;
import io.shardkeeper.core.books.Draft;
import io.shardkeeper.core.books.Keys;
import io.shardkeeper.core.books.Quarantine;
import io.shardkeeper.core.books.RunCard;
import io.shardkeeper.core.definition.NotCarriedOut;
import io.shardkeeper.core.desk.Desk;
import io.shardkeeper.core.desk.JobCard;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Command;
import io.shardkeeper.core.mail.Command.Request;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.job.Limits;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Decides what clients are answered, and starts or ends runs for them. */
final class Requests {
  private final Desk desk;
  private final Draft draft;
  private final Keys keys;
  private final Boxes boxes;
  private final Quarantine quarantine;
  private final Dispatch dispatch;
  private final Outcomes outcomes;
  private long stale;

  Requests(Desk desk, Dispatch dispatch, Outcomes outcomes) {
    this.desk = desk;
    this.draft = desk.draft;
    this.keys = desk.keys;
    this.boxes = desk.boxes;
    this.quarantine = desk.quarantine;
    this.dispatch = dispatch;
    this.outcomes = outcomes;
  }

  /** A client is gone: nobody waits for its answers. */
  void forget(String client) {
    boxes.remove(client);
    desk.runs().forEach(run -> run.waiters().removeIf(waiter -> waiter.client().equals(client)));
  }

  /** Takes in a command. */
  void command(Event.CommandSeen seen, Instant now) {
    NodePath path = Layout.COMMANDS.child(seen.client()).child(Layout.number(seen.number()));
    Command command;
    try {
      command = Command.read(seen.data());
    } catch (IllegalArgumentException e) {
      quarantine.setAside(
          path, seen.data(), "a command of client " + seen.client() + ": " + e.getMessage(), now);
      return;
    }
    Box known = boxes.of(seen.client());
    boolean waits =
        command.requests().size() == 1 && command.requests().get(0) instanceof Request.Await;
    if (waits) {
      await(((Request.Await) command.requests().get(0)).run(), seen.client(), seen.number(), now);
      return;
    }
    List<Box.Answer> answers = new ArrayList<>(known.to(seen.number()));
    boolean forgotten = answers.isEmpty() && known.isAnswered(seen.number());
    if (forgotten || answers.size() >= command.requests().size()) {
      stale++;
      draft.begin(400, now);
      draft.act(200, (to, number) -> to.delete(path, Transaction.ANY_VERSION));
      draft.end();
      return;
    }
    // It may take several transactions. Each of them has the answers so far, the last one takes the
    // command away, and who begins a tenure in between goes on behind what is answered.
    while (answers.size() < command.requests().size()) {
      draft.begin(Draft.UNIT + 3_000, now);
      int index = answers.size();
      String name = seen.client() + "-" + seen.number() + "-" + index;
      Request request = command.requests().get(index);
      Box.Answer answer = brief(consider(request, name, now), command.requests().size());
      answers.add(answer);
      boxes.add(seen.client(), seen.number(), answers);
      if (answers.size() == command.requests().size()) {
        draft.act(200, (to, number) -> to.delete(path, Transaction.ANY_VERSION));
      }
      if (request instanceof Request.Start start && answer.kind() == Box.Answer.Kind.ACCEPTED) {
        start(start, RunId.parse(answer.run()), now); // last: a large run may be cut
      }
      draft.end();
      if (request instanceof Request.Kill kill) {
        RunCard run = desk.find(kill.run());
        if (run != null) {
          outcomes.endParked(
              run, now); // each for itself: there may be more than one transaction holds
        }
      }
    }
  }

  /** An answer that leaves room for those to the other requests of its command. */
  private static Box.Answer brief(Box.Answer answer, int requests) {
    int most = Math.max(100, Box.MOST_BYTES / 2 / requests);
    return answer.text().length() <= most
        ? answer
        : Box.Answer.of(answer.kind(), answer.run(), answer.text().substring(0, most) + Box.CUT);
  }

  /** The answer to a request. A run that is accepted is still to be started. */
  private Box.Answer consider(Request request, String name, Instant now) {
    if (request instanceof Request.Start start) {
      return consider(start, name, now);
    }
    if (request instanceof Request.Drain drain) {
      return drain(drain.instance());
    }
    if (request instanceof Request.Unknown unknown) {
      return refused(unknown.why());
    }
    return request instanceof Request.Kill kill
        ? kill(kill.run(), now)
        : refused("a wait for a run stands alone in its command");
  }

  private void await(RunId run, String client, long number, Instant now) {
    RunCard card = desk.find(run);
    if (card != null) {
      card.waiters().add(new RunCard.Waiter(client, number));
    } else {
      draft.begin(2_000, now);
      boxes.answer(client, number, List.of(refused("run " + run + " is not under way")));
      draft.end();
    }
  }

  private Box.Answer consider(Request.Start asked, String name, Instant now) {
    JobCard job = desk.job(asked.job());
    if (job == null) {
      return refused("there is no job '" + asked.job() + "'");
    }
    Optional<String> missing = NotCarriedOut.why(job.job);
    if (missing.isPresent()) {
      return refused(missing.get());
    }
    Optional<String> known =
        asked.key().isEmpty() ? Optional.empty() : keys.run(keyOf(job, asked.key()));
    if (known.isPresent()) {
      return Box.Answer.of(Box.Answer.Kind.KNOWN, known.get(), "");
    }
    if (!asked.key().isEmpty() && keys.isFull()) {
      return refused("the keys of " + Keys.MOST
          + " requests are remembered, each for a day; ask without a key, or later");
    }
    Instant due = now.plus(asked.after());
    if (!job.trigger.admits(due)) {
      return refused(
          "job '" + job.name + "' has no life, or a calendar keeps it from running, at " + due);
    }
    if (job.isHeld(due, now)) {
      return refused("job '" + job.name + "' is " + job.pause.sentence() + "; resume it first");
    }
    int shards = shards(job.job.sharding());
    if (asked.shards().stream().anyMatch(shard -> shard < 0 || shard >= shards)) {
      String has = shards == 1 ? "shard 0 only" : "shards 0 to " + (shards - 1);
      return refused("job '" + job.name + "' has " + has + "; asked for were " + asked.shards());
    }
    RunId id = RunId.request(job.name, job.generation, name);
    return Box.Answer.of(Box.Answer.Kind.ACCEPTED, id.text(), "");
  }

  /** How many shards a job has, at most: where instances have one each, that is known when a run is divided. */
  private static int shards(Sharding sharding) {
    if (sharding instanceof Sharding.Fixed fixed) {
      return fixed.total();
    }
    boolean each = sharding instanceof Sharding.All
        || (sharding instanceof Sharding.Filtered filtered && filtered.each());
    return each ? Limits.SHARDS : 1;
  }

  private void start(Request.Start asked, RunId id, Instant now) {
    JobCard job = desk.jobOf(id);
    if (job == null) {
      return; // it was there a moment ago, when the request was considered
    }
    Instant due = now.plus(asked.after());
    var run = new RunPlan(
        id,
        job.revision,
        0,
        due,
        asked.parameters(),
        new RunPlan.Traits(false, asked.prompt()),
        asked.origin());
    if (!asked.key().isEmpty()) {
      remember(keyOf(job, asked.key()), id.text(), now);
    }
    dispatch.startOrPark(job, run, due, asked.shards(), "asked for at " + due, now);
  }

  private Box.Answer drain(String instance) {
    if (desk.fleet.find(instance) == null) {
      return refused("there is no instance " + instance);
    }
    draft.message(instance, new Ticket.Message.Drain());
    return Box.Answer.of(Box.Answer.Kind.ENDING, "", "");
  }

  private Box.Answer kill(RunId id, Instant now) {
    RunCard run = desk.find(id);
    if (run == null) {
      return refused("run " + id + " is not under way");
    }
    run.end(Outcome.KILLED);
    draft.standing(run);
    dispatch.tell(id::equals, new Ticket.Message.End(id, Cancellation.Reason.KILLED), now);
    return Box.Answer.of(Box.Answer.Kind.ENDING, id.text(), "");
  }

  /** What is parked of runs that are to end ends: all that a tenure before did not get done. */
  void endParked(Instant now) {
    List<RunCard> ending =
        desk.runs().stream().filter(run -> run.ending().isPresent()).toList();
    ending.forEach(run -> outcomes.endParked(run, now));
  }

  private void remember(String key, String run, Instant now) {
    Keys.Known one = keys.remember(key, run, now, draft.cursor().commits() + 1);
    Bytes stored = one.bytes();
    draft.act(stored.length() + 200, (to, number) -> to.create(one.path(), stored));
  }

  private static String keyOf(JobCard job, String key) {
    return job.name + "." + job.generation + "." + key;
  }

  private static Box.Answer refused(String why) {
    return Box.Answer.of(Box.Answer.Kind.REFUSED, "", why);
  }

  /** Commands that were answered before. */
  long stale() {
    return stale;
  }
}
