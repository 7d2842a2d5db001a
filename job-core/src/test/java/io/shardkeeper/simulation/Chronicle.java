package io.shardkeeper.simulation;

import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.history.Segment;
import io.shardkeeper.core.history.SegmentName;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.ledger.Transaction.Step;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Command;
import io.shardkeeper.core.mail.Report;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.run.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads along what is decided in the ledger: counts what happens only sometimes, and knows what may never follow on what. */
final class Chronicle implements SimulatedWorld.Witness {
  private static final NodePath TERM = Layout.COORDINATOR.child("term");
  private static final int MOST_CHILDREN = 1_000;
  private static final int MOST_REPORTS = 16;
  private static final Pattern NUMBER = Pattern.compile("\"term\":(\\d+)");

  private final SimulatedFleet fleet;
  private final SimulatedWorld world;
  private final Checker checker;
  private final IdentityHashMap<Transaction, Boolean> landed = new IdentityHashMap<>();
  private final Map<String, Given> given = new HashMap<>();
  private final Map<NodePath, Command> commands = new HashMap<>();
  private final Map<String, String> keyed = new HashMap<>();
  private final Map<String, String> editions = new HashMap<>();
  private final Map<NodePath, Ticket> tickets = new HashMap<>();
  private final Map<NodePath, List<Parked.Item>> parked = new HashMap<>();
  private final Map<String, Told.Ended> told = new HashMap<>();
  private final IdentityHashMap<Ledger, String> lastDid = new IdentityHashMap<>();
  private final Set<NodePath> standings = new HashSet<>();
  private final Set<String> killed = new HashSet<>();
  private final Set<String> closed = new HashSet<>();
  private final Set<String> overran = new HashSet<>();
  private final Map<String, Long> begun = new HashMap<>();
  private Consumer<Ledger> onDecision = client -> {};
  private Consumer<Ledger> onClaim = client -> {};
  private long commits;
  private long term;
  private long token;
  private long highest;

  /** Who has a shard, or had it last. */
  private record Given(String instance, Assignment what) {}

  Chronicle(SimulatedFleet fleet) {
    this.fleet = fleet;
    this.world = fleet.world();
    this.checker = fleet.checker();
  }

  void onDecision(Consumer<Ledger> who) {
    onDecision = who;
  }

  void onClaim(Consumer<Ledger> who) {
    onClaim = who;
  }

  private static String shard(Assignment what) {
    return what.run().id().text() + "/" + what.shard();
  }

  /** Whether the outcome of a shard stands in the ledger: then nobody is to begin it again. */
  boolean isOver(String run, int shard) {
    Told.Ended end = told.get(run + "/" + shard);
    return closed.contains(run) || (end != null && end.outcome() != Outcome.FAILED);
  }

  /** Whether it is recorded that a call of a handler went on too long. */
  boolean isOverrun(Checker.Execution call) {
    return overran.contains(overrun(call.run, call.shard, call.attempt) + " of " + call.instance);
  }

  private static String overrun(String run, int shard, int attempt) {
    return run + "/" + shard + " attempt " + attempt;
  }

  /** Whether somebody was answered that a run is being ended. */
  boolean isKilled(String run) {
    return killed.contains(run);
  }

  /** A process is no more; what was the last that it did as coordinator? */
  void crashed(SimulatedNode node) {
    if (node.coordinating.term() >= 0) {
      boolean leads = node.coordinating.isLeading();
      String did = lastDid.getOrDefault(node.ledger, "nothing");
      world.happened("coordinator died " + (leads ? "behind " + did : "while it loaded"));
    }
  }

  // ------------------------------------------------------------------ what is decided

  @Override
  public void unanswered(Ledger client, Transaction transaction) {
    Boolean applied = landed.get(transaction);
    world.happened("unknown commit that had "
        + (applied == null ? "not come" : applied ? "landed" : "been refused"));
  }

  @Override
  public void decided(Ledger client, Transaction transaction, CommitResult result) {
    boolean before = Boolean.TRUE.equals(landed.put(transaction, result.isApplied()));
    if (before) {
      world.happened("the same transaction twice");
    }
    List<Step> steps = transaction.steps();
    if (result.isApplied()) {
      commits++;
      try {
        applied(client, steps);
      } catch (IllegalArgumentException e) {
        world.happened("something that cannot be read was written");
      }
      onDecision.accept(client);
    } else if (result.step() >= 0 && result.step() < steps.size()) {
      refused(steps, result.step(), before);
    }
  }

  private void refused(List<Step> steps, int step, boolean landedBefore) {
    NodePath path = steps.get(step).path();
    if (path.equals(TERM) && step == 0 && steps.get(0) instanceof Step.Check) {
      world.happened("stale term refused");
    } else if (path.equals(TERM)) {
      world.happened("claim refused");
    } else if (path.equals(Layout.CURSOR)) {
      world.happened("stale cursor refused");
    } else if (path.parent().equals(Layout.INSTANCES) && step == 0) {
      world.happened("zombie report refused");
    } else if (path.parent().equals(Layout.INBOX) && steps.get(step) instanceof Step.Put) {
      world.happened(landedBefore ? "report refused the second time" : "late report refused");
    }
  }

  private void applied(Ledger client, List<Step> steps) {
    boolean coordinates =
        steps.size() > 2 && steps.get(0).path().equals(TERM) && steps.get(0) instanceof Step.Check;
    List<Assignment> moved = new ArrayList<>();
    for (Step step : steps) {
      NodePath path = step.path();
      if (step instanceof Step.Put put && !path.parent().equals(Layout.COMMANDS)) {
        put(client, put);
      } else if (step instanceof Step.Delete && path.parent().parent().equals(Layout.INBOX)) {
        Ticket ticket = tickets.remove(path);
        if (ticket != null && coordinates) {
          moved.addAll(ticket.assignments());
        }
      } else if (step instanceof Step.Delete && parked.containsKey(path)) {
        unparked(parked.remove(path), List.of());
      } else if (step instanceof Step.Delete && standings.remove(path)) {
        world.happened("standing no longer needed");
      } else if (step instanceof Step.Delete && path.parent().parent().equals(Layout.REPORTS)) {
        lastDid.put(client, "a report");
      }
    }
    for (Step step : steps) {
      if (step instanceof Step.Create create) {
        created(client, create, moved, coordinates);
      }
    }
    for (Step step : steps) {
      if (step instanceof Step.Put put && put.path().parent().equals(Layout.COMMANDS)) {
        answered(put.path(), Box.read(put.data()));
      }
    }
    token = highest; // within a transaction they stand by instance
  }

  private void put(Ledger client, Step.Put put) {
    NodePath path = put.path();
    if (path.parent().parent().equals(Layout.JOBS)) {
      defined(path, put.data());
    }
    if (path.equals(TERM)) {
      claimed(client, put.data().text());
    } else if (path.parent().equals(Layout.PARKED)) {
      List<Parked.Item> now = Parked.read(put.data()).items();
      unparked(parked.getOrDefault(path, List.of()), now);
      parked.put(path, now);
    } else if (path.parent().equals(Layout.INSTANCES)
        && Instance.read(path.name(), put.data()).draining()) {
      world.happened("an instance leaves");
    } else if (path.parent().parent().equals(Layout.RUNS)) {
      world.happened("standing stored again");
    }
  }

  private void claimed(Ledger client, String text) {
    Matcher number = NUMBER.matcher(text);
    long next = number.find() ? Long.parseLong(number.group(1)) : 0;
    if (next <= term) {
      checker.violated("term " + next + " begins after term " + term);
    }
    term = next;
    world.happened("claim");
    lastDid.put(client, "its claim");
    onClaim.accept(client);
    for (SimulatedNode node : fleet.living()) {
      if (node.ledger != client && node.coordinating.isLeading()) {
        world.happened("two coordinate, as far as they know");
      }
    }
    if (!standings.isEmpty()) {
      world.happened("standing found by a new tenure");
    }
    if (!parked.isEmpty()) {
      world.happened("parked found by a new tenure");
    }
  }

  private void unparked(List<Parked.Item> before, List<Parked.Item> after) {
    Set<Parked.Item> left = new HashSet<>(after);
    for (Parked.Item item : before) {
      if (!left.contains(item)) {
        world.happened("parked for " + item.cause().reason() + " and released");
      }
    }
  }

  private void answered(NodePath client, Box box) {
    box.answers().forEach((number, answers) -> {
      Command asked = commands.get(client.child(Layout.number(number)));
      for (int i = 0;
          asked != null && i < answers.size() && i < asked.requests().size();
          i++) {
        keyed(asked.requests().get(i), answers.get(i));
      }
    });
    for (List<Box.Answer> answers : box.answers().values()) {
      for (Box.Answer answer : answers) {
        if (answer.kind() == Box.Answer.Kind.ENDING && killed.add(answer.run())) {
          world.happened("kill answered");
        } else if (answer.kind() == Box.Answer.Kind.KNOWN) {
          world.happened("key known");
        } else if (answer.kind() == Box.Answer.Kind.ACCEPTED) {
          world.happened("request accepted");
        }
      }
    }
  }

  /** Who asks twice with the same key is given the same run. */
  private void keyed(Command.Request request, Box.Answer answer) {
    boolean given =
        answer.kind() == Box.Answer.Kind.ACCEPTED || answer.kind() == Box.Answer.Kind.KNOWN;
    if (given && request instanceof Command.Request.Start start && !start.key().isEmpty()) {
      RunId run = RunId.parse(answer.run());
      String key = run.job() + "." + run.generation() + " " + start.key();
      String before = keyed.putIfAbsent(key, answer.run());
      if (before != null && !before.equals(answer.run())) {
        checker.violated("key " + key + " stands for run " + before + " and for " + answer.run());
      }
    }
  }

  /** What a definition says, by revision. */
  private void defined(NodePath path, Bytes data) {
    world
        .peek(path)
        .ifPresent(node -> editions.put(
            path.name() + "." + node.creation() + "." + node.version(),
            JobDocument.parse(data.text()).job().parameters().getOrDefault("edition", "")));
  }

  /** The edition of its job by which a shard was given to an instance, if that is who had it last. */
  Optional<String> edition(String run, int shard, String instance) {
    Given last = given.get(run + "/" + shard);
    if (last == null || !last.instance.equals(instance)) {
      return Optional.empty();
    }
    RunPlan plan = last.what.run();
    return Optional.ofNullable(
        editions.get(plan.id().job() + "." + plan.id().generation() + "." + plan.revision()));
  }

  private void created(
      Ledger client, Step.Create create, List<Assignment> moved, boolean coordinates) {
    NodePath path = create.path();
    bounded(path.parent());
    if (path.name().startsWith(Layout.QUESTION) || path.name().startsWith(Layout.REPLY)) {
      return; // between a client and an instance
    }
    if (path.parent().parent().equals(Layout.JOBS)) {
      defined(path, create.data());
    } else if (path.parent().parent().equals(Layout.COMMANDS) && !path.name().equals("owner")) {
      commands.put(path, Command.read(create.data()));
    }
    if (path.parent().parent().equals(Layout.INBOX)) {
      Ticket ticket = Ticket.read(create.data());
      tickets.put(path, ticket);
      lastDid.put(client, ticket.assignments().isEmpty() ? "a message" : "a ticket");
      if (ticket.term() < term) {
        checker.violated("a ticket of term " + ticket.term() + " in term " + term + ": " + path);
      }
      ticket.assignments().forEach(what -> given(what, path.parent().name(), moved));
      ticket
          .messages()
          .forEach(message -> world.happened("message " + message.getClass().getSimpleName()));
    } else if (path.parent().equals(Layout.PARKED)) {
      List<Parked.Item> items = Parked.read(create.data()).items();
      parked.put(path, items);
      items.forEach(item -> world.happened("parked for " + item.cause().reason()));
    } else if (path.parent().equals(Layout.HISTORY) && !path.name().startsWith("f")) {
      world.happened("history merged: " + SegmentName.parse(path.name()).kind());
    } else if (path.parent().equals(Layout.HISTORY)) {
      Segment.read(create.data()).forEach(this::recorded);
    } else if (path.parent().parent().equals(Layout.REPORTS)) {
      reported(path.parent().name(), Report.read(create.data()));
    } else if (path.parent().parent().equals(Layout.RUNS)) {
      standings.add(path);
      world.happened("standing stored");
    } else if (path.parent().parent().equals(Layout.KEYS)) {
      world.happened("key remembered");
    } else if (path.parent().equals(Layout.INSTANCES) && !coordinates) {
      world.happened("registered");
    }
  }

  /** No node has more below it than can be listed in one answer of a usual size. */
  private void bounded(NodePath above) {
    int below = world.peek(above).map(Node::children).orElse(0);
    int most = above.parent().equals(Layout.REPORTS) ? MOST_REPORTS : MOST_CHILDREN;
    if (below > most) {
      checker.violated(above + " has " + below + " nodes below it, more than " + most);
    }
  }

  // ------------------------------------------------------------------ what becomes of shards

  private void given(Assignment what, String instance, List<Assignment> moved) {
    String shard = shard(what);
    String run = what.run().id().text();
    if (what.token() <= token) {
      checker.violated("token " + what.token() + " is given after " + token);
    }
    highest = Math.max(highest, what.token());
    if (killed.contains(run)) {
      checker.violated("a killed run is given to somebody: " + what);
    }
    if (closed.contains(run)) {
      checker.violated("a run that has ended is given to somebody: " + what);
    }
    Told.Ended end = told.get(shard);
    if (end != null && end.outcome() != Outcome.FAILED) {
      checker.violated("what ended " + end.outcome() + " is given to somebody: " + what);
    }
    Given before = given.put(shard, new Given(instance, what));
    if (begun.computeIfAbsent(run, first -> commits) != commits && before == null) {
      world.happened("a run over several transactions");
    }
    if (before == null) {
      return;
    }
    int deaths = what.deaths() - before.what.deaths();
    int attempts = what.attempt() - before.what.attempt();
    if (deaths < 0 || attempts < deaths || attempts > deaths + 1) {
      checker.violated("attempt " + before.what + " is followed by " + what);
    }
    boolean fromTheDead = moved.stream().anyMatch(one -> shard(one).equals(shard));
    if (deaths > 0) {
      world.happened("moved, though it may have started");
    } else if (attempts == 0) {
      world.happened(fromTheDead ? "moved untouched" : "given again without an attempt");
    } else {
      if (end == null || end.what().attempt() < before.what.attempt()) {
        checker.violated("a retry of what has not failed: " + what);
      }
      world.happened(
          before.instance.equals(instance) ? "retry at the same instance" : "retry elsewhere");
    }
  }

  private void reported(String instance, Report report) {
    for (Told one : report.told()) {
      if (one instanceof Told.HandedBack back) {
        world.happened("handed back: " + first(back.why()));
      } else if (one instanceof Told.Returned) {
        world.happened("an abandoned handler returned");
      } else if (one instanceof Told.Ended end) {
        if (!end.returned()) {
          world.happened("a handler is abandoned");
        }
        if (closed.contains(one.what().run().id().text())) {
          world.happened("report on a run that has ended");
        }
        Given last = given.get(shard(end.what()));
        if (last != null && last.instance.equals(instance)) {
          told.put(shard(end.what()), end);
        }
      }
    }
  }

  private static String first(String why) {
    return why.contains("leaving") ? "leaving" : why.contains("definition") ? "newer" : "lease";
  }

  private void recorded(Entry entry) {
    if (entry instanceof Entry.Skip) {
      world.happened("a stretch of misfires");
      return;
    }
    if (entry instanceof Entry.Overrun too) {
      world.happened("an overrun is told");
      overran.add(overrun(too.run().text(), too.shard(), too.attempt()) + " of " + too.instance());
      checker.overran(too);
    }
    if (!(entry instanceof Entry.Run run)) {
      return;
    }
    String id = run.id().text();
    if (!closed.add(id)) {
      checker.violated("run " + id + " ends twice");
    }
    world.happened("run " + run.outcome());
    if (run.decided().isAfter(run.scheduledAt().plusSeconds(12))) {
      world.happened("ended long after it was due");
    }
    for (Entry.Part part : run.parts()) {
      Told.Ended end = told.get(id + "/" + part.shard());
      boolean final_ = end != null && end.outcome() != Outcome.FAILED;
      if (final_ && end.outcome() != part.outcome()) {
        checker.violated("shard " + part.shard() + " of run " + id + " was told to be "
            + end.outcome() + ", and is recorded as " + part.outcome() + ": " + part.text());
      }
      world.happened("shard " + part.outcome() + " " + kind(part.text()));
    }
  }

  private static String kind(String text) {
    for (String known : List.of(
        "one that died",
        "must not start twice",
        "for that one",
        "before it started",
        "is gone",
        "run before it had not ended",
        "no more may")) {
      if (text.contains(known)) {
        return known;
      }
    }
    return "";
  }
}
