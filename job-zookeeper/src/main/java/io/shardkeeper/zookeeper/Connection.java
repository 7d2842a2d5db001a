package io.shardkeeper.zookeeper;

import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.LedgerException.Kind;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Session.Standing;
import io.shardkeeper.core.ledger.adapter.Mailbox;
import io.shardkeeper.core.ledger.adapter.SessionLevel;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryForever;
import org.apache.curator.utils.ZookeeperFactory;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Testable;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection of a ledger, and the sessions that follow each other on it. Threads share it.
 *
 * <pre>
 *              SyncConnected, root is there
 *   no session ────────────────────────────► CONNECTED ◄──── SyncConnected ────┐
 *       ▲                                        └──────── Disconnected ► SUSPENDED
 *       └─────────── Expired, ended by us, not authenticated ──┴───────────────┘
 * </pre>
 */
final class Connection {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  /** Pause before what failed is tried again. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** How often somebody is reminded that there is no connection. */
  private static final Duration REMINDER = Duration.ofSeconds(30);

  private final ZooKeeperSettings settings;
  private final ScheduledExecutorService housekeeping;
  private final Mailbox mailbox;
  private final SessionLevel session;
  private final Consumer<ZooKeeper> onConnected;
  private final List<ACL> acl;
  private final CuratorFramework curator;
  private final ScheduledFuture<?> reminder;

  /** Guards the fields below; held for memory only. */
  private final Object lock = new Object();

  private @Nullable ZooKeeper handle;
  /** Told when the session that is being ended is over; there is no handle until then. */
  private @Nullable CompletableFuture<Void> ending;

  private boolean closed;
  private long disconnectedSince;

  /** The present handle, while its session stands and is connected. */
  private volatile @Nullable ZooKeeper connected;

  Connection(
      ZooKeeperSettings settings,
      Mailbox mailbox,
      ScheduledExecutorService housekeeping,
      Consumer<ZooKeeper> onConnected) {
    this.settings = settings;
    this.housekeeping = housekeeping;
    this.mailbox = mailbox;
    this.onConnected = onConnected;
    this.session = new SessionLevel(Session.NONE, mailbox);
    this.acl = settings.acl();
    this.disconnectedSince = System.nanoTime();
    this.curator = newCurator();
    this.reminder = housekeeping.scheduleWithFixedDelay(
        this::remind, REMINDER.toMillis(), REMINDER.toMillis(), TimeUnit.MILLISECONDS);
  }

  void start() {
    curator.start();
  }

  private CuratorFramework newCurator() {
    int timeout = Math.toIntExact(settings.sessionTimeout().toMillis());
    return CuratorFrameworkFactory.builder()
        .connectString(settings.servers())
        .sessionTimeoutMs(timeout)
        .connectionTimeoutMs(timeout * 2 / 3)
        .retryPolicy(new RetryForever(Math.toIntExact(PAUSE.toMillis())))
        .zookeeperFactory(new Factory())
        .aclProvider(new OneAcl(acl))
        .zkClientConfig(settings.clientConfig())
        // A server list that changes by itself would lead past proxies and address translation.
        .ensembleTracker(false)
        .waitForShutdownTimeoutMs(timeout)
        .canBeReadOnly(false)
        .build();
  }

  SessionLevel session() {
    return session;
  }

  CuratorFramework curator() {
    return curator;
  }

  /** The handle to send to, if there is a connection. */
  @Nullable
  ZooKeeper connected() {
    return connected;
  }

  boolean isConnected(ZooKeeper of) {
    return of == connected;
  }

  /** Makes Curator's connection objects, so that it is known of which one an event comes. */
  private final class Factory implements ZookeeperFactory {
    @Override
    public ZooKeeper newZooKeeper(
        String servers, int timeout, Watcher watcher, boolean canBeReadOnly) throws IOException {
      return newZooKeeper(servers, timeout, watcher, canBeReadOnly, settings.clientConfig());
    }

    @Override
    public ZooKeeper newZooKeeper(
        String servers, int timeout, Watcher watcher, boolean canBeReadOnly, ZKClientConfig config)
        throws IOException {
      synchronized (lock) {
        if (closed) {
          throw new IOException("The ledger was closed");
        }
      }
      var made = new CompletableFuture<ZooKeeper>();
      Watcher both = event -> {
        if (event.getType() == EventType.None) {
          changed(made.join(), event);
        }
        watcher.process(event);
      };
      var fresh = new Handle(servers, timeout, both, config);
      // Before anything is asked: what is asked first would be asked as nobody.
      settings.credentials().ifPresent(credentials -> credentials.addTo(fresh));
      synchronized (lock) {
        handle = fresh;
        if (connected != null && !closed) {
          connected = null;
          session.become(Session.NONE);
        }
      }
      mailbox.wake();
      made.complete(fresh);
      return fresh;
    }
  }

  /**
   * A connection object that Curator cannot talk into giving its session up too early: it reckons by the wall clock, and one step of that
   * clock while the connection is lost would cost the session.
   */
  @SuppressWarnings("try") // ZooKeeper's own close() may be interrupted
  private final class Handle extends ZooKeeper {
    Handle(String servers, int timeout, Watcher watcher, ZKClientConfig config) throws IOException {
      super(servers, timeout, watcher, false, config);
    }

    @Override
    public Testable getTestable() {
      Testable real = super.getTestable();
      return new Testable() {
        @Override
        public void injectSessionExpiration() {
          if (mayBeOver()) {
            real.injectSessionExpiration();
          }
        }

        @Override
        public void queueEvent(WatchedEvent event) {
          real.queueEvent(event);
        }

        @Override
        public void closeSocket() throws IOException {
          real.closeSocket();
        }
      };
    }

    private boolean mayBeOver() {
      synchronized (lock) {
        boolean suspended = session.now().standing() == Standing.SUSPENDED;
        long silence = System.nanoTime() - disconnectedSince;
        return !suspended || silence >= session.now().timeout().toNanos();
      }
    }
  }

  /** Runs on ZooKeeper's event thread, behind all answers that came before. */
  private void changed(ZooKeeper of, WatchedEvent event) {
    if (!isPresent(of)) {
      return; // a former session's: what becomes of it no longer matters
    }
    switch (event.getState()) {
      case SyncConnected -> prepareRoot(of);
      case Disconnected -> {
        LOG.warn(
            "{}: lost the connection to ZooKeeper; session 0x{} is suspended; reconnecting",
            settings,
            Long.toHexString(of.getSessionId()));
        suspend(of);
      }
      case Expired -> {
        LOG.warn(
            "{}: session 0x{} is over: ZooKeeper ended it, or we gave it up after its timeout without connection; beginning a new one",
            settings,
            Long.toHexString(of.getSessionId()));
        become(null, Session.NONE);
      }
      case AuthFailed -> {
        LOG.error(
            "{}: ZooKeeper refused to authenticate us; trying again in {}: check credentials and certificates",
            settings,
            PAUSE);
        become(null, Session.NONE);
        later(PAUSE, () -> beginAnew(of, new CompletableFuture<>()));
      }
      default -> {
        // Closed: by us, who know. Authenticated: nothing changes. Read-only: never asked for.
      }
    }
  }

  private boolean isPresent(ZooKeeper of) {
    synchronized (lock) {
      return of == handle && !closed;
    }
  }

  private void suspend(ZooKeeper of) {
    Session present = session.now();
    boolean same = of.getSessionId() == present.id();
    become(null, same ? present.as(Standing.SUSPENDED) : Session.NONE);
  }

  private void become(@Nullable ZooKeeper nowConnected, Session next) {
    synchronized (lock) {
      if (closed) {
        return;
      }
      if (connected != null && nowConnected == null) {
        disconnectedSince = System.nanoTime();
      }
      connected = nowConnected;
      session.become(next);
    }
    mailbox.wake();
  }

  /** The path above all others has to be there before anybody may write, and somebody may have deleted it meanwhile. */
  private void prepareRoot(ZooKeeper of) {
    createRoot(of);
    of.exists(settings.root(), false, (rc, path, context, stat) -> rootIsThere(of, rc), null);
  }

  private void createRoot(ZooKeeper of) {
    String root = settings.root();
    for (int end = root.indexOf('/', 1); end > 0; end = root.indexOf('/', end + 1)) {
      create(of, root.substring(0, end));
    }
    create(of, root);
  }

  /** Somebody found it missing while there is a connection. It is made again, and if it was there all the time, nothing happens. */
  void rootIsGone() {
    ZooKeeper present = connected;
    if (present != null) {
      createRoot(present);
    }
  }

  private void create(ZooKeeper of, String path) {
    of.create(
        path,
        new byte[0],
        acl,
        CreateMode.PERSISTENT,
        (int rc, String asked, Object context, String name) -> {
          // Made now, made before, or not to be made by us: whether it is there is asked next.
        },
        null);
  }

  private void rootIsThere(ZooKeeper of, int rc) {
    if (!isPresent(of)) {
      return;
    }
    boolean closedToUs = rc == Code.NOAUTH.intValue(); // which it says only of what is there
    if (closedToUs) {
      LOG.error(
          "{}: {} is closed to us; what lies there is refused to us one by one: check the credentials",
          settings,
          settings.root());
    }
    if (rc == Code.OK.intValue() || closedToUs) {
      var timeout = Duration.ofMillis(of.getSessionTimeout());
      LOG.info(
          "{}: connected to ZooKeeper; session 0x{} ends after {} of silence",
          settings,
          Long.toHexString(of.getSessionId()),
          timeout);
      become(of, new Session(of.getSessionId(), Standing.CONNECTED, timeout));
      onConnected.accept(of);
    } else if (!Codes.isLost(rc)) {
      LOG.error(
          "{}: {} is not there and could not be created ({}); trying again in {}: check who may write above it",
          settings,
          settings.root(),
          Code.get(rc),
          PAUSE);
      later(PAUSE, () -> prepareRoot(of));
    }
  }

  private void remind() {
    long since;
    synchronized (lock) {
      if (connected != null || closed) {
        return;
      }
      since = disconnectedSince;
    }
    LOG.warn(
        "{}: no connection to ZooKeeper for {} s; still trying: is it running there, and can it be reached?{}",
        settings,
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - since),
        settings.isSecure()
            ? " Does it speak TLS there, with a certificate that is trusted here and names its host?"
            : "");
  }

  /** Has something told, in the order of all that is told. */
  void tell(Runnable told) {
    mailbox.post(told);
  }

  /** Has something done where it may block. */
  void later(Duration pause, Runnable work) {
    try {
      ScheduledFuture<?> unused =
          housekeeping.schedule(() -> attempt(work), pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("{}: nobody keeps house any more", settings, e);
    }
  }

  private void attempt(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.error("{}: what had to be done for the connection failed", settings, e);
    }
  }

  /** Ends the session for good, and begins a new one. */
  CompletionStage<Void> endSession() {
    var over = new CompletableFuture<Void>();
    ZooKeeper former;
    synchronized (lock) {
      if (closed) {
        return CompletableFuture.failedStage(
            new LedgerException(Kind.CLOSED, "Ending the session: the ledger was closed"));
      }
      if (ending != null && handle == null) {
        return ending; // the present one is being ended already, and there is no other yet
      }
      ending = over;
      former = handle;
      handle = null;
    }
    become(null, Session.NONE);
    try {
      housekeeping.execute(() -> beginAnew(former, over));
    } catch (RejectedExecutionException e) {
      forget(over);
      over.completeExceptionally(
          new LedgerException(Kind.CLOSED, "Ending the session: nobody keeps house any more"));
    }
    return over;
  }

  /** Ends the session of a connection object, unless another one has taken its place, and begins a new one. */
  private void beginAnew(@Nullable ZooKeeper former, CompletableFuture<Void> over) {
    boolean done;
    synchronized (lock) {
      done = closed || (handle != null && handle != former);
    }
    if (done) {
      sessionIsOver(over);
      return;
    }
    try {
      curator.getZookeeperClient().reset();
      sessionIsOver(over);
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      if (isClosed()) {
        sessionIsOver(over); // nobody wants a new one any more
      } else {
        LOG.warn("{}: no new session yet; trying again in {}", settings, PAUSE, e);
        later(PAUSE, () -> beginAnew(former, over));
      }
    }
  }

  private void sessionIsOver(CompletableFuture<Void> over) {
    forget(over);
    mailbox.post(() -> over.complete(null));
  }

  private void forget(CompletableFuture<Void> over) {
    synchronized (lock) {
      if (ending == over) {
        ending = null;
      }
    }
  }

  /** A task that was cancelled would wait in its queue for its time all the same. */
  private void forgetReminder() {
    reminder.cancel(false);
    if (housekeeping instanceof ThreadPoolExecutor pool && reminder instanceof Runnable task) {
      pool.remove(task);
    }
  }

  boolean isClosed() {
    synchronized (lock) {
      return closed;
    }
  }

  /** Ends the session, and everything that is under way. */
  void close() {
    CompletableFuture<Void> over;
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      over = ending;
      connected = null;
      session.mute();
      session.become(session.now().as(Standing.CLOSED));
    }
    forgetReminder();
    curator.close();
    if (over != null) {
      sessionIsOver(over);
    }
  }
}
