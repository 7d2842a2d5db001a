package io.shardkeeper.simulation;

import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.core.layout.Cursor;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.NodePath;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What has to be so when the bad luck of a play is over: soon after, all is well; some time after the last fire, all is quiet; and then
 * whatever stands in the ledger belongs to somebody. The {@link Checker} says what has to be so at any time.
 */
final class Aftermath {
  private final Premise premise;
  private final Cast cast;
  private final DrawnJobs jobs;
  private final SimulatedFleet fleet;
  private final SimulatedWorld world;
  private final Checker checker;

  Aftermath(Stage stage, Cast cast, DrawnJobs jobs) {
    this.premise = stage.premise;
    this.cast = cast;
    this.jobs = jobs;
    this.fleet = stage.fleet;
    this.world = stage.world();
    this.checker = stage.fleet.checker();
  }

  // ------------------------------------------------------------------ well

  /** Soon after the last misfortune somebody leads, everybody takes part, and whatever was due is decided. */
  void checkWell(Instant healedAt) {
    long leaders =
        cast.staying().stream().filter(node -> node.coordinating.isLeading()).count();
    if (leaders != 1) {
      checker.violated(leaders + " coordinate long after all was well again");
    }
    checkRegistered();
    checkDecided(healedAt);
    if (!premise.skews() && !premise.narrow()) {
      checker.wellFrom(world.clock().instant());
    }
  }

  private void checkRegistered() {
    Set<String> registered = new TreeSet<>(world.peekBelow(Layout.INSTANCES));
    for (SimulatedNode node : cast.staying()) {
      if (!registered.remove(node.instance.id())) {
        checker.violated(node + " is not registered long after all was well again");
      }
    }
    registered.removeIf(cast::hasLeft);
    if (!registered.isEmpty()) {
      checker.violated("registered, though nobody is there: " + registered);
    }
  }

  private void checkDecided(Instant healedAt) {
    Instant decided =
        world.peek(Layout.CURSOR).map(node -> Cursor.read(node.data()).at()).orElse(Instant.MIN);
    boolean due = jobs.defined().stream().anyMatch(job -> !checker.isFleeting(job.name()));
    if (due && decided.isBefore(premise.skews() ? healedAt.minus(Stage.SKEW) : healedAt)) {
      checker.violated("decided only up to " + decided + ", though all was well from " + healedAt);
    }
  }

  // ------------------------------------------------------------------ quiet

  /** Some time after the last fire nothing is under way any more. */
  void checkQuiet() {
    if (!fallsQuiet()) {
      checker.violated("not quiet long after the end: " + leftovers());
    }
  }

  private boolean fallsQuiet() {
    // The clock of who coordinates may be behind by so much.
    world.run(premise.skews() ? Duration.ofSeconds(50) : Duration.ofSeconds(5));
    int quiet = 0;
    boolean goesOn = true;
    // A play may ask one instance for more than it can do: that takes as long as it takes, but not
    // for ever.
    for (int i = 0; i < 60 || (i < 240 && goesOn); i++) {
      long before = checker.executions();
      world.run(Duration.ofSeconds(5));
      // What moves from one place to another while one looks is seen in none of them: look again.
      quiet = leftovers().isEmpty() ? quiet + 1 : 0;
      goesOn = quiet > 0 || checker.executions() > before;
      if (quiet == 3) {
        return true;
      }
    }
    return false;
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
    world
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

  // ------------------------------------------------------------------ tidy

  /** When all is quiet, whatever stands in the ledger belongs to somebody who is there. */
  void checkTidy() {
    Set<String> there = new TreeSet<>();
    fleet.living().forEach(node -> there.add(node.instance.id()));
    for (NodePath of : List.of(Layout.INSTANCES, Layout.INBOX, Layout.REPORTS)) {
      if (!there.containsAll(world.peekBelow(of))) {
        checker.violated(of + " has " + world.peekBelow(of) + ", and there are " + there);
      }
    }
    for (NodePath of : List.of(Layout.INBOX, Layout.COMMANDS)) {
      for (String one : world.peekBelow(of)) {
        for (String name : world.peekBelow(of.child(one))) {
          if (name.startsWith(Layout.QUESTION) || name.startsWith(Layout.REPLY)) {
            checker.violated("left though nobody asks any more: " + one + "/" + name);
          }
        }
      }
    }
    List<String> setAside = world.peekBelow(Layout.QUARANTINE);
    if (!setAside.isEmpty()) {
      checker.violated("set aside, though nobody wrote nonsense: " + setAside);
    }
  }
}
