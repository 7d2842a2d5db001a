package io.shardkeeper.zookeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.LedgerException.Kind;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Transaction;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS with a real server in a process of its own, and with certificates that are made here. */
@Timeout(300)
final class TlsTest {
  private static final byte[] LOOPBACK = {127, 0, 0, 1};
  private static final String HERE = "san=ip:127.0.0.1,dns:" + nameOfLoopback();
  private static final NodePath A = NodePath.of("/a");
  private static final Bytes X = Bytes.of("x");
  private static final Transaction CREATE = Transaction.builder().create(A, X).build();

  /** Keys and certificates are made once: that takes longer than the tests. */
  @TempDir
  static Path keys;

  @TempDir
  Path directory;

  private final TestLedgers ledgers = new TestLedgers();
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeAll
  static void makePassword() throws Exception {
    Files.writeString(password(), "change-it");
  }

  @AfterEach
  void close() throws Exception {
    ledgers.close();
    for (AutoCloseable one : open) {
      one.close();
    }
  }

  @Test
  void whoeverTrustsTheServerWorksOverTls() throws Exception {
    Path trust = trustIn("server", HERE);
    int port = serve("server", "-");
    ZooKeeperLedger ledger =
        ledgers.connected(settings(port).tls(trust, password()).build());
    assertThat(RealTime.await(ledger.commit(CREATE))).isEqualTo(CommitResult.APPLIED);
    assertThat(RealTime.await(ledger.read(A))).map(Node::data).contains(X);
    assertThat(ledger.warnings()).isEmpty();
  }

  @Test
  void whoeverTrustsAnotherServerStaysAway() throws Exception {
    Path trust = trustIn("server", HERE);
    Path other = trustIn("other", HERE);
    Counter way = counting(serve("server", "-"));
    staysAway(way, settings(way.port()).tls(other, password()).build());
    ledgers.connected(settings(way.port()).tls(trust, password()).build()); // as others can
  }

  @Test
  void aServerWhoseCertificateNamesAnotherHostIsNotTrusted() throws Exception {
    Path trust = trustIn("elsewhere", "san=dns:elsewhere.example");
    Counter way = counting(serve("elsewhere", "-"));
    staysAway(way, settings(way.port()).tls(trust, password()).build());
    ledgers.connected(settings(way.port())
        .tls(trust, password())
        .clientProperty("zookeeper.ssl.hostnameVerification", "false")
        .build()); // so it was the name, and nothing else
  }

  @Test
  void whoeverSpeaksNoTlsStaysOut() throws Exception {
    trustIn("server", HERE);
    Counter way = counting(serve("server", "-"));
    staysAway(way, settings(way.port()).build());
  }

  @Test
  void aServerThatAsksForCertificatesLetsInWhoeverShowsOne() throws Exception {
    Path trust = trustIn("server", HERE);
    Path clients = trustIn("client", "san=dns:client.example");
    Counter way = counting(serve("server", clients.toString()));
    staysAway(way, settings(way.port()).tls(trust, password()).build());
    ZooKeeperLedger ledger = ledgers.connected(settings(way.port())
        .tls(trust, password())
        .tlsKey(store("client"), password())
        .build());
    assertThat(RealTime.await(ledger.commit(CREATE))).isEqualTo(CommitResult.APPLIED);
  }

  /** It tries, and tries again, and answers meanwhile that it does not know. */
  private void staysAway(Counter way, ZooKeeperSettings settings) {
    int before = way.connections.get();
    ZooKeeperLedger ledger = ledgers.open(settings);
    RealTime.until("three attempts", () -> way.connections.get() >= before + 3);
    assertThat(ledger.session()).isEqualTo(Session.NONE);
    assertThat(RealTime.await(ledger.commit(CREATE))).isEqualTo(CommitResult.UNKNOWN);
    assertThat(RealTime.awaitRefusal(ledger.read(A)).kind()).isEqualTo(Kind.UNAVAILABLE);
    ledger.close();
  }

  /** ZooKeeper's client looks up the name of an address, and that is what it compares with the certificate. */
  private static String nameOfLoopback() {
    try {
      String name = InetAddress.getByAddress(LOOPBACK).getHostName();
      return name.equals("127.0.0.1") ? "localhost" : name;
    } catch (UnknownHostException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ZooKeeperSettings.Builder settings(int port) {
    return ZooKeeperSettings.of("127.0.0.1:" + port, "tls");
  }

  // --------------------------------------------------------- certificates

  private static Path password() {
    return keys.resolve("password");
  }

  private static Path store(String name) {
    return keys.resolve(name + ".p12");
  }

  /** Makes a key with a certificate, and a store of certificates that holds that one alone. */
  private static Path trustIn(String name, String names) throws Exception {
    Path certificate = keys.resolve(name + ".pem");
    Path trust = keys.resolve(name + "-trust.p12");
    if (Files.exists(trust)) {
      return trust;
    }
    keytool(
        store(name),
        "-genkeypair",
        "-alias",
        name,
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
        "-dname",
        "CN=" + name,
        "-ext",
        names);
    keytool(store(name), "-exportcert", "-alias", name, "-file", certificate.toString());
    keytool(trust, "-importcert", "-noprompt", "-alias", name, "-file", certificate.toString());
    return trust;
  }

  private static void keytool(Path store, String... what) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"));
    command.addAll(List.of(what));
    command.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12"));
    command.addAll(List.of("-storepass:file", password().toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  // --------------------------------------------------------------- servers

  /** Starts a server with a key that was made before, and tells its port. */
  private int serve(String key, String trustOfClients) throws Exception {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            TlsServer.class.getName(),
            Files.createDirectories(directory.resolve("data")).toString(),
            store(key).toString(),
            trustOfClients,
            password().toString())
        .redirectError(directory.resolve("server.log").toFile())
        .start();
    open.add(() -> {
      process.getOutputStream().close();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    });
    var said = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    String port = said.readLine();
    assertThat(port)
        .as(() -> "the port; the server said: " + log())
        .isNotNull()
        .containsOnlyDigits();
    return Integer.parseInt(port);
  }

  private String log() {
    try {
      return Files.readString(directory.resolve("server.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private Counter counting(int port) throws IOException {
    var counter = new Counter(port);
    open.add(counter);
    return counter;
  }

  /** Passes everything on, and counts who comes. */
  private static final class Counter implements AutoCloseable {
    private final AtomicInteger connections = new AtomicInteger();
    private final ServerSocket listener =
        new ServerSocket(0, 50, InetAddress.getByAddress(LOOPBACK));
    private final int server;

    Counter(int server) throws IOException {
      this.server = server;
      daemon(this::accept);
    }

    int port() {
      return listener.getLocalPort();
    }

    private void accept() {
      while (!listener.isClosed()) {
        try {
          Socket client = listener.accept();
          connections.incrementAndGet();
          var behind = new Socket(listener.getInetAddress(), server);
          daemon(() -> pump(client, behind));
          daemon(() -> pump(behind, client));
        } catch (IOException e) {
          // Of one connection, or the end.
        }
      }
    }

    private static void pump(Socket source, Socket sink) {
      try (source;
          sink) {
        source.getInputStream().transferTo(sink.getOutputStream());
      } catch (IOException e) {
        // One side is gone, and so is the other.
      }
    }

    private static void daemon(Runnable task) {
      ZooKeeperWorld.daemon("test-counter").newThread(task).start();
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
