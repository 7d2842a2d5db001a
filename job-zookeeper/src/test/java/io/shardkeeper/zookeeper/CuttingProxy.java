package io.shardkeeper.zookeeper;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Stands between clients and one ZooKeeper, and loses what a test wants to be lost. Threads may share it.
 *
 * <p>It reads the frames of both directions, so that "the next request" is one: pings pass, and so does the frame that
 * begins a connection.
 *
 * <pre>
 *                          at the server      at the client
 * cutBeforeNextRequest     never came         connection lost
 * cutAfterNextRequest      done               connection lost
 * holdNextRequestAndCut    comes later        connection lost
 * holdAnswers              done               no answer yet
 * stall                    never came yet     no answer yet
 * </pre>
 */
final class CuttingProxy implements AutoCloseable {
  /** The type of a request that changes many nodes as one. */
  static final int MULTI = 14;

  private static final int PING = 11;
  private static final int LARGEST_FRAME = 64 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What happens to the next request that a test waits for. */
  private enum Fate {
    LOST,
    ANSWER_LOST,
    HELD
  }

  private record Trap(Fate fate, IntPredicate types) {}

  private record Held(Link link, int xid, ByteBuffer frame) {}

  private final InetSocketAddress server;
  private final ServerSocket listener;

  /** Guards the state below and that of the links; it is not held while bytes are read or written. */
  private final Object lock = new Object();

  private final Set<Link> links = new HashSet<>();
  private int connections;
  private int pings;
  private boolean cut;
  private boolean stalled;
  private boolean answersHeld;
  private @Nullable Trap trap;
  private @Nullable Held held;

  private CuttingProxy(InetSocketAddress server, ServerSocket listener) {
    this.server = server;
    this.listener = listener;
  }

  /** A proxy on any free port of the loopback address. */
  static CuttingProxy before(String host, int port) throws IOException {
    var proxy = new CuttingProxy(
        new InetSocketAddress(host, port),
        new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1})));
    proxy.daemon("accept", proxy::accept);
    return proxy;
  }

  String connectString() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  /** How many connections clients have made so far, also those that were refused. */
  int connections() {
    synchronized (lock) {
      return connections;
    }
  }

  /** Waits until clients have made so many connections in all. */
  void awaitConnections(int wanted) throws InterruptedException {
    synchronized (lock) {
      await(() -> connections >= wanted);
    }
  }

  /** Waits until so many more pings of clients have passed. */
  void awaitPings(int more) throws InterruptedException {
    synchronized (lock) {
      int wanted = pings + more;
      await(() -> pings >= wanted);
    }
  }

  /** Closes all connections, and each new one at once. */
  void cut() {
    synchronized (lock) {
      cutHere();
    }
  }

  /** Lets clients connect again. */
  void heal() {
    synchronized (lock) {
      cut = false;
    }
  }

  /** Loses the next request and cuts. */
  void cutBeforeNextRequest() {
    set(Fate.LOST, type -> true);
  }

  /** Loses the next request of a type and cuts. */
  void cutBeforeNextRequest(int type) {
    set(Fate.LOST, each -> each == type);
  }

  /** Lets the next request be done, loses its answer and cuts. */
  void cutAfterNextRequest() {
    set(Fate.ANSWER_LOST, type -> true);
  }

  /** Lets the next request of a type be done, loses its answer and cuts. */
  void cutAfterNextRequest(int type) {
    set(Fate.ANSWER_LOST, each -> each == type);
  }

  /** Keeps the next request and cuts; the server sees its side of that connection stay. */
  void holdNextRequestAndCut() {
    set(Fate.HELD, type -> true);
  }

  /** Keeps the next request of a type and cuts; the server sees its side of that connection stay. */
  void holdNextRequestAndCut(int type) {
    set(Fate.HELD, each -> each == type);
  }

  /**
   * Gives the server the request that was kept, and waits until it has answered it.
   *
   * @return whether it did; a server closes the old connection of a session that has connected again, and then it is too
   *     late
   */
  boolean deliverHeld() throws InterruptedException {
    Held delivered;
    synchronized (lock) {
      if (held == null) {
        throw new IllegalStateException(
            "No request is held: hold the next one, and let a client send it");
      }
      delivered = held;
      held = null;
      delivered.link.awaited = delivered.xid;
    }
    try {
      byte[] frame = new byte[delivered.frame.remaining()];
      delivered.frame.get(frame);
      delivered.link.toServer(frame);
    } catch (IOException e) {
      return false;
    }
    synchronized (lock) {
      await(() -> delivered.link.awaitedCame || delivered.link.ended);
      return delivered.link.awaitedCame;
    }
  }

  /** Keeps what servers say until {@link #releaseAnswers()}. */
  void holdAnswers() {
    synchronized (lock) {
      answersHeld = true;
    }
  }

  /** Passes on what was kept, in its order. */
  void releaseAnswers() {
    synchronized (lock) {
      answersHeld = false;
      lock.notifyAll();
    }
  }

  /** Lets nothing pass, and nobody notice: connections stay, new ones are made and lead nowhere. */
  void stall() {
    synchronized (lock) {
      stalled = true;
    }
  }

  /** Lets everything pass that waited. */
  void unstall() {
    synchronized (lock) {
      stalled = false;
      lock.notifyAll();
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (lock) {
      cutHere();
      if (held != null) {
        held.link.end();
        held = null;
      }
    }
    listener.close();
  }

  private void set(Fate fate, IntPredicate types) {
    synchronized (lock) {
      trap = new Trap(fate, types);
    }
  }

  private void cutHere() {
    cut = true;
    List.copyOf(links).forEach(Link::end);
    lock.notifyAll();
  }

  private void accept() {
    while (true) {
      try {
        Socket client = listener.accept();
        synchronized (lock) {
          connections++;
          lock.notifyAll();
          if (cut) {
            quietly(client);
          } else {
            var link = new Link(client);
            links.add(link);
            daemon("to-server", link::pumpToServer);
          }
        }
      } catch (IOException e) {
        return; // it is closed
      }
    }
  }

  private void daemon(String role, Runnable task) {
    var thread = new Thread(task, "cutting-proxy-" + role);
    thread.setDaemon(true);
    thread.start();
  }

  private static void quietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is of no use any more, closed or not.
    }
  }

  /** Waits under the lock. */
  private void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
      if (left <= 0) {
        throw new IllegalStateException("Not seen what was awaited for " + PATIENCE);
      }
      lock.wait(left);
    }
  }

  private static byte[] frame(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > LARGEST_FRAME) {
      throw new IOException(
          "No frame of ZooKeeper begins with " + length + "; four-letter words go to the server");
    }
    byte[] frame = new byte[Integer.BYTES + length];
    ByteBuffer.wrap(frame).putInt(length);
    in.readFully(frame, Integer.BYTES, length);
    return frame;
  }

  private static int xid(byte[] frame) {
    return ByteBuffer.wrap(frame).getInt(Integer.BYTES);
  }

  private static int type(byte[] frame) {
    return ByteBuffer.wrap(frame).getInt(2 * Integer.BYTES);
  }

  /** One connection of a client and the one to the server that belongs to it. */
  private final class Link {
    private final Socket client;
    private final Socket upstream = new Socket();
    private boolean ended;
    private boolean detached; // its client is gone, but the server shall not know
    private @Nullable Integer awaited; // the request whose answer does not reach the client
    private boolean awaitedCame;

    Link(Socket client) {
      this.client = client;
    }

    void pumpToServer() {
      try {
        synchronized (lock) {
          waitWhileStalled();
        }
        client.setTcpNoDelay(true);
        upstream.setTcpNoDelay(true);
        upstream.connect(server, 60_000);
        daemon("to-client", this::pumpToClient);
        var in = new DataInputStream(client.getInputStream());
        boolean first = true;
        while (true) {
          byte[] frame = frame(in);
          if (!passes(frame, first)) {
            return;
          }
          toServer(frame);
          first = false;
        }
      } catch (IOException e) {
        endUnlessDetached();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        endUnlessDetached();
      }
    }

    private boolean passes(byte[] frame, boolean first) throws InterruptedException {
      synchronized (lock) {
        waitWhileStalled();
        if (ended) {
          return false;
        }
        if (!first && type(frame) == PING) {
          pings++;
          lock.notifyAll();
          return true;
        }
        if (first || trap == null || !trap.types.test(type(frame))) {
          return true;
        }
        Fate fate = trap.fate;
        trap = null;
        switch (fate) {
          case LOST -> {
            cutHere();
            return false;
          }
          case ANSWER_LOST -> {
            awaited = xid(frame);
            return true;
          }
          case HELD -> {
            held = new Held(this, xid(frame), ByteBuffer.wrap(frame));
            detached = true;
            links.remove(this);
            quietly(client);
            cutHere();
            return false;
          }
        }
        throw new AssertionError(fate);
      }
    }

    void toServer(byte[] frame) throws IOException {
      OutputStream out = upstream.getOutputStream();
      out.write(frame);
      out.flush();
    }

    private void pumpToClient() {
      try {
        var in = new DataInputStream(upstream.getInputStream());
        boolean first = true;
        while (true) {
          byte[] frame = frame(in);
          synchronized (lock) {
            if (!first && awaited != null && awaited == xid(frame)) {
              awaitedCame = true;
              cutHereUnlessDetached();
            }
            while ((stalled || answersHeld) && !ended && !detached) {
              lock.wait();
            }
            if (ended) {
              return;
            }
          }
          first = false;
          toClient(frame);
        }
      } catch (IOException e) {
        endHere();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        endHere();
      }
    }

    private void cutHereUnlessDetached() {
      if (!detached) {
        cutHere();
      }
      lock.notifyAll();
    }

    private void toClient(byte[] frame) {
      try {
        client.getOutputStream().write(frame);
      } catch (IOException e) {
        endUnlessDetached();
      }
    }

    private void endHere() {
      synchronized (lock) {
        end();
      }
    }

    private void waitWhileStalled() throws InterruptedException {
      while (stalled && !ended) {
        lock.wait();
      }
    }

    private void endUnlessDetached() {
      synchronized (lock) {
        if (!detached) {
          end();
        }
      }
    }

    /** Under the lock. */
    void end() {
      ended = true;
      links.remove(this);
      quietly(client);
      quietly(upstream);
      lock.notifyAll();
    }
  }
}
