package io.shardkeeper.core.ledger.adapter;

import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Subscription;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * A session as it stands, and those who are told when it changes. They are told how it stands when they are told, not how it stood when
 * it changed: a listener that lags behind sees the present. Threads share it.
 */
public final class SessionLevel {
  private final Mailbox mailbox;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private volatile Session now;

  public SessionLevel(Session now, Mailbox mailbox) {
    this.now = now;
    this.mailbox = mailbox;
  }

  /** How it stands. */
  public Session now() {
    return now;
  }

  /** From now on it stands like this. {@link Mailbox#wake} follows. */
  public void become(Session next) {
    if (!next.equals(now)) {
      now = next;
      listeners.forEach(Listener::post);
    }
  }

  /** Tells a listener how it stands, and of each change. {@link Mailbox#wake} follows. */
  public Subscription listen(Consumer<Session> told) {
    var listener = new Listener(told);
    listeners.add(listener);
    listener.post();
    return () -> listeners.remove(listener);
  }

  /** Nobody is told any more. */
  public void mute() {
    listeners.clear();
  }

  private final class Listener {
    private final Consumer<Session> told;

    private Listener(Consumer<Session> told) {
      this.told = told;
    }

    private void post() {
      mailbox.put(() -> {
        if (listeners.contains(this)) {
          told.accept(now);
        }
      });
    }
  }
}
