package io.shardkeeper.simulation;

import io.shardkeeper.contract.NewerBuild;
import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.core.coordinator.Latch;
import io.shardkeeper.core.engine.Coordinating;
import io.shardkeeper.core.execution.Executions;
import io.shardkeeper.core.execution.RunLog;
import io.shardkeeper.core.instance.InstanceLife;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.loop.Workers;
import io.shardkeeper.handler.Handler;
import io.shardkeeper.handler.Handlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A process of a simulated fleet: an instance that may coordinate, with clocks and threads that exist only here. */
final class SimulatedNode implements Loop, Workers {
  private static final Duration TICK = Duration.ofMillis(500);

  final String name;
  final int slots;
  final boolean newer;
  final Ledger ledger;

  /** The ledger as its build sees it. */
  final Ledger seen;

  final InstanceLife instance;
  final Coordinating coordinating;

  private final SimulatedFleet fleet;
  private final SimulatedWorld world;
  private Duration skew;
  private final List<Nap> naps = new ArrayList<>();
  private final Deque<Runnable> frozenTasks = new ArrayDeque<>();
  private boolean dead;
  private boolean frozen;
  private long lastTask;

  /** What an instance offers. */
  record Offer(Set<String> handlers, Map<String, String> labels) {
    static final Offer WORK = new Offer(Set.of("work"), Map.of());
    static final Offer FLOW = new Offer(Set.of("work", "flow"), Map.of());
    static final Offer YIELDS = new Offer(Set.of("work", "yields"), Map.of());
    static final Offer NOTHING = new Offer(Set.of(), Map.of());
  }

  SimulatedNode(
      SimulatedFleet fleet, String name, Duration skew, int slots, Offer offer, boolean newer) {
    this.fleet = fleet;
    this.world = fleet.world();
    this.name = name;
    this.slots = slots;
    this.skew = skew;
    this.newer = newer;
    this.ledger = world.open(this);
    this.seen = newer ? new NewerBuild(ledger) : ledger;
    Handlers handlers =
        Handlers.of(offer.handlers().stream().sorted().map(fleet::handler).toArray(Handler[]::new));
    var offered = new TreeMap<String, String>();
    handlers.byName().forEach((key, handler) -> offered.put(key, handler.description()));
    var self = new Instance(
        name, name, "host-" + name, offered, new TreeMap<>(offer.labels()), slots, "1", false);
    var listeners = new Listeners(fleet.listeners(name), (messages, telling) -> execute(telling));
    this.instance = new InstanceLife(
        seen,
        this,
        new Executions.Workshop(this, fleet.logs(name), RunLog.TAIL_BYTES),
        handlers,
        new Executions.Patience(Duration.ofMillis(50), Duration.ofSeconds(1)),
        new InstanceLife.Profile(self, TICK, Duration.ofMillis(200), listeners),
        () -> name + "-" + fleet.number());
    Latch latch = fleet.latch(this);
    this.coordinating =
        new Coordinating(seen, latch, this, name, () -> fleet.rules(TICK), listeners);
    instance.start();
    coordinating.start();
  }

  /** Its wall clock is set. */
  void setClock(Duration aheadBy) {
    skew = aheadBy;
  }

  boolean isDead() {
    return dead;
  }

  boolean isFrozen() {
    return frozen;
  }

  // ------------------------------------------------------------------ the loop

  @Override
  public long nanos() {
    return world.nanos();
  }

  @Override
  public Instant wall() {
    return world.clock().instant().plus(skew);
  }

  @Override
  public void execute(Runnable task) {
    lastTask = Math.max(lastTask, world.nanos() + 1_000);
    world.at(lastTask, () -> run(task));
  }

  private void run(Runnable task) {
    if (dead) {
      return;
    }
    if (frozen) {
      frozenTasks.add(task);
      return;
    }
    task.run();
  }

  @Override
  public Subscription at(long nanos, Runnable what) {
    boolean[] closed = {false};
    world.at(
        Math.max(nanos, world.nanos() + 1_000),
        () -> run(() -> {
          if (!closed[0]) {
            what.run();
          }
        }));
    return () -> closed[0] = true;
  }

  // ------------------------------------------------------------------ the workers

  /** What a handler does on its puppet. */
  final class Nap implements Work {
    private final @Nullable Puppet puppet;
    private final String what;
    private boolean over;
    private boolean interrupted;
    private boolean napping;
    private boolean deaf;
    private long generation;

    /** On a puppet; on none what takes no time. */
    Nap(@Nullable Puppet puppet, String what) {
      this.puppet = puppet;
      this.what = what;
    }

    boolean isInstant() {
      return puppet == null;
    }

    private void begin(Runnable body) {
      Puppet on = puppet;
      if (on != null) {
        proceed(() -> on.perform(body));
      } else if (!over) {
        over = true;
        naps.remove(this);
        Nap before = fleet.current;
        fleet.current = this;
        body.run();
        fleet.current = before;
      }
    }

    /** On the puppet: sleeps. Whether it was interrupted. */
    boolean sleep(long nanos, boolean deafToInterrupts) {
      deaf = deafToInterrupts;
      if (interrupted && !deaf) {
        interrupted = false;
        return true;
      }
      long now = ++generation;
      napping = true;
      world.after(nanos, () -> SimulatedNode.this.run(() -> wake(now)));
      puppet().pause();
      napping = false;
      if (dead) {
        throw new Puppet.Killed();
      }
      boolean was = interrupted && !deaf;
      interrupted = false;
      return was;
    }

    private Puppet puppet() {
      return Objects.requireNonNull(puppet, "what takes no time has no puppet");
    }

    private void wake(long which) {
      if (napping && which == generation && !over) {
        proceed(puppet()::resume);
      }
    }

    private void proceed(Runnable step) {
      Nap before = fleet.current;
      fleet.current = this;
      step.run();
      fleet.current = before;
      if (puppet().isIdle()) {
        over = true;
        naps.remove(this);
        fleet.puppets.add(puppet());
      }
    }

    SimulatedNode node() {
      return SimulatedNode.this;
    }

    @Override
    public void interrupt() {
      if (over) {
        return;
      }
      interrupted = true;
      if (napping && !deaf) {
        long now = generation;
        world.after(1_000_000, () -> SimulatedNode.this.run(() -> wake(now)));
      }
    }

    @Override
    public String stack() {
      return over ? "" : what + " naps";
    }

    @Override
    public String toString() {
      return what;
    }
  }

  @Override
  public Work start(String what, Runnable body) {
    var nap = new Nap(fleet.isInstant(what) ? null : fleet.puppet(), what);
    naps.add(nap);
    world.after(20_000, () -> run(() -> nap.begin(body)));
    return nap;
  }

  // ------------------------------------------------------------------ what becomes of it

  /** The process is no more: nothing of it happens after this, and nobody is told. */
  void crash() {
    dead = true;
    fleet.crashed(this);
    for (Nap nap : List.copyOf(naps)) {
      if (nap.napping) {
        nap.proceed(nap.puppet()::resume);
      } else if (nap.puppet != null && nap.puppet.isIdle()) {
        fleet.puppets.add(nap.puppet); // it was about to begin
      }
    }
    frozenTasks.clear();
    world.cut(ledger);
  }

  /** Nothing of it happens until it thaws; its clocks go on. */
  void freeze() {
    frozen = true;
  }

  void thaw() {
    frozen = false;
    fleet.checker().thawed(this);
    while (!frozenTasks.isEmpty() && !frozen && !dead) {
      frozenTasks.remove().run();
    }
  }

  @Override
  public String toString() {
    return name;
  }

  /** A queue of those who would coordinate, as good as a real one: it forgets who is gone when the session is. */
  static final class Queue {
    private final List<Entry> entries = new ArrayList<>();
    private final SimulatedWorld world;

    Queue(SimulatedWorld world) {
      this.world = world;
    }

    private final class Entry implements Latch {
      private final SimulatedNode node;
      private final List<Runnable> listeners = new ArrayList<>();
      private long session;
      private boolean left;
      private boolean errs;

      Entry(SimulatedNode node) {
        this.node = node;
      }

      @Override
      public boolean isFirst() {
        Ledger own = node.ledger;
        if (left || own == null || !own.session().isConnected()) {
          return false;
        }
        if (session != own.session().id()) {
          session = own.session().id();
          entries.remove(this);
          entries.add(this);
        }
        for (Entry other : entries) {
          if (other == this || errs) {
            return true;
          }
          if (world.knows(other.session)) {
            return false;
          }
        }
        return false;
      }

      @Override
      public boolean isNear() {
        long before = entries.stream()
            .takeWhile(other -> other != this)
            .filter(other -> world.knows(other.session))
            .count();
        return !left && before <= 2;
      }

      @Override
      public Subscription onChange(Runnable told) {
        listeners.add(told);
        poll();
        return () -> listeners.remove(told);
      }

      private void poll() {
        node.at(world.nanos() + 500_000_000L, () -> {
          if (!left) {
            listeners.forEach(Runnable::run);
            poll();
          }
        });
      }

      @Override
      public void requeue() {
        entries.remove(this);
        entries.add(this);
      }

      @Override
      public void close() {
        left = true;
        entries.remove(this);
      }
    }

    /** From now on a process is told that it is first, be that as it may; or that is over. */
    void err(SimulatedNode node, boolean errs) {
      entries.stream().filter(entry -> entry.node == node).forEach(entry -> entry.errs = errs);
    }

    Latch join(SimulatedNode node) {
      var entry = new Entry(node);
      entries.add(entry);
      return entry;
    }
  }
}
