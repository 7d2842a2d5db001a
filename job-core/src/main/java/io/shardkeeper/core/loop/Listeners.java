package io.shardkeeper.core.loop;

import io.shardkeeper.listener.Listener;
import io.shardkeeper.listener.StateChange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of an application, and where they are told: beside the loop, in order, or on the thread of a handler. What they throw harms nobody. Any
 * thread may call it.
 */
public final class Listeners {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

  /** Kinds of failures that are remembered, so that they are not told again. */
  private static final int MOST_KINDS = 100;

  private final List<Listener> inOrder;
  private final List<Listener> inReverse;
  private final Beside beside;

  /** Failures that were logged. */
  private final Set<String> known = ConcurrentHashMap.newKeySet();

  /** Where listeners are told what is not told on the spot. In production a thread, in a simulation a later turn. */
  public interface Beside {
    /** Does it behind all that came before, and never keeps whoever asks waiting: if too much waits already, it is not done. */
    void add(int messages, Runnable telling);
  }

  /**
   * Something to be told.
   *
   * @param kind what it is, for the log
   * @param telling tells it to one listener
   */
  public record Message(String kind, Consumer<Listener> telling) {}

  /**
   * Listeners.
   *
   * @param all who is told, in this order
   * @param beside where they are told
   */
  public Listeners(List<? extends Listener> all, Beside beside) {
    this.inOrder = List.copyOf(all);
    var reverse = new ArrayList<Listener>(inOrder);
    Collections.reverse(reverse);
    this.inReverse = List.copyOf(reverse);
    this.beside = beside;
  }

  /** Nobody listens. */
  public static Listeners none() {
    return new Listeners(List.of(), (messages, telling) -> {});
  }

  /** Whether nobody listens. */
  public boolean isEmpty() {
    return inOrder.isEmpty();
  }

  /** Has all of them told this, behind whatever was to be told before: all of it or, if too much waits, nothing. */
  public void tell(List<Message> messages) {
    if (!isEmpty() && !messages.isEmpty()) {
      beside.add(
          messages.size(),
          () -> messages.forEach(message -> tell(inOrder, message.kind(), message.telling())));
    }
  }

  /** Has all of them told that the instance is in another state. */
  public void tell(StateChange change) {
    tell(List.of(new Message("stateChanged", listener -> listener.stateChanged(change))));
  }

  /** Tells all of them that something begins, here and now. */
  public void tellBegin(String kind, Consumer<Listener> what) {
    tell(inOrder, kind, what);
  }

  /** Tells all of them that it has ended, here and now: who came last is told first, so that whatever they have put up is taken down from above. */
  public void tellEnd(String kind, Consumer<Listener> what) {
    tell(inReverse, kind, what);
  }

  private void tell(List<Listener> who, String kind, Consumer<Listener> what) {
    for (Listener listener : who) {
      try {
        what.accept(listener);
      } catch (Throwable e) {
        // Errors too: it is a stranger's, and so is what it throws.
        String failure =
            listener.getClass().getName() + ' ' + kind + ' ' + e.getClass().getName();
        if (known.size() < MOST_KINDS && known.add(failure)) {
          LOG.error(
              "Listener {} failed in {}; all goes on without it, and the same is not told again",
              listener.getClass().getName(),
              kind,
              e);
        }
      }
    }
  }
}
