package io.shardkeeper.handlers.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A server on loopback that answers byte by byte what a test says, so that it can answer wrongly too. */
final class Site implements AutoCloseable {
  static final InetAddress LOOPBACK = loopback();

  /** What a server does with a request. */
  @FunctionalInterface
  interface Script {
    /** Answers. The connection is closed behind it. */
    void answer(Request request, Connection connection) throws Exception;
  }

  /** What came: the line, the headers in lower case, and the body. */
  record Request(String line, Map<String, String> headers, String body) {
    String header(String name) {
      return headers.getOrDefault(name, "");
    }

    String target() {
      return line.split(" ", -1)[1];
    }
  }

  /** Where an answer goes. */
  record Connection(Socket socket, CountDownLatch gone) {
    void say(String text) throws IOException {
      OutputStream out = socket.getOutputStream();
      out.write(text.getBytes(UTF_8));
      out.flush();
    }

    /** Waits until whoever asked has closed the connection. */
    void untilClosed() {
      try {
        while (socket.getInputStream().read() >= 0) {
          // It says more than it was asked for.
        }
      } catch (IOException e) {
        // Closed as well.
      }
      gone.countDown();
    }
  }

  private final ServerSocket listener;
  private final Script script;
  private final CopyOnWriteArrayList<Request> requests = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<Socket> open = new CopyOnWriteArrayList<>();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch gone = new CountDownLatch(1);

  Site(Script script) throws IOException {
    this(new ServerSocket(0, 50, LOOPBACK), script);
  }

  Site(ServerSocket listener, Script script) {
    this.listener = listener;
    this.script = script;
    daemon(this::accept);
  }

  /** One that answers 200 with a text. */
  static Site saying(String text) throws IOException {
    return new Site((request, connection) -> connection.say(ok(text)));
  }

  static String ok(String text) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
        + text.getBytes(UTF_8).length + "\r\n\r\n" + text;
  }

  int port() {
    return listener.getLocalPort();
  }

  List<Request> requests() {
    return List.copyOf(requests);
  }

  Request last() {
    return requests.get(requests.size() - 1);
  }

  /** Waits until a request is there. */
  void untilAsked() throws InterruptedException {
    if (!asked.await(30, TimeUnit.SECONDS)) {
      throw new AssertionError("nobody asked");
    }
  }

  /** Waits until a connection is closed by whoever asked. */
  void untilGone() throws InterruptedException {
    if (!gone.await(30, TimeUnit.SECONDS)) {
      throw new AssertionError("the connection is still there");
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        open.add(socket);
        daemon(() -> serve(socket));
      } catch (IOException e) {
        // The end.
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      Request request = read(socket.getInputStream());
      requests.add(request);
      asked.countDown();
      script.answer(request, new Connection(socket, gone));
    } catch (Exception e) {
      // Whoever asked is gone, or never spoke.
    }
  }

  private static Request read(InputStream in) throws IOException {
    String line = line(in);
    if (!line.endsWith(" HTTP/1.1")) {
      throw new IOException(
          "Whoever asks speaks something else"); // TLS, by chance with an empty line
    }
    Map<String, String> headers = new TreeMap<>();
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      int colon = header.indexOf(':');
      headers.put(
          header.substring(0, colon).toLowerCase(java.util.Locale.ROOT),
          header.substring(colon + 1).strip());
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    return new Request(line, headers, new String(in.readNBytes(length), UTF_8));
  }

  private static String line(InputStream in) throws IOException {
    var line = new java.io.ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("closed");
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(ISO_8859_1);
  }

  private static void daemon(Runnable task) {
    var thread = new Thread(task, "test-site");
    thread.setDaemon(true);
    thread.start();
  }

  private static InetAddress loopback() {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
