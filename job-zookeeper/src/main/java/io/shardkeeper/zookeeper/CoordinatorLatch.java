package io.shardkeeper.zookeeper;

import io.shardkeeper.core.coordinator.Latch;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Subscription;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatch.CloseMode;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue of those who would coordinate, by Curator's recipe, under supervision. The recipe can end without a leader: what goes wrong
 * while it joins it only logs. So whoever finds no node of its own in the queue for a session timeout joins again; and whoever has a new
 * session does so at once. Threads share it.
 */
public final class CoordinatorLatch implements Latch {
  private static final Logger LOG = LoggerFactory.getLogger(CoordinatorLatch.class);
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  /** Who is not first and has fewer before it than this is near. */
  private static final int NEAR = 3;

  /** How much later it looks for its place again for each who stands in the queue: a thousand must not read it all the time. */
  private static final Duration FOR_EACH = Duration.ofMillis(60);

  /** How long the session may take to end after the latch was closed, as a rule. */
  private static final Duration BEFORE_LEAVING = Duration.ofSeconds(2);

  private final ZooKeeperLedger ledger;
  private final NodePath queue;
  private final String candidate;
  private final Subscription sessions;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /** Guards the fields below; held for memory only. */
  private final Object lock = new Object();

  private @Nullable LeaderLatch recipe;
  private long joinedIn = Session.NOBODY;
  private long missingSince;
  private boolean missing;
  private boolean closed;
  private boolean near;
  private long nextCount = System.nanoTime();

  private CoordinatorLatch(ZooKeeperLedger ledger, NodePath queue, String candidate) {
    this.ledger = ledger;
    this.queue = queue;
    this.candidate = candidate;
    this.sessions = ledger.onSession(this::sessionChanged);
  }

  /**
   * Joins a queue.
   *
   * @param queue the node below which the candidates stand, such as {@code /coordinator/latch}
   * @param candidate who stands there, as others are to read it
   */
  public static CoordinatorLatch join(ZooKeeperLedger ledger, NodePath queue, String candidate) {
    var latch = new CoordinatorLatch(ledger, queue, candidate);
    latch.lookLater();
    return latch;
  }

  @Override
  public boolean isFirst() {
    Session session = ledger.session();
    synchronized (lock) {
      return recipe != null
          && session.isConnected()
          && session.id() == joinedIn
          && recipe.hasLeadership();
    }
  }

  @Override
  public boolean isNear() {
    synchronized (lock) {
      return near;
    }
  }

  @Override
  public Subscription onChange(Runnable told) {
    listeners.add(told);
    return () -> listeners.remove(told);
  }

  @Override
  public void requeue() {
    ledger.connection().later(Duration.ZERO, this::joinAgain);
  }

  private void sessionChanged(Session session) {
    boolean other;
    synchronized (lock) {
      other = session.isConnected() && session.id() != joinedIn && !closed;
      if (other) {
        joinedIn = session.id();
      }
    }
    if (other) {
      requeue();
    }
    changed();
  }

  private void changed() {
    listeners.forEach(ledger.connection()::tell);
  }

  /** Where it may take long: the recipe talks to ZooKeeper when it closes. */
  private void joinAgain() {
    var fresh = new LeaderLatch(
        ledger.connection().curator(), ledger.settings().full(queue), candidate, CloseMode.SILENT);
    fresh.addListener(
        new LeaderLatchListener() {
          @Override
          public void isLeader() {
            changed();
          }

          @Override
          public void notLeader() {
            changed();
          }
        },
        ledger.connection()::tell);
    LeaderLatch former;
    synchronized (lock) {
      if (closed) {
        return;
      }
      former = recipe;
      recipe = fresh;
      missing = false;
    }
    leave(former);
    try {
      fresh.start();
    } catch (Exception e) {
      LOG.warn("{}: joining the queue {} failed; trying again soon", ledger.settings(), queue, e);
    }
    boolean over;
    synchronized (lock) {
      over = recipe != fresh;
    }
    if (over) {
      leave(fresh);
    }
  }

  private void leave(@Nullable LeaderLatch former) {
    if (former != null
        && former.getState() == LeaderLatch.State.STARTED
        && !ledger.connection().isClosed()) {
      try {
        former.close();
      } catch (IOException | IllegalStateException e) {
        LOG.warn(
            "{}: leaving the queue {} failed; our place there ends with the session",
            ledger.settings(),
            queue,
            e);
      }
    }
  }

  private void lookLater() {
    ledger.connection().later(BETWEEN_LOOKS, this::look);
  }

  /** Looks whether our place in the queue is there. */
  private void look() {
    LeaderLatch present;
    synchronized (lock) {
      if (closed || ledger.connection().isClosed()) {
        return;
      }
      present = recipe;
    }
    lookLater();
    if (present == null || !ledger.session().isConnected()) {
      return;
    }
    Optional<NodePath> place =
        Optional.ofNullable(present.getOurPath()).flatMap(ledger.settings()::within);
    if (place.isEmpty()) {
      seen(false);
    } else {
      // No answer tells nothing: the next look may.
      CompletionStage<?> unused =
          ledger.read(place.get()).thenAccept(node -> seen(node.isPresent()));
      countBefore(place.get().name());
    }
  }

  /** Looks now and then how many stand before it. */
  private void countBefore(String own) {
    synchronized (lock) {
      if (System.nanoTime() - nextCount < 0) {
        return;
      }
    }
    CompletionStage<?> unused =
        ledger.list(queue).thenAccept(names -> counted(own, names.orElse(List.of())));
  }

  private void counted(String own, List<String> names) {
    long before =
        names.stream().filter(name -> turn(name).compareTo(turn(own)) < 0).count();
    boolean news;
    synchronized (lock) {
      nextCount = System.nanoTime() + names.size() * FOR_EACH.toNanos();
      boolean now = before < NEAR;
      news = near != now;
      near = now;
    }
    if (news) {
      changed();
    }
  }

  /** The recipe names places by a random part and a number of ten digits. */
  private static String turn(String place) {
    return place.substring(Math.max(0, place.length() - 10));
  }

  /** Whether our place in the queue was not there at the last look. */
  boolean isMissing() {
    synchronized (lock) {
      return missing;
    }
  }

  private void seen(boolean there) {
    boolean tooLong;
    synchronized (lock) {
      long now = System.nanoTime();
      if (!there && !missing) {
        missingSince = now;
      }
      missing = !there;
      tooLong = missing && now - missingSince > ledger.session().timeout().toNanos();
    }
    if (tooLong) {
      LOG.warn("{}: our place in the queue {} is gone; joining again", ledger.settings(), queue);
      requeue();
    }
  }

  @Override
  public void close() {
    LeaderLatch last;
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      last = recipe;
      recipe = null;
    }
    sessions.close();
    listeners.clear();
    if (last == null || last.hasLeadership()) {
      leave(last);
    } else {
      // Nobody waits for a place that is not the first. As a rule the session ends at once, and the
      // place with it; the recipe would
      // complain of a list that it asked for before it was closed.
      ledger.connection().later(BEFORE_LEAVING, () -> leave(last));
    }
  }
}
