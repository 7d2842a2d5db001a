package io.shardkeeper.simulation;

import io.shardkeeper.calendar.Calendar;
import io.shardkeeper.client.JobClient;
import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.contract.SimulatedWorld.Weather;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.listener.Listener;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.view.RunView;
import io.shardkeeper.view.Why;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What a fleet lives through, told in the words of its users. It begins when everybody is there and one of them coordinates. */
final class Story implements AutoCloseable, SimulatedFleet.Behaviour {
  final SimulatedFleet fleet;
  final JobClient client;

  private final Map<String, Function<ShardingContext, Act>> acts = new HashMap<>();

  /** What the handlers that run now do: each makes up its mind once, when it is called. */
  private final IdentityHashMap<ShardingContext, Act> made = new IdentityHashMap<>();

  /** What a handler does with one call. */
  record Act(Duration length, boolean deaf, Function<ShardingContext, Result> end) {
    static final Act QUICK = takes(20);

    static Act takes(long millis) {
      return new Act(Duration.ofMillis(millis), false, context -> Result.ok("done"));
    }

    static Act fails(String why) {
      return takes(20).ending(context -> Result.failed(why));
    }

    Act ending(Function<ShardingContext, Result> otherEnd) {
      return new Act(length, deaf, otherEnd);
    }

    Act ignoringInterrupts() {
      return new Act(length, true, end);
    }
  }

  /** What dataflows have to do, and what they have done: a batch of it after the other. */
  final List<Integer> stock = new ArrayList<>();

  final List<Integer> processed = new ArrayList<>();

  private final Function<String, List<Listener>> listeners;

  private Story(
      SimulatedNode.Offer first,
      boolean newer,
      Function<String, List<Listener>> listeners,
      String... instances) {
    this.listeners = listeners;
    fleet = new SimulatedFleet(1, Weather.CALM, this);
    for (int i = 0; i < instances.length; i++) {
      fleet.add(instances[i], Duration.ZERO, 20, i == 0 ? first : SimulatedNode.Offer.WORK, newer);
    }
    client = new SimulatedClient(fleet).jobs;
    world().until("a coordinator", () -> coordinator().isLeading());
    world().run(Duration.ofSeconds(1));
  }

  /** Begins with these instances; the first one coordinates. */
  static Story of(String... instances) {
    return new Story(SimulatedNode.Offer.WORK, false, any -> List.of(), instances);
  }

  /** Begins with these instances, of this build or of the one that comes after it; the first one coordinates. */
  static Story ofBuild(boolean newer, String... instances) {
    return new Story(SimulatedNode.Offer.WORK, newer, any -> List.of(), instances);
  }

  /** Begins with these instances, to each of which somebody listens; the first one coordinates. */
  static Story heardBy(Function<String, Listener> ear, String... instances) {
    return new Story(SimulatedNode.Offer.WORK, false, name -> List.of(ear.apply(name)), instances);
  }

  /** Begins with these instances; the first one coordinates, and works for no job. */
  static Story ledByAnIdleOne(String... instances) {
    return new Story(SimulatedNode.Offer.NOTHING, false, any -> List.of(), instances);
  }

  /** Begins with these instances, of which each has room for so many assignments; one that works for no job coordinates. */
  static Story withRoomFor(int limit, String... instances) {
    Story story = ledByAnIdleOne("lead");
    story.fleet.inboxLimit(limit); // for who coordinates from now on
    story.dies(story.node("lead"));
    story.joins("heir", SimulatedNode.Offer.NOTHING);
    story.run(16);
    for (String instance : instances) {
      story.joins(instance);
    }
    story.run(3);
    return story;
  }

  private io.shardkeeper.core.engine.Coordinating coordinator() {
    return leader().coordinating;
  }

  // ------------------------------------------------------------------ who is there

  SimulatedWorld world() {
    return fleet.world();
  }

  SimulatedNode joins(String name) {
    return joins(name, SimulatedNode.Offer.WORK);
  }

  SimulatedNode joins(String name, SimulatedNode.Offer offer) {
    return fleet.add(name, Duration.ZERO, 20, offer);
  }

  /** One of this build, or of the one that comes after it. */
  SimulatedNode joins(String name, boolean newer) {
    return fleet.add(name, Duration.ZERO, 20, SimulatedNode.Offer.WORK, newer);
  }

  /** One whose wall clock is ahead. */
  SimulatedNode joins(String name, Duration aheadBy) {
    return fleet.add(name, aheadBy, 20, SimulatedNode.Offer.WORK);
  }

  /** Its process is no more, and does not come back. */
  Story dies(SimulatedNode node) {
    node.crash();
    // What is left of it would try to connect for ever, which takes long to play.
    world().after(Duration.ofSeconds(10).toNanos(), node.ledger::close);
    return this;
  }

  /** Nobody is left. */
  Story everybodyDies() {
    fleet.living().forEach(this::dies);
    return this;
  }

  SimulatedNode node(String name) {
    return fleet.living().stream()
        .filter(node -> node.name.equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Who coordinates; somebody if nobody does. */
  SimulatedNode leader() {
    List<SimulatedNode> living = fleet.living();
    return living.stream()
        .filter(node -> node.coordinating.isLeading())
        .findFirst()
        .orElse(living.get(0));
  }

  // ------------------------------------------------------------------ jobs

  static JobBuilder job(String name) {
    return Job.builder(name).handler("work");
  }

  /** Defines a job whose work is quick. */
  Story define(JobBuilder job) {
    return define(job, Act.QUICK);
  }

  Story define(JobBuilder job, Act act) {
    return define(job, context -> act);
  }

  Story define(JobBuilder job, Function<ShardingContext, Act> act) {
    Job built = job.build();
    acts.put(built.name(), act);
    fleet.define(built);
    return this;
  }

  /** A calendar of that name is this one from now on. */
  Story calendar(String name, Calendar calendar) {
    fleet.calendar(name, calendar);
    return this;
  }

  /** There is no calendar of that name any more. */
  Story noCalendar(String name) {
    fleet.noCalendar(name);
    return this;
  }

  private Act act(ShardingContext context) {
    return made.computeIfAbsent(
        context, one -> acts.getOrDefault(one.jobName(), any -> Act.QUICK).apply(one));
  }

  @Override
  public long length(ShardingContext context) {
    return act(context).length().toNanos();
  }

  @Override
  public boolean isDeaf(ShardingContext context) {
    return act(context).deaf();
  }

  @Override
  public Result result(ShardingContext context) {
    Act act = act(context);
    made.remove(context);
    return act.end().apply(context);
  }

  /** Two at a time of what is left for a shard. */
  @Override
  public List<Integer> fetch(ShardingContext context) {
    return stock.stream().filter(context.shard()::owns).limit(2).toList();
  }

  @Override
  public void processed(List<Integer> batch) {
    stock.removeAll(batch);
    processed.addAll(batch);
  }

  @Override
  public List<Listener> listeners(String instance) {
    return listeners.apply(instance);
  }

  // ------------------------------------------------------------------ time

  Instant now() {
    return world().clock().instant();
  }

  /** Now, without the part of a second that has passed. */
  Instant second() {
    return now().truncatedTo(ChronoUnit.SECONDS);
  }

  Story run(double seconds) {
    world().run(Duration.ofNanos((long) (seconds * 1e9)));
    return this;
  }

  Story runUntil(Instant when) {
    world().run(Duration.between(now(), when));
    return this;
  }

  // ------------------------------------------------------------------ what came of it

  /** When a handler was called, by the clock of the ledger. */
  Instant startOf(Checker.Execution one) {
    return now().minusNanos(world().nanos() - one.start);
  }

  /** When a handler returned, by the clock of the ledger. */
  Instant endOf(Checker.Execution one) {
    return now().minusNanos(world().nanos() - one.end);
  }

  /** The calls of the handler, in their order. */
  List<Checker.Execution> executions(String job) {
    return fleet.checker().executions(job);
  }

  /** Who was called, in order. */
  List<String> whoRan(String job) {
    return executions(job).stream().map(one -> one.node.name).toList();
  }

  /** How many calls each instance got. */
  Map<String, Long> shares(String job) {
    return whoRan(job).stream().collect(Collectors.groupingBy(name -> name, Collectors.counting()));
  }

  /** What is kept of a job, oldest first. */
  List<Entry> history(String job) {
    return fleet.history().stream().filter(entry -> entry.job().equals(job)).toList();
  }

  /** The runs of a job that ended, oldest first. */
  List<Entry.Run> runs(String job) {
    List<Entry.Run> runs = new ArrayList<>();
    for (Entry entry : history(job)) {
      if (entry instanceof Entry.Run run) {
        runs.add(run);
      }
    }
    runs.sort(Comparator.comparing(Entry.Run::scheduledAt));
    return runs;
  }

  /** The runs of a job that have not ended, in the order in which they take their turns. */
  List<RunView.Open> open(String job) {
    return get(client.runs(job, 100)).stream()
        .filter(RunView.Open.class::isInstance)
        .map(RunView.Open.class::cast)
        .sorted(Comparator.comparing(RunView::scheduledAt))
        .toList();
  }

  List<Entry.Skip> skips(String job) {
    return history(job).stream()
        .filter(Entry.Skip.class::isInstance)
        .map(Entry.Skip.class::cast)
        .toList();
  }

  List<Outcome> outcomes(String job) {
    return runs(job).stream().map(Entry.Run::outcome).toList();
  }

  /** The fires of a job between two instants that nothing in the history tells of, and those of which two things do. */
  Set<Instant> unaccounted(Job job, Instant from, Instant to) {
    var seen = new HashMap<Instant, Integer>();
    runs(job.name()).forEach(run -> seen.merge(run.scheduledAt(), 1, Integer::sum));
    for (Entry.Skip skip : skips(job.name())) {
      for (Instant at = skip.first();
          !at.isAfter(skip.last());
          at = job.trigger().after(at)) {
        seen.merge(at, 1, Integer::sum);
      }
    }
    Set<Instant> wrong = new HashSet<>();
    for (Instant at = job.trigger().after(from);
        at.isBefore(to);
        at = job.trigger().after(at)) {
      if (seen.getOrDefault(at, 0) != 1) {
        wrong.add(at);
      }
    }
    return wrong;
  }

  // ------------------------------------------------------------------ what users ask

  <T> T get(CompletionStage<T> answer) {
    return world().await(answer);
  }

  Why why(String job, Instant at) {
    return get(client.why(job, at));
  }

  /** A run that has ended. */
  RunView.Ended ended(String run) {
    return (RunView.Ended) get(client.run(run));
  }

  // ------------------------------------------------------------------ what strangers do to the
  // ledger

  Ledger ledger() {
    return fleet.admin();
  }

  void write(NodePath path, String content) {
    Node known = get(ledger().read(path)).orElse(null);
    get(ledger()
        .commit(
            known == null
                ? Transaction.builder().create(path, Bytes.of(content)).build()
                : Transaction.builder()
                    .set(path, Bytes.of(content), Transaction.ANY_VERSION)
                    .build()));
  }

  void delete(NodePath path) {
    get(ledger()
        .commit(Transaction.builder().delete(path, Transaction.ANY_VERSION).build()));
  }

  void undefine(String job) {
    delete(Layout.job(job));
  }

  List<String> quarantined() {
    return get(ledger().list(Layout.QUARANTINE)).orElse(List.of());
  }

  @Override
  public void close() {
    fleet.close();
  }
}
