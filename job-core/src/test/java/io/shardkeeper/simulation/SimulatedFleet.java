package io.shardkeeper.simulation;

import io.shardkeeper.calendar.Calendar;
import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.contract.SimulatedWorld.Weather;
import io.shardkeeper.core.coordinator.Latch;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.desk.Rules;
import io.shardkeeper.core.engine.Foundation;
import io.shardkeeper.core.execution.RunLogs;
import io.shardkeeper.core.history.Compaction;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.history.Segment;
import io.shardkeeper.core.history.SegmentName;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.DataflowJobHandler;
import io.shardkeeper.handler.Handler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import io.shardkeeper.listener.Listener;
import io.shardkeeper.routing.Router;
import io.shardkeeper.routing.Routers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Real coordinators and instances on one thread, with a clock that is turned by hand, on a simulated ledger. */
final class SimulatedFleet implements AutoCloseable {
  final Deque<Puppet> puppets = new ArrayDeque<>();
  SimulatedNode.@Nullable Nap current;

  private final SimulatedWorld world;
  private final SimulatedNode.Queue queue;
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private final Map<String, Calendar> calendars = new HashMap<>();
  private final Map<String, Router> routers = new HashMap<>();
  private final Map<String, RunLogs> disks = new HashMap<>();
  private final Checker checker;
  private final Chronicle chronicle;
  private final Ledger admin;
  /** How long work that yields does without looking whether it is to end. */
  private static final long STEP = Duration.ofMillis(40).toNanos();

  private final Behaviour behaviour;
  private long numbers;
  private int inboxLimit = Rules.DEFAULT_INBOX_LIMIT;

  /** What is kept on the disk of the instances of a name. */
  RunLogs logs(String name) {
    return disks.computeIfAbsent(name, same -> new SimulatedLogs());
  }

  /** What the work of a shard is like. */
  interface Behaviour {
    /** How long it takes, in nanoseconds. */
    long length(ShardingContext context);

    /** Whether it takes no time at all. */
    default boolean isInstant(String run, int shard) {
      return false;
    }

    /** Whether it takes no notice when it is to end. */
    boolean isDeaf(ShardingContext context);

    /** What comes out. */
    Result result(ShardingContext context);

    /** What a dataflow finds when it fetches. */
    default List<Integer> fetch(ShardingContext context) {
      return List.of();
    }

    /** What a dataflow has processed. */
    default void processed(List<Integer> batch) {}

    /** Who listens to an instance. */
    default List<Listener> listeners(String instance) {
      return List.of();
    }
  }

  SimulatedFleet(long seed, Weather weather, Behaviour behaviour) {
    this.world = new SimulatedWorld(seed, weather);
    this.queue = new SimulatedNode.Queue(world);
    this.behaviour = behaviour;
    this.checker = new Checker(world);
    this.chronicle = new Chronicle(this);
    checker.readsAlong(chronicle);
    world.watchedBy(chronicle);
    this.admin = world.open();
  }

  SimulatedWorld world() {
    return world;
  }

  Checker checker() {
    return checker;
  }

  Ledger admin() {
    return admin;
  }

  long number() {
    return ++numbers;
  }

  void inboxLimit(int most) {
    inboxLimit = most;
  }

  Rules rules(Duration tick) {
    Rules usual = Rules.of(Duration.ofSeconds(3), tick, calendars(), routers());
    return new Rules(
        usual.horizon(),
        usual.misfireThreshold(),
        inboxLimit,
        usual.historyBudget(),
        usual.calendars(),
        usual.routers());
  }

  /** Has somebody told which process has just had something decided. */
  void onDecision(Consumer<SimulatedNode> told) {
    chronicle.onDecision(client -> nodeOf(client).ifPresent(told));
  }

  /** Has somebody told which process has just claimed the role. */
  void onClaim(Consumer<SimulatedNode> told) {
    chronicle.onClaim(client -> nodeOf(client).ifPresent(told));
  }

  private Optional<SimulatedNode> nodeOf(Ledger client) {
    return nodes.stream()
        .filter(node -> node.ledger == client && !node.isDead())
        .findFirst();
  }

  Calendars calendars() {
    return name -> Optional.ofNullable(calendars.get(name));
  }

  Routers routers() {
    return name -> Optional.ofNullable(routers.get(name));
  }

  /** There is a route of that name. */
  void router(String name, Router router) {
    routers.put(name, router);
  }

  /** What a name stands for from now on. */
  void calendar(String name, Calendar calendar) {
    calendars.put(name, calendar);
  }

  void noCalendar(String name) {
    calendars.remove(name);
  }

  List<Listener> listeners(String instance) {
    return behaviour.listeners(instance);
  }

  Latch latch(SimulatedNode node) {
    return queue.join(node);
  }

  /** From now on the latch tells a process that it is first, be that as it may; or that is over. */
  void latchErrs(SimulatedNode node, boolean errs) {
    queue.err(node, errs);
  }

  List<SimulatedNode> nodes() {
    return nodes;
  }

  List<SimulatedNode> living() {
    return nodes.stream().filter(node -> !node.isDead()).toList();
  }

  SimulatedNode add(String name, Duration skew, int slots) {
    return add(name, skew, slots, SimulatedNode.Offer.WORK);
  }

  SimulatedNode add(String name, Duration skew, int slots, SimulatedNode.Offer offer) {
    return add(name, skew, slots, offer, false);
  }

  /** One that may be of the build that comes after this one. */
  SimulatedNode add(
      String name, Duration skew, int slots, SimulatedNode.Offer offer, boolean newer) {
    var node = new SimulatedNode(this, name, skew, slots, offer, newer);
    nodes.add(node);
    return node;
  }

  void crashed(SimulatedNode node) {
    chronicle.crashed(node);
    checker.crashed(node);
  }

  /** Somebody on whom a handler may run. */
  Puppet puppet() {
    Puppet idle = puppets.poll();
    return idle == null ? new Puppet() : idle;
  }

  /** Whether what workers are given under that name takes no time: a run and a shard. */
  boolean isInstant(String what) {
    int slash = what.indexOf('/');
    return slash > 0
        && what.chars().skip(slash + 1).allMatch(Character::isDigit)
        && behaviour.isInstant(
            what.substring(0, slash), Integer.parseInt(what.substring(slash + 1)));
  }

  /** A handler of the fleet: it does as it is told, and its executions are watched. */
  Handler handler(String name) {
    return switch (name) {
      case "flow" -> new Flow(name, "fetches and processes what a simulation has");
      case "yields" -> new Yielding();
      default ->
        ShardingJobHandler.of(name, "does what a simulation wants", one -> work(one, false));
    };
  }

  /** Does what others do, and stops at the next step when its instance begins to leave. */
  private final class Yielding implements ShardingJobHandler {
    @Override
    public String name() {
      return "yields";
    }

    @Override
    public String description() {
      return "does it step by step";
    }

    @Override
    public boolean yieldsToDrain() {
      return true;
    }

    @Override
    public Result handle(ShardingContext context) {
      return work(context, true);
    }
  }

  /** A dataflow of the fleet: each batch takes as long as the work of others. */
  private final class Flow implements DataflowJobHandler<Integer> {
    private final String name;
    private final String description;

    Flow(String name, String description) {
      this.name = name;
      this.description = description;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String description() {
      return description;
    }

    @Override
    public Result handle(ShardingContext context) throws Exception {
      Checker.Execution execution = checker.started(current().node(), context, false);
      try {
        Result result = DataflowJobHandler.super.handle(context);
        execution.did(result);
        return result;
      } catch (CancellationException | InterruptedException e) {
        execution.refused();
        throw e;
      } finally {
        checker.ended(execution);
      }
    }

    @Override
    public List<Integer> fetch(ShardingContext context) {
      return behaviour.fetch(context);
    }

    @Override
    public void process(ShardingContext context, List<Integer> batch) throws InterruptedException {
      if (current().sleep(behaviour.length(context), false)) {
        throw new InterruptedException("in the middle of a batch");
      }
      behaviour.processed(batch);
    }
  }

  private SimulatedNode.Nap current() {
    SimulatedNode.Nap nap = current;
    if (nap == null) {
      throw new IllegalStateException("A handler runs that nobody has started");
    }
    return nap;
  }

  private Result work(ShardingContext context, boolean yields) {
    SimulatedNode.Nap nap = current();
    boolean instant = nap.isInstant();
    boolean deaf = !instant && behaviour.isDeaf(context);
    Checker.Execution execution = checker.started(nap.node(), context, deaf);
    try {
      long length = instant ? 0 : behaviour.length(context);
      if (yields && !deaf) {
        workStepByStep(nap, context, length);
      } else if (!instant && nap.sleep(length, deaf)) {
        execution.refused();
        return Result.failed("interrupted");
      }
      if (!deaf && context.cancellation().isRequested()) {
        execution.refused();
        return Result.failed("interrupted");
      }
      Result result = behaviour.result(context);
      execution.did(result);
      return result;
    } catch (CancellationException e) {
      execution.refused();
      boolean drains =
          context.cancellation().reason().equals(Optional.of(Cancellation.Reason.DRAINING));
      world.happened(drains ? "work yielded to a drain" : "work was to end at a step");
      throw e;
    } catch (IllegalStateException e) {
      execution.did(Result.failed(String.valueOf(e.getMessage())));
      throw e;
    } finally {
      checker.ended(execution);
    }
  }

  private void workStepByStep(SimulatedNode.Nap nap, ShardingContext context, long length) {
    for (long left = length; left > 0; left -= STEP) {
      if (nap.sleep(Math.min(left, STEP), false)) {
        throw new CancellationException("interrupted");
      }
      context.cancellation().throwIfRequested();
    }
  }

  // ------------------------------------------------------------------ what an administrator does

  void define(Job job) {
    Instant since = world.clock().instant();
    checker.defined(job, since); // it may run before the answer comes that it is there
    insist(() -> Foundation.lay(admin).thenApply(done -> true));
    NodePath path = Layout.job(job.name());
    Bytes data = Bytes.of(JobDocument.of(job).written("admin", since).toJson());
    while (true) {
      Node known = insist(() -> admin.read(path)).orElse(null);
      if (known != null && known.data().equals(data)) {
        break;
      }
      insist(() -> admin.commit(
          known == null
              ? Transaction.builder().create(path, data).build()
              : Transaction.builder().set(path, data, known.version()).build()));
    }
  }

  /** Asks until there is an answer. */
  <T> T insist(Supplier<CompletionStage<T>> question) {
    while (true) {
      try {
        return world.await(question.get());
      } catch (CompletionException e) {
        world.run(Duration.ofMillis(200));
      }
    }
  }

  // ------------------------------------------------------------------ what stands

  /** Everything that is kept of the past of jobs. */
  List<Entry> history() {
    List<Entry> entries = new ArrayList<>();
    List<SegmentName> names = insist(() -> admin.list(Layout.HISTORY)).orElse(List.of()).stream()
        .filter(name -> !name.equals("stranger"))
        .map(SegmentName::parse)
        .toList();
    Map<SegmentName, List<Entry>> read = new HashMap<>();
    for (SegmentName name : names) {
      Node node = insist(() -> admin.read(name.path())).orElse(null);
      if (node == null) {
        return history(); // it was merged meanwhile
      }
      read.put(name, Segment.read(node.data()));
    }
    for (String job : checker.jobs()) {
      for (SegmentName name : Compaction.of(job, names)) {
        read.getOrDefault(name, List.of()).stream()
            .filter(entry -> entry.job().equals(job))
            .forEach(entries::add);
      }
    }
    return entries;
  }

  /** The nodes right below the children of one. */
  Map<NodePath, Node> below(NodePath root) {
    Map<NodePath, Node> found = new TreeMap<>();
    for (String name : insist(() -> admin.list(root)).orElse(List.of())) {
      NodePath path = root.child(name);
      for (String inner : insist(() -> admin.list(path)).orElse(List.of())) {
        world
            .await(admin.read(path.child(inner)))
            .ifPresent(node -> found.put(path.child(inner), node));
      }
    }
    return found;
  }

  @Override
  public void close() {
    nodes.forEach(node -> {
      if (!node.isDead()) {
        node.crash();
      }
    });
    puppets.forEach(Puppet::dismiss);
    puppets.clear();
  }
}
