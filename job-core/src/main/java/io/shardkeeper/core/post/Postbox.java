package io.shardkeeper.core.post;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.core.engine.Foundation;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Mirror;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.loop.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The box of a client, and its life. It is opened when somebody wants it, and nothing turns while nobody does.
 *
 * <pre>
 *   NONE ──wanted──► OPENING ──made, or taken over──► OPEN ──another session──► NONE
 *                                                      └────gone──► NONE, under another id
 * </pre>
 *
 * <p>The box outlives a session: the next one takes it over. Only if it is gone, because its client was away for too long, a new one is made,
 * under a new id. Lives on the loop.
 */
public final class Postbox implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Postbox.class);

  /** Characters of the id of a client, at most: it is a part of the marks of runs. */
  private static final int ID = 24;

  private final Ledger ledger;
  private final Loop loop;
  private final Asking asking;
  private final Supplier<String> ids;
  private final Tenant tenant;
  private final Subscription subscription;
  private final List<CompletableFuture<String>> wanted = new ArrayList<>();
  private BiConsumer<NodePath, Node> replied = (path, node) -> {};

  private String id;
  private Standing standing = Standing.NONE;
  private boolean mayBeThere;
  private long session;
  private @Nullable Duration ahead;
  private @Nullable Mirror mirror;
  private boolean turning;
  private boolean closed;

  private enum Standing {
    /** Nobody owns the box. */
    NONE,
    /** It is being made, or taken over. */
    OPENING,
    /** It is ours in this session. */
    OPEN
  }

  /** Who has commands in the box, and is told what becomes of it. */
  interface Tenant {
    /** Whether it wants nothing of the box at present. */
    boolean isIdle();

    /** Whether nothing of it stands in the box, or may still come there. */
    boolean leavesNothing();

    /** The box is ours: it may send. */
    void turn();

    /** The box has another content. */
    void answered(Node box);

    /** All that stands in the box is known. */
    void seen(Set<NodePath> there);

    /** The box is gone, with all that was in it, and the next one has another id. */
    void lost();

    /** The box cannot be made. */
    void refused(Throwable why);
  }

  /**
   * A box that is not opened yet.
   *
   * @param ids makes ids of at most 24 letters, digits and '-' that nobody had before
   * @param tenant is told nothing before somebody wants the box
   */
  Postbox(Ledger ledger, Loop loop, Asking asking, Supplier<String> ids, Tenant tenant) {
    this.ledger = ledger;
    this.loop = loop;
    this.asking = asking;
    this.ids = ids;
    this.tenant = tenant;
    this.id = checkId(ids.get());
    this.subscription = ledger.onSession(now -> loop.execute(this::sessionChanged));
  }

  private static String checkId(String id) {
    if (!id.matches("[A-Za-z0-9-]{1," + ID + "}")) {
      throw new IllegalArgumentException("The id of a client cannot be '" + id + "'; it has 1 to "
          + ID + " letters, digits and '-', a random part among them");
    }
    return id;
  }

  // ------------------------------------------------------------------ who wants it

  /** Who is told of what instances have answered. */
  public void onReply(BiConsumer<NodePath, Node> told) {
    replied = told;
  }

  /** The id of the box, as soon as that is ours. */
  public CompletionStage<String> opened() {
    if (standing == Standing.OPEN) {
      return CompletableFuture.completedStage(id);
    }
    var opened = new CompletableFuture<String>();
    wanted.add(opened);
    turnSoon();
    return opened;
  }

  /** How far the clock of the ledger is ahead of ours: the box has its date from there. */
  public CompletionStage<Duration> ahead() {
    Duration known = ahead;
    return known == null
        ? opened().thenCompose(open -> ahead())
        : CompletableFuture.completedStage(known);
  }

  /** The time of the ledger, as far as it is known. */
  public Instant now() {
    return ahead == null ? loop.wall() : loop.wall().plus(ahead);
  }

  /** The id under which it stands, or would. */
  public String id() {
    return id;
  }

  NodePath path() {
    return Layout.COMMANDS.child(id);
  }

  /** Whether it is still the one at that place. */
  boolean isAt(NodePath place) {
    return !closed && path().equals(place);
  }

  boolean isClosed() {
    return closed;
  }

  /** Goes on with what is to be done, in a turn of its own: there is more to send, or room for it. */
  void turnSoon() {
    if (!turning && !closed) {
      turning = true;
      loop.execute(() -> {
        turning = false;
        turn();
      });
    }
  }

  private void turn() {
    boolean idle = wanted.isEmpty() && tenant.isIdle();
    if (closed || idle || !ledger.session().isConnected()) {
      return;
    }
    if (standing == Standing.NONE) {
      open();
    }
    if (standing == Standing.OPEN) {
      tenant.turn();
    }
  }

  private void sessionChanged() {
    if (closed) {
      return;
    }
    if (standing == Standing.OPEN && ledger.session().id() != session) {
      standing = Standing.NONE;
    }
    turnSoon();
  }

  // ------------------------------------------------------------------ opening

  private void open() {
    standing = Standing.OPENING;
    asking
        .ask(() -> Foundation.lay(ledger))
        .thenAccept(done -> own(false))
        .exceptionally(this::refused);
  }

  private @Nullable Void refused(Throwable failure) {
    LOG.error("The box of client {} cannot be made: {}", id, failure.getMessage());
    standing = Standing.NONE;
    Throwable why = Asking.told(failure);
    tenant.refused(why);
    takeWanted().forEach(opened -> opened.completeExceptionally(why));
    return null;
  }

  private List<CompletableFuture<String>> takeWanted() {
    List<CompletableFuture<String>> taken = List.copyOf(wanted);
    wanted.clear();
    return taken;
  }

  /** Makes the box, or takes it over from a session before. */
  private void own(boolean displace) {
    if (closed) {
      return;
    }
    long by = ledger.session().id();
    Instant asked = loop.wall();
    NodePath owner = Layout.owner(path());
    Transaction.Builder steps = Transaction.builder();
    if (mayBeThere) {
      steps.checkPresent(path());
    } else {
      steps.create(path(), Bytes.NONE);
    }
    if (displace) {
      steps.delete(
          owner,
          Transaction.ANY_VERSION); // of our former session, whose end the far end has not noticed
    }
    steps.createEphemeral(owner, Bytes.NONE);
    ledger.commit(steps.build()).thenAccept(result -> {
      if (closed) {
        return;
      }
      switch (result.kind()) {
        case APPLIED -> owned(by, asked);
        case UNKNOWN -> {
          mayBeThere = true;
          reopenLater();
        }
        case CONFLICT -> notOwned(result, displace);
      }
    });
  }

  private void reopenLater() {
    standing = Standing.NONE;
    asking.again(this::turnSoon);
  }

  private void notOwned(CommitResult result, boolean displace) {
    Refusal refusal = result.refusal();
    if (refusal == Refusal.DENIED) {
      refused(
          new JobClientException(Reason.UNAVAILABLE, "These credentials must not write " + path()));
    } else if (refusal == Refusal.EXISTS && !mayBeThere) {
      id = checkId(ids.get()); // somebody else's
      own(false);
    } else if (refusal == Refusal.EXISTS) {
      own(true);
    } else if (displace && result.step() > 0) {
      own(false); // the former session has ended in between
    } else if (mayBeThere) {
      lost();
    } else {
      reopenLater(); // the directory of boxes is not there yet
    }
  }

  private void owned(long by, Instant asked) {
    mayBeThere = true;
    session = by;
    Instant answered = loop.wall();
    Instant middle = asked.plus(Duration.between(asked, answered).dividedBy(2));
    asking.read(Layout.owner(path())).thenAccept(owner -> {
      if (closed || standing != Standing.OPENING) {
        return;
      }
      if (owner.isEmpty() || ledger.session().id() != by) {
        reopenLater();
        return;
      }
      ahead = Duration.between(middle, owner.get().modified());
      standing = Standing.OPEN;
      if (mirror == null) {
        mirror = new Mirror(ledger, path(), this::changed);
        mirror.start();
      }
      takeWanted().forEach(opened -> opened.complete(id));
      turnSoon();
    });
  }

  // ------------------------------------------------------------------ what stands in it

  private void changed(Mirror.Change change) {
    if (closed) {
      return;
    }
    if (change instanceof Mirror.Change.Appeared appeared && isAt(appeared.path())) {
      tenant.answered(appeared.node());
    } else if (change instanceof Mirror.Change.Appeared appeared
        && appeared.path().name().startsWith(Layout.REPLY)) {
      replied.accept(appeared.path(), appeared.node());
    } else if (change instanceof Mirror.Change.Changed changed && isAt(changed.path())) {
      tenant.answered(changed.node());
    } else if (change instanceof Mirror.Change.Vanished vanished
        && isAt(vanished.path())
        && standing == Standing.OPEN) {
      lost();
    } else if (change instanceof Mirror.Change.Settled && mirror != null) {
      tenant.seen(mirror.nodes().keySet());
    }
  }

  /** It is gone, with the commands that were in it. */
  void lost() {
    LOG.info("The box of client {} is gone; it goes on under another id", id);
    if (mirror != null) {
      mirror.close();
      mirror = null;
    }
    id = checkId(ids.get());
    mayBeThere = false;
    standing = Standing.NONE;
    tenant.lost();
    turnSoon();
  }

  /** Gives it back. With nothing open nobody else will write to it, so it goes at once; else whoever coordinates sweeps it. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    subscription.close();
    if (mirror != null) {
      mirror.close();
    }
    if (standing == Standing.OPEN && ledger.session().isConnected()) {
      Transaction.Builder steps = Transaction.builder();
      steps.delete(Layout.owner(path()), Transaction.ANY_VERSION);
      if (tenant.leavesNothing()) {
        steps.delete(path(), Transaction.ANY_VERSION);
      }
      CompletionStage<CommitResult> unused = ledger.commit(steps.build());
    }
  }
}
