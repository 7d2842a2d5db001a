package io.shardkeeper.core.engine;

import io.shardkeeper.core.books.Draft;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.core.loop.Listeners.Message;
import io.shardkeeper.listener.FiresSkipped;
import io.shardkeeper.listener.RunBegin;
import java.util.ArrayList;
import java.util.List;

/** What listeners are told of a transaction that has landed. Lives on the loop. */
final class News {
  private final Listeners listeners;

  News(Listeners listeners) {
    this.listeners = listeners;
  }

  /** Whether anybody wants to be told. */
  boolean isWanted() {
    return !listeners.isEmpty();
  }

  /** Tells what was decided: first what begins, so that of a run that ends with the same transaction the end comes last. */
  void tell(Draft.Decided decided) {
    List<Message> messages = new ArrayList<>();
    decided.begun().forEach(begun -> messages.add(begins(begun)));
    for (Entry entry : decided.ended()) {
      if (entry instanceof Entry.Run run) {
        messages.add(new Message("runEnded", listener -> listener.runEnded(run.view(List.of()))));
      } else if (entry instanceof Entry.Skip skip) {
        messages.add(skipped(skip));
      }
    }
    listeners.tell(messages);
  }

  private static Message begins(Draft.Begun begun) {
    RunPlan run = begun.run();
    var begin = new RunBegin(
        run.id().text(),
        run.id().job(),
        run.scheduledAt(),
        begun.shards(),
        run.parameters(),
        run.origin());
    return new Message("runBegins", listener -> listener.runBegins(begin));
  }

  private static Message skipped(Entry.Skip skip) {
    var skipped = new FiresSkipped(
        skip.job(), skip.first(), skip.last(), skip.fires(), skip.outcome(), skip.reason());
    return new Message("firesSkipped", listener -> listener.firesSkipped(skipped));
  }
}
