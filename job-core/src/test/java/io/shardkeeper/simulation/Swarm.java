package io.shardkeeper.simulation;

import io.shardkeeper.client.LogRequest;
import io.shardkeeper.client.Rerun;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.contract.SimulatedWorld.Weather;
import io.shardkeeper.core.layout.Cursor;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Limits;
import io.shardkeeper.job.Misfire;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Routing;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One play of a simulated fleet under bad luck: everything follows from the seed. */
final class Swarm implements SimulatedFleet.Behaviour {
  /** Inboxes that are soon full: not among what is played unless asked for. */
  private static final boolean NARROW =
      !"false".equals(System.getProperty("shardkeeper.swarm.narrow"));

  private static final Duration MIN = Duration.ofMillis(1);

  /** Twice the session timeout, a tick and ten seconds after all is well again, everything goes its way. */
  private static final Duration RECOVERY = Duration.ofMillis(16_500);

  private static final Duration AFTER_RECOVERY = Duration.ofSeconds(10);
  private static final Duration SKEW = Duration.ofSeconds(20);

  private final long seed;
  private final SplittableRandom random;
  private final SplittableRandom builds;
  private final SplittableRandom days;
  private final SplittableRandom drains;
  private final SimulatedFleet fleet;
  private final List<Duration> periods = new ArrayList<>();
  private final Duration span;
  private final List<String> log = new ArrayList<>();
  private final Options options;
  private Instant end = Instant.MAX;
  private boolean healed;
  private int looks;
  private final List<Job> jobs = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();
  private final Set<SimulatedNode> left = new HashSet<>();

  /** Of which builds those were that coordinated. */
  private final Set<Boolean> led = new HashSet<>();

  private @Nullable SimulatedClient client;

  /** What a seed decides on. */
  record Options(
      Weather weather,
      int nodes,
      int jobs,
      Pace pace,
      Duration between,
      boolean crashes,
      boolean freezes,
      boolean cuts,
      boolean expiries,
      boolean skews,
      boolean deaf,
      boolean asks,
      boolean silences,
      boolean leaves,
      boolean blackouts,
      boolean poison,
      boolean narrow,
      boolean errors,
      boolean splits,
      boolean builds,
      boolean operates) {
    static Options of(SplittableRandom random, int fires, boolean builds, boolean operates) {
      Pace pace = List.of(Pace.values()).get(random.nextInt(Pace.values().length));
      boolean storm = random.nextInt(4) == 0;
      Weather weather = storm
          ? new Weather(3, Duration.ofMillis(5), Duration.ofMillis(200), 3, 3, 3, 1, 0, 0)
          : new Weather(3, Duration.ofMillis(2), Duration.ofMillis(20), 1, 1, 1, 0, 0, 0);
      return new Options(
          random.nextInt(6) == 0 ? Weather.CALM : weather,
          1 + random.nextInt(5),
          pace.jobs(random, fires),
          pace,
          Duration.ofSeconds(2 + random.nextInt(12)),
          random.nextBoolean(),
          random.nextBoolean(),
          random.nextBoolean(),
          random.nextBoolean(),
          random.nextBoolean(),
          random.nextInt(3) == 0,
          random.nextBoolean(),
          random.nextBoolean(),
          random.nextBoolean(),
          random.nextInt(3) == 0,
          random.nextInt(4) == 0,
          random.nextInt(4) == 0 && NARROW,
          random.nextBoolean(),
          random.nextBoolean(),
          builds,
          operates);
    }
  }

  /** How the fires of a play come: from few jobs or from many. Time in which nothing is due is time in which nothing is shown. */
  enum Pace {
    /** A few jobs with hardly a pause. */
    DENSE(2, 7, 100, 400),
    /** Some jobs, each about once a second. */
    STEADY(8, 32, 500, 1_500),
    /** Many jobs, each now and then. */
    WIDE(30, 120, 1_000, 10_000);

    private final int fewest;
    private final int most;
    private final long shortest;
    private final long longest;

    Pace(int fewest, int most, long shortest, long longest) {
      this.fewest = fewest;
      this.most = most;
      this.shortest = shortest;
      this.longest = longest;
    }

    /** How many jobs; a short play has fewer. */
    int jobs(SplittableRandom random, int fires) {
      int number = fewest + random.nextInt(most - fewest + 1);
      return Math.max(1, fires < 2_000 ? number / 3 : number);
    }

    Duration period(SplittableRandom random) {
      return Duration.ofMillis(shortest + random.nextLong(longest - shortest));
    }
  }

  Swarm(long seed, int fires) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    // Of their own: what else a seed decides on stays as it was.
    this.builds = new SplittableRandom(~seed);
    this.days = new SplittableRandom(~seed * 31);
    this.drains = new SplittableRandom(~seed * 37);
    this.options = Options.of(random, fires, builds.nextInt(3) == 0, days.nextBoolean());
    this.fleet = new SimulatedFleet(random.nextLong(), options.weather(), this);
    if (options.narrow()) {
      fleet.inboxLimit(Math.max(10, options.jobs()));
    }
    for (int i = 0; i < options.jobs(); i++) {
      periods.add(options.pace().period(random));
    }
    double each = periods.stream().mapToDouble(period -> 1e9 / period.toNanos()).sum();
    this.span = Duration.ofMillis(Math.max(60_000, (long) (1_000 * fires / each)));
    fleet.onDecision(this::decided);
    fleet.onClaim(this::claimed);
  }

  Options options() {
    return options;
  }

  Map<String, Integer> sometimes() {
    return new TreeMap<>(fleet.world().sometimes());
  }

  /** A number that differs when anything that was done differs. */
  int trace() {
    return fleet.checker().trace();
  }

  /** How many fires were decided, and how many calls of handlers there were. */
  long fires() {
    return fleet.checker().fires();
  }

  long executions() {
    return fleet.checker().executions();
  }

  List<String> log() {
    return log;
  }

  /** Plays it, and tells what was violated. */
  List<String> play() {
    if (options.skews()) {
      fleet.checker().clocksMayBeAhead(Duration.ofSeconds(21));
    }
    try (fleet) {
      for (int i = 0; i < options.nodes(); i++) {
        addNode(i);
      }
      Instant begin = fleet.world().clock().instant();
      int later = options.jobs() / 3;
      // Those that come later have fewer fires, for which the others go on longer.
      end = begin.plus(span).plusSeconds(12);
      for (int i = 0; i < options.jobs() - later; i++) {
        define(job(i));
      }
      for (int i = options.jobs() - later; i < options.jobs(); i++) {
        fleet.world().run(Duration.ofMillis(random.nextLong(24_000 / later)));
        define(job(i));
      }
      client = options.asks()
          ? new SimulatedClient(fleet, options.builds() && builds.nextBoolean())
          : null;
      Instant wellFrom = end.minus(RECOVERY).minus(AFTER_RECOVERY);
      long until = fleet.world().nanos()
          + Duration.between(fleet.world().clock().instant(), wellFrom).toNanos();
      while (fleet.world().nanos() < until) {
        long next = upTo(2 * options.between().toMillis());
        fleet.world().run(Duration.ofNanos(Math.min(next, until - fleet.world().nanos())));
        misfortune();
        for (int i = 0; i < 4; i++) {
          ask();
          operate();
        }
      }
      Instant asked = fleet.world().clock().instant();
      heal();
      fleet.world().run(RECOVERY);
      isWell(asked);
      pauseSome();
      fleet.world().run(Duration.between(fleet.world().clock().instant(), end));
      boolean quiet = quiesce();
      if (!quiet) {
        fleet.checker().violated("not quiet long after the end: " + leftovers());
      }
      isTidy();
      fleet.checker().checkHistory(fleet.history(), end);
      return fleet.checker().violations();
    }
  }

  /** Bad luck has a sense for the moment. */
  private void decided(SimulatedNode node) {
    if (healed
        || !options.crashes()
        || random.nextInt(1_500) > 0
        || fleet.living().size() < 2) {
      return;
    }
    boolean dies = random.nextBoolean();
    fleet.world().after(upTo(3), () -> {
      if (node.isDead() || healed) {
        return;
      }
      note((dies ? "death of " : "short cut of ") + node + " behind a decision");
      if (dies) {
        dieAndReplace(node, upTo(5_000));
      } else {
        fleet.world().cut(node.ledger);
        fleet.world().after(upTo(300), () -> {
          if (!node.isDead()) {
            fleet.world().heal(node.ledger);
          }
        });
      }
    });
  }

  /** Now and then one dies as soon as it leads, and has decided nothing. */
  private void claimed(SimulatedNode node) {
    led.add(node.newer);
    if (led.size() > 1) {
      fleet.world().happened("both builds coordinated in one play");
    }
    if (options.crashes() && random.nextInt(40) == 0) {
      dieLeading(node, 500);
    }
  }

  private void dieLeading(SimulatedNode node, int patience) {
    fleet.world().after(MIN.dividedBy(5).toNanos(), () -> {
      if (node.isDead() || healed || patience == 0 || fleet.living().size() < 2) {
        return;
      }
      if (node.coordinating.isLeading()) {
        note("death of " + node + " behind its claim");
        dieAndReplace(node, upTo(5_000));
      } else {
        dieLeading(node, patience - 1);
      }
    });
  }

  private void dieAndReplace(SimulatedNode node, long after) {
    node.crash();
    fleet.world().after(after, () -> {
      if (!healed && fleet.living().size() < 6) {
        addNode(fleet.nodes().size());
      }
    });
  }

  private void define(Job job) {
    fleet.define(job);
    jobs.add(job);
  }

  /** Somebody wants something. */
  private void ask() {
    SimulatedClient asks = client;
    if (asks == null) {
      return;
    }
    Job job = jobs.get(random.nextInt(jobs.size()));
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> {
        RunRequest request = RunRequest.of(job.name()).after(Duration.ofNanos(upTo(4_000)));
        if (random.nextInt(3) == 0) {
          request = request.key("key-" + random.nextInt(8));
        }
        if (random.nextInt(3) == 0) {
          request = request.parameter("text", "x".repeat(30_000));
        }
        asks.jobs.trigger(request).whenComplete((run, failure) -> {
          if (failure == null) {
            asked.add(run);
            if (random.nextBoolean()) {
              fleet.world().after(upTo(4_500), () -> asks.jobs.kill(run));
            }
          }
        });
      }
      case 3 -> {
        if (!asked.isEmpty()) {
          // Of what ended long ago one learns only that.
          int latest = Math.min(asked.size(), 20);
          asks.jobs.kill(asked.get(asked.size() - 1 - random.nextInt(latest)));
        }
      }
      case 4 -> {
        note("edit of " + job.name());
        for (int i = 0; i < 3; i++) {
          fleet.world().after(upTo(2_000), () -> {
            if (!healed) {
              edit(job);
            }
          });
        }
      }
      case 5 -> {
        if (job.name().equals("job-0")) {
          note("deletion of " + job.name());
          fleet.checker().comesAndGoes(job.name());
          asks.jobs
              .delete(job.name())
              .whenComplete((gone, failure) -> fleet.world().after(upTo(3_000), () -> {
                if (!healed) {
                  asks.jobs.define(job);
                }
              }));
        }
      }
      default -> {
        // Nobody wants anything.
      }
    }
  }

  // ------------------------------------------------------------------ what operators do

  /** Somebody pauses a job, does a run again, has an instance leave, or looks at what runs. */
  private void operate() {
    SimulatedClient asks = client;
    if (asks == null || !options.operates()) {
      return;
    }
    Job job = jobs.get(days.nextInt(jobs.size()));
    switch (days.nextInt(8)) {
      case 0 -> pause(asks, job);
      case 1 -> {
        if (!asked.isEmpty()) {
          Rerun again = Rerun.of(latestAsked());
          again = days.nextInt(3) == 0 ? again.onlyFailedShards() : again;
          again = days.nextInt(3) == 0 ? again.on("n" + days.nextInt(4)) : again;
          asks.jobs.rerun(again).thenAccept(run -> {
            fleet.world().happened("a run is done again");
            asked.add(run);
          });
        }
      }
      case 2 -> {
        List<SimulatedNode> staying =
            fleet.living().stream().filter(node -> !left.contains(node)).toList();
        if (options.leaves() && staying.size() > 1 && days.nextInt(4) == 0) {
          SimulatedNode node = staying.get(days.nextInt(staying.size()));
          asks.jobs.drain(node.name).thenAccept(told -> note(node + " is told to leave"));
        }
      }
      case 3 -> {
        if (!asked.isEmpty()) {
          look(asks, latestAsked(), 0);
        }
      }
      case 4, 5 ->
        fleet.checker().someRunning(days).ifPresent(one -> look(asks, one.run, one.shard));
      default -> {
        // All is left as it is.
      }
    }
  }

  private String latestAsked() {
    return asked.get(asked.size() - 1 - days.nextInt(Math.min(asked.size(), 20)));
  }

  private void look(SimulatedClient asks, String run, int shard) {
    CompletionStage<?> answer = switch (days.nextInt(3)) {
      case 0 -> asks.jobs.progress(run);
      case 1 -> asks.jobs.stack(run, shard);
      default -> asks.jobs.log(LogRequest.of(run).shard(shard).whenThereIsMore());
    };
    looks++;
    answer.whenComplete((told, failure) -> {
      looks--;
      if (failure == null) {
        fleet.world().happened("an instance answered a question");
      }
    });
  }

  private void pause(SimulatedClient asks, Job job) {
    boolean forever = days.nextBoolean();
    long span = (1 + days.nextLong(8_000)) * MIN.toNanos();
    Instant until = forever ? Trigger.NEVER : fleet.world().clock().instant().plusNanos(span);
    fleet.checker().mayBePaused(job.name());
    asks.jobs.pause(job.name(), "because", until).whenComplete((done, failure) -> {
      if (failure == null) {
        note("pause of " + job.name() + " until " + until);
        if (forever || days.nextBoolean()) {
          fleet.world().after(span, () -> {
            CompletionStage<Boolean> unused = asks.jobs.resume(job.name());
          });
        }
      }
    });
  }

  /** When all is well a pause reaches everything within a moment: nothing starts until it ends. */
  private void pauseSome() {
    SimulatedClient asks = client;
    if (asks == null || !options.operates()) {
      return;
    }
    for (int i = 0; i < Math.min(3, jobs.size()); i++) {
      String job = jobs.get(days.nextInt(jobs.size())).name();
      fleet.checker().mayBePaused(job);
      asks.jobs.pause(job, "for once").thenAccept(done -> {
        fleet
            .checker()
            .pausedFrom(job, fleet.world().nanos() + Duration.ofSeconds(1).toNanos());
        fleet.world().after(Duration.ofSeconds(4).toNanos(), () -> {
          fleet.checker().pausedFrom(job, Long.MAX_VALUE);
          CompletionStage<Boolean> unused = asks.jobs.resume(job);
        });
      });
    }
  }

  private void leave(SimulatedNode node) {
    note("leave of " + node);
    left.add(node);
    node.instance
        .leave()
        .whenComplete((done, failure) -> fleet.world().after(1_000, () -> {
          if (!node.isDead()) {
            node.crash();
          }
        }));
  }

  /** Soon after the last misfortune somebody leads, everybody takes part, and whatever was due is decided. */
  private void isWell(Instant healedAt) {
    Checker checker = fleet.checker();
    List<SimulatedNode> present =
        fleet.living().stream().filter(node -> !left.contains(node)).toList();
    long leaders =
        present.stream().filter(node -> node.coordinating.isLeading()).count();
    if (leaders != 1) {
      checker.violated(leaders + " coordinate long after all was well again");
    }
    Set<String> registered = new TreeSet<>(fleet.world().peekBelow(Layout.INSTANCES));
    for (SimulatedNode node : present) {
      if (!registered.remove(node.instance.id())) {
        checker.violated(node + " is not registered long after all was well again");
      }
    }
    registered.removeIf(id -> left.stream().anyMatch(node -> node.instance.id().equals(id)));
    if (!registered.isEmpty()) {
      checker.violated("registered, though nobody is there: " + registered);
    }
    Instant decided = fleet
        .world()
        .peek(Layout.CURSOR)
        .map(node -> Cursor.read(node.data()).at())
        .orElse(Instant.MIN);
    boolean due = jobs.stream().anyMatch(job -> !checker.isFleeting(job.name()));
    if (due && decided.isBefore(options.skews() ? healedAt.minus(SKEW) : healedAt)) {
      checker.violated("decided only up to " + decided + ", though all was well from " + healedAt);
    }
    if (!options.skews() && !options.narrow()) {
      checker.wellFrom(fleet.world().clock().instant());
    }
  }

  private void edit(Job job) {
    SimulatedClient asks = client;
    if (asks != null) {
      JobBuilder edited = job.toBuilder()
          .parameter("edition", "edition " + fleet.number())
          .overlap(another(job.overlap(), job.name()));
      if (job.sharding() instanceof Sharding.Fixed && random.nextInt(3) == 0) {
        fleet.checker().reshards(job.name());
        edited.shards(1 + random.nextInt(6));
      }
      asks.jobs.define(edited.build());
    }
  }

  /** Now and then another policy: of those by which nothing overlaps. */
  private Overlap another(Overlap overlap, String job) {
    if (overlap.policy() == Overlap.Policy.ALLOW || random.nextInt(3) > 0) {
      return overlap;
    }
    List<Overlap> some = List.of(
        Overlap.serial(), Overlap.serial(2), Overlap.discardLater(), Overlap.coverEarlier());
    Overlap other = some.get(random.nextInt(some.size()));
    if (other.policy() == Overlap.Policy.COVER_EARLIER) {
      fleet.checker().covers(job);
    }
    return overlap.scope() == Overlap.Scope.RUN ? other.perRun() : other;
  }

  private boolean quiesce() {
    // The clock of who coordinates may be behind by so much.
    fleet.world().run(options.skews() ? Duration.ofSeconds(50) : Duration.ofSeconds(5));
    int quiet = 0;
    long before = -1;
    boolean goesOn = true;
    // A play may ask one instance for more than it can do: that takes as long as it takes, but not
    // for
    // ever.
    for (int i = 0; i < 60 || (i < 240 && goesOn); i++) {
      before = fleet.checker().executions();
      fleet.world().run(Duration.ofSeconds(5));
      // What moves from one place to another while one looks is seen in none of them: look again.
      quiet = leftovers().isEmpty() ? quiet + 1 : 0;
      goesOn = quiet > 0 || fleet.checker().executions() > before;
      if (quiet == 3) {
        return true;
      }
    }
    return false;
  }

  /** When all is quiet, whatever stands in the ledger belongs to somebody who is there. */
  private void isTidy() {
    Set<String> there = new TreeSet<>();
    fleet.living().forEach(node -> there.add(node.instance.id()));
    for (NodePath of : List.of(Layout.INSTANCES, Layout.INBOX, Layout.REPORTS)) {
      if (!there.containsAll(fleet.world().peekBelow(of))) {
        fleet
            .checker()
            .violated(of + " has " + fleet.world().peekBelow(of) + ", and there are " + there);
      }
    }
    if (looks > 0) {
      fleet.checker().violated(looks + " questions were never answered");
    }
    for (NodePath of : List.of(Layout.INBOX, Layout.COMMANDS)) {
      for (String one : fleet.world().peekBelow(of)) {
        for (String name : fleet.world().peekBelow(of.child(one))) {
          if (name.startsWith(Layout.QUESTION) || name.startsWith(Layout.REPLY)) {
            fleet.checker().violated("left though nobody asks any more: " + one + "/" + name);
          }
        }
      }
    }
    List<String> setAside = fleet.world().peekBelow(Layout.QUARANTINE);
    if (!setAside.isEmpty()) {
      fleet.checker().violated("set aside, though nobody wrote nonsense: " + setAside);
    }
  }

  private String leftovers() {
    var all = new StringBuilder();
    fleet
        .below(Layout.INBOX)
        .forEach((path, node) ->
            all.append(path).append('=').append(node.data().text()).append(' '));
    if (all.length() > 0) {
      fleet
          .insist(() -> fleet.admin().list(Layout.INBOX))
          .orElse(List.of())
          .forEach(name -> fleet
              .insist(() -> fleet.admin().read(Layout.INBOX.child(name)))
              .ifPresent(node -> all.insert(0, name + " says " + node.data().text() + " ")));
    }
    fleet.below(Layout.REPORTS).keySet().forEach(path -> all.append(path).append(' '));
    fleet
        .below(Layout.RUNS)
        .forEach((path, node) ->
            all.append(path).append('=').append(node.data().text()).append(' '));
    fleet
        .world()
        .await(fleet.admin().list(Layout.PARKED))
        .orElse(List.of())
        .forEach(name -> all.append("parked ")
            .append(name)
            .append('=')
            .append(fleet
                .insist(() -> fleet.admin().read(Layout.PARKED.child(name)))
                .map(node -> node.data().text())
                .orElse("gone"))
            .append(' '));
    return all.toString();
  }

  private void addNode(int number) {
    Duration skew =
        options.skews() ? Duration.ofMillis(random.nextLong(40_000) - 20_000) : Duration.ZERO;
    SimulatedNode node = fleet.add(
        "n" + number,
        skew,
        random.nextInt(4) == 0 ? 2 : 20,
        SimulatedNode.Offer.YIELDS,
        options.builds() && builds.nextBoolean());
    node.instance.whenToldToLeave(() -> leave(node));
  }

  private Job job(int number) {
    Trigger trigger = Trigger.every(periods.get(number)).until(end);
    JobBuilder job = Job.builder("job-" + number)
        .handler(drains.nextInt(3) == 0 ? "yields" : "work")
        .trigger(trigger)
        .history(Limits.HISTORY);
    switch (random.nextInt(5)) {
      case 0 -> job.shards(random.nextInt(8) == 0 ? 16 : 1 + random.nextInt(6));
      case 1 -> job.sharding(Sharding.all());
      default -> job.sharding(Sharding.one());
    }
    switch (random.nextInt(10)) {
      case 7 -> job.routing(Routing.leastBusy());
      case 8 -> job.routing(random.nextBoolean() ? Routing.busyOver() : Routing.failover("n1"));
      case 9 -> job.routing(Routing.spread().atMost(1 + random.nextInt(3)));
      case 0 -> job.routing(Routing.roundRobin());
      case 1 -> job.routing(Routing.random());
      case 2 -> job.routing(Routing.consistentHash());
      case 3 -> job.routing(Routing.first());
      case 4 -> job.routing(Routing.last());
      default -> job.routing(Routing.spread());
    }
    Overlap overlap = switch (random.nextInt(6)) {
      case 0 -> Overlap.discardLater();
      case 1 -> Overlap.serial(random.nextInt(4));
      case 2 -> Overlap.allow(3);
      case 3 -> Overlap.coverEarlier();
      default -> Overlap.serial();
    };
    job.overlap(random.nextInt(4) == 0 ? overlap.perRun() : overlap);
    switch (random.nextInt(3)) {
      case 0 -> job.misfire(Misfire.skip());
      case 1 -> job.misfire(Misfire.fireAll(5));
      default -> job.misfire(Misfire.fireOnce());
    }
    if (random.nextInt(4) == 0) {
      job.atMostOnce();
    } else if (random.nextBoolean()) {
      Retry retry =
          Retry.times(1 + random.nextInt(3)).every(Duration.ofMillis(100 + random.nextLong(3_000)));
      job.retry(random.nextBoolean() ? retry.onAnotherInstance() : retry);
    }
    if (random.nextInt(4) == 0) {
      job.timeout(Duration.ofMillis(500));
    }
    return job.build();
  }

  // ------------------------------------------------------------------ bad luck

  private void misfortune() {
    List<SimulatedNode> living = fleet.living();
    if (living.isEmpty()) {
      addNode(fleet.nodes().size());
      return;
    }
    SimulatedNode node = living.get(random.nextInt(living.size()));
    switch (random.nextInt(12)) {
      case 9 -> {
        if (options.errors()) {
          note("the latch errs about " + node);
          fleet.latchErrs(node, true);
          fleet.world().after(upTo(5_000), () -> fleet.latchErrs(node, false));
        }
      }
      case 10, 11 -> {
        // A server that hears no more of its leader notices after some ticks.
        if (options.splits()
            && !node.isFrozen()
            && fleet.world().isolate(node.ledger, 2_000 * MIN.toNanos() + upTo(5_000))) {
          note("the server of " + node + " is cut from its leader");
        }
      }
      case 0 -> {
        if (options.crashes()) {
          note("crash of " + node);
          node.crash();
          if (living.size() == 1 || random.nextInt(3) > 0) {
            fleet.world().after(upTo(10_000), () -> {
              if (!healed) {
                addNode(fleet.nodes().size());
              }
            });
          }
        }
      }
      case 1 -> {
        if (options.freezes() && !node.isFrozen() && node.ledger.session().isConnected()) {
          long span = upTo(random.nextBoolean() ? 1_000 : 9_000);
          note("freeze of " + node + " for " + span / 1_000_000 + " ms");
          node.freeze();
          fleet.world().stall(node.ledger);
          fleet.world().after(span, () -> thaw(node));
        }
      }
      case 2 -> {
        if (options.cuts()) {
          long span = upTo(random.nextBoolean() ? 500 : 9_000);
          note("cut of " + node + " for " + span / 1_000_000 + " ms");
          fleet.world().cut(node.ledger);
          fleet.world().after(span, () -> {
            if (!node.isDead()) {
              fleet.world().heal(node.ledger);
            }
          });
        }
      }
      case 3 -> {
        if (options.expiries()) {
          note("expiry of " + node);
          fleet.checker().expired(node);
          fleet.world().expire(node.ledger);
        }
      }
      case 4 -> {
        if (fleet.living().size() < 6) {
          note("join");
          addNode(fleet.nodes().size());
        }
      }
      case 5 -> {
        if (options.silences() && !node.isFrozen() && node.ledger.session().isConnected()) {
          long span = upTo(9_000);
          note("silence for " + node + " for " + span / 1_000_000 + " ms");
          fleet.world().stall(node.ledger);
          fleet.world().after(span, () -> {
            if (!node.isDead() && !node.isFrozen()) {
              fleet.world().unstall(node.ledger);
            }
          });
        }
      }
      case 6 -> {
        if (options.leaves() && living.size() > 1 && !node.isFrozen()) {
          leave(node);
        }
      }
      case 8 -> {
        if (options.blackouts() && random.nextInt(3) == 0) {
          long span = upTo(40_000);
          note("blackout for " + span / 1_000_000 + " ms");
          for (SimulatedNode one : living) {
            fleet.world().cut(one.ledger);
            fleet.world().after(span, () -> {
              if (!one.isDead()) {
                fleet.world().heal(one.ledger);
              }
            });
          }
        }
      }
      case 7 -> {
        if (options.skews()) {
          note("clock of " + node + " is set");
          node.setClock(Duration.ofMillis(random.nextLong(40_000) - 20_000));
        }
      }
      default -> {
        // Nothing happens, for once.
      }
    }
  }

  private void thaw(SimulatedNode node) {
    if (!node.isDead() && node.isFrozen()) {
      fleet.world().unstall(node.ledger);
      node.thaw();
    }
  }

  private void note(String what) {
    log.add(fleet.world().nanos() / 1_000_000 + " ms: " + what);
  }

  private long upTo(long millis) {
    return (1 + random.nextLong(millis)) * MIN.toNanos();
  }

  private void heal() {
    healed = true;
    note("healed");
    fleet.world().calmDown();
    fleet.living().forEach(node -> fleet.latchErrs(node, false));
    for (SimulatedNode node : fleet.living()) {
      thaw(node);
      fleet.world().unstall(node.ledger);
      fleet.world().heal(node.ledger);
    }
    if (left.containsAll(fleet.living())) {
      addNode(fleet.nodes().size());
    }
    SimulatedClient asks = client;
    if (asks != null && options.operates()) {
      for (Job job : jobs) {
        CompletionStage<Boolean> unused = asks.jobs.resume(job.name());
      }
    }
  }

  // ------------------------------------------------------------------ what the work is like

  private SplittableRandom lot(ShardingContext context) {
    return new SplittableRandom(seed * 31
        + context.runId().hashCode() * 17L
        + context.shard().index() * 7L
        + context.attempt());
  }

  /** Half of what is done is done in no time. Where somebody dies of it, it takes some. */
  @Override
  public boolean isInstant(String run, int shard) {
    return ((run.hashCode() ^ shard) & 1) == 0 && !isPoison(run);
  }

  private boolean isPoison(String run) {
    return options.poison() && run.hashCode() % 150 == 0;
  }

  @Override
  public long length(ShardingContext context) {
    SplittableRandom lot = lot(context);
    SimulatedNode.Nap nap = fleet.current;
    if (isPoison(context.runId()) && nap != null && !healed && fleet.nodes().size() < 60) {
      SimulatedNode node = nap.node();
      fleet.world().after(upTo(20), () -> {
        if (!node.isDead() && !healed) {
          note("death of " + node + " by poison");
          dieAndReplace(node, upTo(2_000));
        }
      });
    }
    if (isDeaf(context)) {
      return (300 + lot.nextLong(3_000)) * MIN.toNanos();
    }
    if (lot.nextInt(60) == 0) {
      return (3_000 + lot.nextLong(6_000)) * MIN.toNanos(); // longer than a session timeout
    }
    long millis = switch (lot.nextInt(10)) {
      case 0 -> 300 + lot.nextLong(2_000);
      case 1 -> 50 + lot.nextLong(500);
      default -> 1 + lot.nextLong(30);
    };
    return millis * MIN.toNanos();
  }

  @Override
  public boolean isDeaf(ShardingContext context) {
    return options.deaf() && lot(context).split().nextInt(50) == 0;
  }

  @Override
  public Result result(ShardingContext context) {
    SplittableRandom lot = lot(context).split();
    lot.nextInt();
    return switch (lot.nextInt(12)) {
      case 0 ->
        Result.failed(
            "bad luck", Duration.ofMillis(lot.nextInt(3) == 0 ? 1 + lot.nextLong(4_000) : 0));
      case 1 -> throw new IllegalStateException("worse luck");
      default -> Result.ok("done");
    };
  }
}
