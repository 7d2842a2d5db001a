package io.shardkeeper.core.instance;

import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.job.Job;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Definitions as tickets name them; read when they are met first, and remembered. Lives on the loop. */
final class Definitions {
  /** Definitions that are remembered, at most; about a kilobyte each. */
  private static final int MOST = 50_000;

  /** Definitions that are read at once, at most: the answers share the loop with those by which the lease is kept. */
  private static final int MOST_AT_ONCE = 64;

  private static final Duration BETWEEN_TRIES = Duration.ofMillis(200);

  private final Ledger ledger;
  private final Loop loop;
  private final Map<Key, Job> known = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Key, List<Consumer<Answer>>> asked = new HashMap<>();
  private final Deque<Key> toAsk = new ArrayDeque<>();
  private int underWay;

  Definitions(Ledger ledger, Loop loop) {
    this.ledger = ledger;
    this.loop = loop;
  }

  private record Key(String job, long generation, int revision) {}

  /** What became of a definition that a ticket names. */
  sealed interface Answer {
    record Found(Job job) implements Answer {}

    record Newer(String why) implements Answer {}

    record Gone(String why) implements Answer {}
  }

  /** Tells the definition of what an assignment is of: now if it is known, else when it is read. */
  void find(Assignment what, Consumer<Answer> told) {
    var key =
        new Key(what.run().id().job(), what.run().id().generation(), what.run().revision());
    Job job = known.get(key);
    if (job != null) {
      told.accept(new Answer.Found(job));
      return;
    }
    List<Consumer<Answer>> waiting = asked.get(key);
    if (waiting != null) {
      waiting.add(told);
      return;
    }
    asked.put(key, new ArrayList<>(List.of(told)));
    toAsk.add(key);
    askMore();
  }

  private void askMore() {
    while (underWay < MOST_AT_ONCE && !toAsk.isEmpty()) {
      underWay++;
      ask(toAsk.remove());
    }
  }

  private void ask(Key key) {
    ledger.read(Layout.job(key.job())).whenComplete((node, failure) -> {
      if (failure != null) {
        // Nobody knows: somebody waits for the answer, so it is asked again.
        Subscription unused = loop.at(loop.nanos() + BETWEEN_TRIES.toNanos(), () -> ask(key));
        return;
      }
      underWay--;
      Answer answer = answer(key, node);
      if (answer instanceof Answer.Found found) {
        known.put(key, found.job());
        if (known.size() > MOST) {
          known.remove(known.keySet().iterator().next());
        }
      }
      List<Consumer<Answer>> waiting = asked.remove(key);
      if (waiting != null) {
        waiting.forEach(told -> told.accept(answer));
      }
      askMore();
    });
  }

  private static Answer answer(Key key, Optional<Node> read) {
    if (read.isEmpty() || read.get().creation() != key.generation()) {
      return new Answer.Gone("the job was deleted");
    }
    if (read.get().version() != key.revision()) {
      return new Answer.Newer("its definition has changed since it was planned");
    }
    try {
      return new Answer.Found(JobDocument.parse(read.get().data().text()).job());
    } catch (IllegalArgumentException e) {
      return new Answer.Newer("its definition cannot be read here: " + e.getMessage());
    }
  }
}
