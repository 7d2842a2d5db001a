package io.shardkeeper.zookeeper;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;
import org.apache.zookeeper.util.ServiceUtils;
import org.jspecify.annotations.Nullable;

/**
 * Three ZooKeepers in this process, which elect a leader. Servers are numbered 1 to 3. Of one thread.
 *
 * <p>A follower connects to its leader. Each server is told wrong addresses of the others, those of relays, so that what
 * the leader says to one follower can be kept back while that connection stays. The elections go straight.
 *
 * <pre>
 *   follower ── asks, acknowledges ──► relay ──► leader
 *            ◄── held or not ───────── relay ◄── proposes, commits, answers
 * </pre>
 *
 * <p>A follower that is held for {@link #LONGEST_HOLD} gives up its leader. The leader hears of sessions from the
 * followers: those of clients at a held follower end after their timeout.
 */
final class TestEnsemble implements AutoCloseable {
  static final int SIZE = 3;

  private static final int SYNC_LIMIT = 60; // in ticks
  static final Duration LONGEST_HOLD = TestServer.TICK.multipliedBy(SYNC_LIMIT);

  private static final int TRIES = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String LOOPBACK = "127.0.0.1";

  static {
    TestServer.prepareJvm();
  }

  private final Path directory;
  private final Ports ports;
  private final List<Relay> relays = new ArrayList<>();
  private final @Nullable Member[] members = new Member[SIZE];

  /** The ports of the servers that were stopped. */
  private final Map<Integer, List<KeptPort>> kept = new HashMap<>();

  private TestEnsemble(Path directory, Ports ports) {
    this.directory = directory;
    this.ports = ports;
  }

  /** Three servers with a leader among them. */
  static TestEnsemble start(Path directory) throws Exception {
    // Between the search for free ports and their use somebody may take one.
    for (int attempt = 1; ; attempt++) {
      var ensemble = new TestEnsemble(directory.resolve("ensemble-" + attempt), Ports.free());
      try {
        ensemble.startAll();
        return ensemble;
      } catch (IOException | TimeoutException e) {
        ensemble.close();
        if (attempt == TRIES) {
          throw e;
        }
      }
    }
  }

  private void startAll() throws Exception {
    for (int from = 1; from <= SIZE; from++) {
      for (int to = 1; to <= SIZE; to++) {
        if (from != to) {
          relays.add(new Relay(from, to, ports.quorum(to)));
        }
      }
    }
    for (int server = 1; server <= SIZE; server++) {
      launch(server);
    }
    awaitQuorum();
  }

  /** The server that leads. */
  int leader() throws InterruptedException, TimeoutException {
    awaitQuorum();
    return IntStream.rangeClosed(1, SIZE)
        .filter(server -> mode(server).equals("leader"))
        .findFirst()
        .orElseThrow();
  }

  /** The servers that follow. */
  List<Integer> followers() throws InterruptedException, TimeoutException {
    awaitQuorum();
    return IntStream.rangeClosed(1, SIZE)
        .filter(server -> mode(server).equals("follower"))
        .boxed()
        .toList();
  }

  /** What clients of one server connect to. */
  String connectString(int server) {
    return LOOPBACK + ":" + ports.client(server);
  }

  /** What clients of all servers connect to. */
  String connectString() {
    return String.join(
        ",", IntStream.rangeClosed(1, SIZE).mapToObj(this::connectString).toList());
  }

  /** Keeps back what the others say to a follower; its connections stay. */
  void holdFollower(int server) {
    relays.stream().filter(relay -> relay.from == server).forEach(Relay::hold);
  }

  /** Passes on what was kept back, in its order. */
  void releaseFollower(int server) {
    relays.stream().filter(relay -> relay.from == server).forEach(Relay::release);
  }

  /** Ends a server, not its data. */
  void stop(int server) throws InterruptedException {
    Member member = members[server - 1];
    if (member != null) {
      members[server - 1] = null;
      member.stop();
      kept.put(server, ports.all(server).stream().map(KeptPort::of).toList());
    }
  }

  /** Starts a server that was stopped, at its old address, and waits until all that run have a leader again. */
  void start(int server) throws Exception {
    if (members[server - 1] != null) {
      throw new IllegalStateException("Server " + server + " runs already; stop it first");
    }
    freePorts(server);
    launch(server);
    awaitQuorum();
  }

  private void freePorts(int server) {
    List<KeptPort> its = kept.remove(server);
    if (its != null) {
      its.forEach(KeptPort::close);
    }
  }

  @Override
  public void close() throws IOException {
    relays.forEach(Relay::release); // a server waits for what it has begun to read
    try {
      for (int server = 1; server <= SIZE; server++) {
        stop(server);
        freePorts(server);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Relay relay : relays) {
      relay.close();
    }
  }

  private void launch(int server) throws Exception {
    Path home = Files.createDirectories(directory.resolve("server-" + server));
    Files.writeString(home.resolve("myid"), Integer.toString(server));
    var properties = new Properties();
    properties.setProperty("dataDir", home.toString());
    properties.setProperty("clientPort", Integer.toString(ports.client(server)));
    properties.setProperty("clientPortAddress", LOOPBACK);
    properties.setProperty("maxClientCnxns", "0");
    properties.setProperty("tickTime", Long.toString(TestServer.TICK.toMillis()));
    properties.setProperty("maxSessionTimeout", "60000");
    properties.setProperty("initLimit", Integer.toString(SYNC_LIMIT));
    properties.setProperty("syncLimit", Integer.toString(SYNC_LIMIT));
    properties.setProperty(
        "reconfigEnabled", "false"); // else they would tell each other their addresses
    properties.setProperty("server." + server, address(ports.quorum(server), server));
    relays.stream()
        .filter(relay -> relay.from == server)
        .forEach(
            relay -> properties.setProperty("server." + relay.to, address(relay.port(), relay.to)));
    members[server - 1] = new Member(server, properties);
  }

  private String address(int quorumPort, int server) {
    return LOOPBACK + ":" + quorumPort + ":" + ports.election(server);
  }

  /** Waits until all servers that run lead or follow. */
  private void awaitQuorum() throws InterruptedException, TimeoutException {
    BooleanSupplier agreed = () -> {
      List<String> modes = IntStream.rangeClosed(1, SIZE)
          .filter(server -> members[server - 1] != null)
          .mapToObj(this::mode)
          .toList();
      return modes.stream().filter("leader"::equals).count() == 1
          && modes.stream().filter("follower"::equals).count() == modes.size() - 1;
    };
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!agreed.getAsBoolean()) {
      for (Member member : members) {
        if (member != null && !member.thread.isAlive()) {
          throw new TimeoutException("A server of the ensemble has ended: is its port taken?");
        }
      }
      if (System.nanoTime() > end) {
        throw new TimeoutException("No leader after " + PATIENCE);
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos()); // nobody tells when it is
    }
  }

  /** As the server calls it: leader, follower; or something else while it is neither. */
  private String mode(int server) {
    if (members[server - 1] == null) {
      return "stopped";
    }
    try {
      return TestServer.ask(ports.client(server), "srvr")
          .lines()
          .filter(line -> line.startsWith("Mode: "))
          .map(line -> line.substring("Mode: ".length()))
          .findFirst()
          .orElse("electing");
    } catch (IOException e) {
      return "starting";
    }
  }

  /** One server, and the thread it runs on. */
  private static final class Member {
    private final QuorumPeerMain server = new QuorumPeerMain();
    private final Thread thread;

    Member(int number, Properties properties) throws Exception {
      System.setProperty("zookeeper.forceSync", "no");
      System.setProperty("zookeeper.admin.enableServer", "false");
      ServiceUtils.setSystemExitProcedure(ServiceUtils.LOG_ONLY);
      var configuration = new QuorumPeerConfig();
      configuration.parseProperties(properties);
      thread = new Thread(
          () -> {
            try {
              server.runFromConfig(configuration);
            } catch (Exception e) {
              server.close(); // the end of this thread tells
            }
          },
          "test-ensemble-" + number);
      thread.setDaemon(true);
      thread.start();
    }

    void stop() throws InterruptedException {
      server.close();
      thread.join(PATIENCE.toMillis());
    }
  }

  /** Where the servers listen. */
  private record Ports(List<Integer> all) {
    static Ports free() throws IOException {
      var sockets = new ArrayList<ServerSocket>();
      try {
        for (int i = 0; i < 3 * SIZE; i++) {
          sockets.add(new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1})));
        }
        return new Ports(sockets.stream().map(ServerSocket::getLocalPort).toList());
      } finally {
        for (ServerSocket socket : sockets) {
          socket.close();
        }
      }
    }

    List<Integer> all(int server) {
      return List.of(client(server), quorum(server), election(server));
    }

    int client(int server) {
      return all.get(3 * (server - 1));
    }

    int quorum(int server) {
      return all.get(3 * (server - 1) + 1);
    }

    int election(int server) {
      return all.get(3 * (server - 1) + 2);
    }
  }

  /** Stands before the port at which one server would lead, for one server that would follow. */
  private static final class Relay implements AutoCloseable {
    private final int from;
    private final int to;
    private final int target;
    private final ServerSocket listener =
        new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));

    private final Object lock = new Object();
    private boolean held; // guarded by lock
    private final Set<Socket> sockets = new HashSet<>(); // guarded by lock

    Relay(int from, int to, int target) throws IOException {
      this.from = from;
      this.to = to;
      this.target = target;
      daemon(this::accept);
    }

    int port() {
      return listener.getLocalPort();
    }

    void hold() {
      synchronized (lock) {
        held = true;
      }
    }

    void release() {
      synchronized (lock) {
        held = false;
        lock.notifyAll();
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
      release();
      List<Socket> open;
      synchronized (lock) {
        open = List.copyOf(sockets);
      }
      for (Socket socket : open) {
        socket.close();
      }
    }

    private void accept() {
      while (!listener.isClosed()) {
        try {
          Socket follower = listener.accept();
          daemon(() -> relay(follower));
        } catch (IOException e) {
          // Of one connection, or the end.
        }
      }
    }

    private void relay(Socket follower) {
      try {
        Socket leader = connect();
        follower.setTcpNoDelay(true);
        leader.setTcpNoDelay(true);
        synchronized (lock) {
          sockets.add(follower);
          sockets.add(leader);
        }
        daemon(() -> pump(leader, follower, true));
        pump(follower, leader, false);
      } catch (IOException e) {
        closeQuietly(follower); // nobody leads there
      }
    }

    /** A leader that was just elected does not listen yet: a follower that met nobody would vote again. */
    private Socket connect() throws IOException {
      long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
      while (true) {
        var leader = new Socket();
        try {
          leader.connect(new InetSocketAddress(listener.getInetAddress(), target), 3_000);
          return leader;
        } catch (IOException e) {
          leader.close();
          if (System.nanoTime() > end || listener.isClosed()) {
            throw e;
          }
          LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
      }
    }

    private static void closeQuietly(Socket socket) {
      try {
        socket.close();
      } catch (IOException e) {
        // It is of no use any more, closed or not.
      }
    }

    private void pump(Socket source, Socket sink, boolean holds) {
      try (source;
          sink) {
        InputStream in = source.getInputStream();
        OutputStream out = sink.getOutputStream();
        byte[] bytes = new byte[8192];
        for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
          synchronized (lock) {
            while (holds && held) {
              lock.wait();
            }
          }
          out.write(bytes, 0, count);
        }
      } catch (IOException e) {
        // One side is gone, and so is the other.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        synchronized (lock) {
          sockets.remove(source);
          sockets.remove(sink);
        }
      }
    }

    private void daemon(Runnable task) {
      var thread = new Thread(task, "test-ensemble-relay-" + from + "-" + to);
      thread.setDaemon(true);
      thread.start();
    }
  }
}
