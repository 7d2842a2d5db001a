package io.shardkeeper.zookeeper;

import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.Hint;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.LedgerException.Kind;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.ledger.Transaction.Lifetime;
import io.shardkeeper.core.ledger.Transaction.Step;
import io.shardkeeper.core.ledger.adapter.HintRelay;
import io.shardkeeper.core.ledger.adapter.Mailbox;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ledger on ZooKeeper. Threads share it.
 *
 * <p>Curator looks after the connection, and makes a new session when one is over. Commits and questions do not pass through it: it
 * repeats what was lost, and a repeated write can land twice, or behind the one that was to follow it. They go to the connection object
 * of one session, once, in their order; what became of them when an answer is lost is for the caller to find out.
 *
 * <p>ZooKeeper's event thread only puts things into a mailbox. What may block, such as the end of a session, is done by whoever keeps
 * house.
 */
public final class ZooKeeperLedger implements Ledger {
  private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperLedger.class);

  /** Nodes that are remembered because an answer about them was lost, at most. */
  private static final int MOST_SUSPECTS = 1_000;

  /** Content that ZooKeeper's client still takes from a server that allows more than it does by default. */
  private static final int MOST_DATA = 1_000_000;

  private final ZooKeeperSettings settings;
  private final Mailbox mailbox;
  private final Connection connection;
  private final Watches watches;
  private final List<ACL> acl;
  private final AtomicInteger commits = new AtomicInteger();
  private final AtomicInteger questions = new AtomicInteger();
  private final AtomicBoolean probed = new AtomicBoolean();

  /** Whether a question was refused because there were too many: whoever asked waits for a hint. */
  private final AtomicBoolean crowded = new AtomicBoolean();

  /** Nodes about which an answer was lost with the connection: perhaps because it was larger than a connection endures. */
  private final Set<NodePath> suspects = ConcurrentHashMap.newKeySet();

  private volatile List<String> warnings = List.of();

  private ZooKeeperLedger(
      ZooKeeperSettings settings, Executor events, ScheduledExecutorService housekeeping) {
    this.settings = settings;
    this.acl = settings.acl();
    this.mailbox = new Mailbox(events);
    this.connection = new Connection(settings, mailbox, housekeeping, this::connected);
    this.watches = new Watches(settings, connection, mailbox);
  }

  /**
   * Opens a ledger. It connects in the background, and goes on trying for ever: {@link #onSession} tells when it is connected.
   *
   * @param events is told everything, one after the other; it must not refuse tasks while the ledger is open
   * @param housekeeping does, seldom, what may take as long as a session timeout: the end of a session, a second attempt. It should have
   *     two threads at least, so that one of these does not wait for another
   */
  public static ZooKeeperLedger open(
      ZooKeeperSettings settings, Executor events, ScheduledExecutorService housekeeping) {
    var ledger = new ZooKeeperLedger(settings, events, housekeeping);
    ledger.connection.start();
    return ledger;
  }

  private void connected(ZooKeeper present) {
    watches.placeAll(present);
    if (probed.compareAndSet(false, true)) {
      connection.later(Duration.ZERO, () -> {
        warnings = EnsembleProbe.look(settings, present);
        warnings.forEach(warning -> LOG.warn("{}: {}", settings, warning));
      });
    }
  }

  /** What was found at the first connection, and ought to be otherwise. */
  public List<String> warnings() {
    return warnings;
  }

  Connection connection() {
    return connection;
  }

  ZooKeeperSettings settings() {
    return settings;
  }

  // -------------------------------------------------------------- commits

  @Override
  public CompletionStage<CommitResult> commit(Transaction transaction) {
    var done = new CompletableFuture<CommitResult>();
    ZooKeeper present = connection.connected();
    if (present == null || !mayGoUnderWay(commits)) {
      mailbox.post(() -> done.complete(CommitResult.UNKNOWN));
      return done;
    }
    present.multi(
        operations(transaction),
        (rc, path, context, results) -> {
          CommitResult result = Codes.ofCommit(rc, results);
          if (isBelowTheRoot(result, transaction)) {
            connection.rootIsGone();
          }
          commits.decrementAndGet();
          mailbox.post(() -> done.complete(result));
        },
        null);
    return done;
  }

  /** Whether nothing was there for a step right below the root: perhaps because the root is gone. */
  private static boolean isBelowTheRoot(CommitResult result, Transaction transaction) {
    return result.refusal() == Refusal.ABSENT
        && transaction.steps().get(result.step()).path().parent().isRoot();
  }

  private List<Op> operations(Transaction transaction) {
    List<Op> operations = new ArrayList<>(transaction.steps().size());
    for (Step step : transaction.steps()) {
      operations.add(operation(step, settings.full(step.path())));
    }
    return operations;
  }

  private Op operation(Step step, String path) {
    if (step instanceof Step.Create create) {
      return Op.create(path, create.data().array(), acl, mode(create.lifetime()));
    } else if (step instanceof Step.Put put) {
      return Op.setData(path, put.data().array(), put.version());
    } else if (step instanceof Step.Delete delete) {
      return Op.delete(path, delete.version());
    }
    return Op.check(path, ((Step.Check) step).version());
  }

  private static CreateMode mode(Lifetime lifetime) {
    return switch (lifetime) {
      case PERSISTENT -> CreateMode.PERSISTENT;
      case EPHEMERAL -> CreateMode.EPHEMERAL;
      case CONTAINER -> CreateMode.CONTAINER;
    };
  }

  private static boolean mayGoUnderWay(AtomicInteger underWay) {
    if (underWay.incrementAndGet() <= MOST_UNDER_WAY) {
      return true;
    }
    underWay.decrementAndGet();
    return false;
  }

  // ------------------------------------------------------------ questions

  @Override
  public CompletionStage<Optional<Node>> read(NodePath path) {
    return new Question<Optional<Node>>(
            path,
            Optional.empty(),
            true,
            (of, question) -> of.getData(
                settings.full(path),
                false,
                (int rc, String asked, Object context, byte[] data, Stat stat) ->
                    question.end(rc, () -> Optional.of(Codes.node(data, stat))),
                null))
        .begin();
  }

  @Override
  public CompletionStage<Optional<List<String>>> list(NodePath path) {
    return new Question<Optional<List<String>>>(
            path,
            Optional.empty(),
            true,
            (of, question) -> of.getChildren(
                settings.full(path),
                false,
                (int rc, String asked, Object context, List<String> names) ->
                    question.end(rc, () -> Optional.of(sorted(path, names))),
                null))
        .begin();
  }

  private static List<String> sorted(NodePath path, List<String> names) {
    if (names.size() > MOST_CHILDREN) {
      throw LedgerException.tooManyChildren(path, names.size());
    }
    return names.stream().filter(path::mayHave).sorted().toList();
  }

  @Override
  public CompletionStage<Void> barrier() {
    return new Question<Boolean>(
            NodePath.ROOT,
            false,
            false,
            (of, question) -> of.sync(
                settings.root(), (rc, asked, context) -> question.end(rc, () -> true), null))
        .begin()
        .thenApply(done -> null);
  }

  /** Something asked once. If an earlier answer about the same node was lost, its size is asked first. */
  private final class Question<T> {
    private final NodePath path;
    private final T absent;
    private final boolean mayBeLarge;
    private final BiConsumer<ZooKeeper, Question<T>> asking;
    private final CompletableFuture<T> done = new CompletableFuture<>();

    private Question(
        NodePath path, T absent, boolean mayBeLarge, BiConsumer<ZooKeeper, Question<T>> asking) {
      this.path = path;
      this.mayBeLarge = mayBeLarge;
      this.absent = absent;
      this.asking = asking;
    }

    private CompletionStage<T> begin() {
      ZooKeeper present = connection.connected();
      if (present == null) {
        refuse(notConnected());
      } else if (!mayGoUnderWay(questions)) {
        crowded.set(true);
        refuse(new LedgerException(
            Kind.BUSY,
            "Reading " + path + ": " + MOST_UNDER_WAY
                + " questions are under way; wait for some of their answers"));
      } else if (mayBeLarge && suspects.contains(path)) {
        askSize(present);
      } else {
        asking.accept(present, this);
      }
      return done;
    }

    private LedgerException notConnected() {
      return connection.isClosed()
          ? new LedgerException(Kind.CLOSED, "Reading " + path + ": the ledger was closed")
          : new LedgerException(
              Kind.UNAVAILABLE, "Reading " + path + ": there is no connection at present");
    }

    private void askSize(ZooKeeper present) {
      present.exists(
          settings.full(path),
          false,
          (rc, asked, context, stat) -> {
            if (rc == Code.OK.intValue() && isSmall(stat)) {
              asking.accept(present, this);
            } else {
              end(rc, () -> {
                throw tooLarge(stat);
              });
            }
          },
          null);
    }

    private boolean isSmall(Stat stat) {
      return stat.getNumChildren() <= MOST_CHILDREN && stat.getDataLength() <= MOST_DATA;
    }

    private LedgerException tooLarge(Stat stat) {
      return stat.getNumChildren() > MOST_CHILDREN
          ? LedgerException.tooManyChildren(path, stat.getNumChildren())
          : new LedgerException(
              Kind.TOO_LARGE,
              "Reading " + path + ": it holds " + stat.getDataLength()
                  + " bytes; an answer has at most " + MOST_DATA);
    }

    /** Runs on ZooKeeper's event thread. */
    private void end(int rc, Supplier<T> found) {
      if (questions.decrementAndGet() < MOST_UNDER_WAY / 2 && crowded.compareAndSet(true, false)) {
        watches.askAgain();
      }
      if (rc == Code.OK.intValue()) {
        suspects.remove(path);
        try {
          T answer = found.get();
          mailbox.post(() -> done.complete(answer));
        } catch (LedgerException e) {
          refuse(e);
        }
      } else if (rc == Code.NONODE.intValue()) {
        suspects.remove(path);
        if (path.isRoot()) {
          connection.rootIsGone();
        }
        mailbox.post(() -> done.complete(absent));
      } else {
        if (mayBeLarge && Codes.isLost(rc) && suspects.size() < MOST_SUSPECTS) {
          suspects.add(path);
        }
        refuse(Codes.ofQuestion(rc, path));
      }
    }

    private void refuse(LedgerException refusal) {
      mailbox.post(() -> done.completeExceptionally(refusal));
    }
  }

  // ------------------------------------------------------ watches, sessions

  @Override
  public Subscription watch(NodePath root, Consumer<Hint> told) {
    var relay = new HintRelay(root, told, mailbox, watches::remove);
    watches.add(relay);
    return relay;
  }

  @Override
  public Session session() {
    return connection.session().now();
  }

  @Override
  public Subscription onSession(Consumer<Session> told) {
    Subscription subscription = connection.session().listen(told);
    mailbox.wake();
    return subscription;
  }

  @Override
  public CompletionStage<Void> endSession() {
    return connection.endSession();
  }

  @Override
  public void close() {
    watches.close();
    connection.close();
  }
}
