package io.shardkeeper.zookeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
@Isolated("it counts threads and ports")
final class EmbeddedZooKeeperTest {
  @TempDir
  Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatWasWrittenIsThereAfterARestart(boolean durable) throws Exception {
    EmbeddedZooKeeper.Settings settings = EmbeddedZooKeeper.in(directory).durable(durable);
    try (var server = settings.start();
        RawClient client = RawClient.of(server.connectString())) {
      client.create("/kept", "yes");
    }

    try (var server = settings.start();
        RawClient client = RawClient.of(server.connectString())) {
      assertThat(client.get("/kept")).isEqualTo("yes");
    }
  }

  @Test
  void aSessionOutlivesARestart() throws Exception {
    try (TestServer server = TestServer.start(directory);
        RawClient client = RawClient.of(server.connectString())) {
      long session = client.zooKeeper().getSessionId();

      server.stop();
      client.await(KeeperState.Disconnected);
      server.restart();

      client.await(KeeperState.SyncConnected);
      assertThat(client.zooKeeper().getSessionId()).isEqualTo(session);
    }
  }

  @Test
  void theSamePortCanBeHadAgainAtOnce() throws Exception {
    EmbeddedZooKeeper first = EmbeddedZooKeeper.in(directory).start();
    int port = first.port();
    try (RawClient client = RawClient.of(first.connectString())) {
      client.create("/made", "");
      first.close(); // with a client connected: its connection lingers at the port
    }

    try (var second = EmbeddedZooKeeper.in(directory).port(port).start()) {
      assertThat(second.port()).isEqualTo(port);
      assertThat(second.connectString()).isEqualTo("127.0.0.1:" + port);
    }
  }

  @Test
  void closingTwiceIsHarmless() {
    EmbeddedZooKeeper server = EmbeddedZooKeeper.in(directory).start();
    server.close();
    server.close();
    try (var next = EmbeddedZooKeeper.in(directory).start()) {
      server.close();
      assertThatIllegalStateException()
          .as("the lock is the next one's, and stays")
          .isThrownBy(EmbeddedZooKeeper.in(directory)::start);
      assertThat(next.port()).isPositive();
    }
  }

  @Test
  void twoServersLiveInOneProcess(@TempDir Path another) throws Exception {
    try (var one = EmbeddedZooKeeper.in(directory).start();
        var two = EmbeddedZooKeeper.in(another).start();
        RawClient ofOne = RawClient.of(one.connectString());
        RawClient ofTwo = RawClient.of(two.connectString())) {
      ofOne.create("/one", "");
      assertThat(ofTwo.exists("/one")).isFalse();
    }
  }

  @Test
  void aDirectoryBelongsToOneServer() {
    try (var server = EmbeddedZooKeeper.in(directory).start()) {
      assertThatIllegalStateException()
          .isThrownBy(
              EmbeddedZooKeeper.in(directory.resolve("..").resolve(directory.getFileName()))::start)
          .withMessageContaining("another server of this process runs in")
          .withMessageContaining(directory.getFileName().toString())
          .withMessageContaining("choose another directory");
      assertThat(server.port()).isPositive();
    }
  }

  @Test
  void aDirectoryBelongsToOneProcess() throws Exception {
    Path lock = directory.resolve("zookeeper.lock");
    try (var server = EmbeddedZooKeeper.in(directory).start()) {
      assertThat(anotherProcessCanLock(lock)).isFalse();

      assertThatIllegalStateException().isThrownBy(EmbeddedZooKeeper.in(directory)::start);

      assertThat(anotherProcessCanLock(lock))
          .as("a start that was refused does not loosen the lock")
          .isFalse();
      assertThat(server.port()).isPositive();
    }
    assertThat(anotherProcessCanLock(lock)).isTrue();
  }

  @Test
  void aDirectoryThatIsLockedFromElsewhereIsRefused() throws Exception {
    try (FileChannel file = FileChannel.open(
            directory.resolve("zookeeper.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
        var lock = file.lock()) {
      assertThat(lock.isValid()).isTrue();
      assertThatIllegalStateException()
          .isThrownBy(EmbeddedZooKeeper.in(directory)::start)
          .withMessageContaining("another server of this process");
    }

    try (var server = EmbeddedZooKeeper.in(directory).start()) {
      assertThat(server.port()).isPositive();
    }
  }

  @Test
  void aTakenPortIsRefusedAndNothingIsLeft() throws Exception {
    Path fresh = directory.resolve("fresh");
    Set<Thread> before = threads();
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatIllegalStateException()
          .isThrownBy(EmbeddedZooKeeper.in(fresh).port(taken.getLocalPort())::start)
          .withMessageContaining("cannot listen on 127.0.0.1:" + taken.getLocalPort())
          .withMessageContaining("choose a free port, or 0 for any");
    }
    assertThat(fresh).doesNotExist();
    assertThat(begunSince(before)).isEmpty();
  }

  @Test
  void aFileIsNoDirectory() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "text");
    for (Path wrong : List.of(file, file.resolve("below"))) {
      assertThatIllegalStateException()
          .isThrownBy(EmbeddedZooKeeper.in(wrong)::start)
          .withMessageContaining("cannot keep data in " + wrong)
          .withMessageContaining("choose a directory that this process may write to");
    }
    assertThat(file).hasContent("text");
  }

  @Test
  void damagedDataIsToldAndNothingIsLeft() throws Exception {
    Path log = directory.resolve("data").resolve("version-2").resolve("log.1");
    Files.createDirectories(log.getParent());
    Files.writeString(log, "this is no log of ZooKeeper");
    Set<Thread> before = threads();
    Set<String> files = filesBelow(directory);

    assertThatIllegalStateException()
        .isThrownBy(EmbeddedZooKeeper.in(directory)::start)
        .withMessageContaining("cannot start (java.io.IOException")
        .withMessageContaining("start in a new directory");

    assertThat(begunSince(before)).isEmpty();
    assertThat(filesBelow(directory)).isSubsetOf(union(files, "zookeeper.lock"));
    Files.delete(log);
    try (var server = EmbeddedZooKeeper.in(directory).start()) {
      assertThat(server.port()).isPositive();
    }
  }

  @Test
  void anInterruptEndsTheStart() {
    Set<Thread> before = threads();
    Thread.currentThread().interrupt();
    assertThatIllegalStateException()
        .isThrownBy(EmbeddedZooKeeper.in(directory)::start)
        .withMessageContaining("was interrupted");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(begunSince(before)).isEmpty();
    try (var server = EmbeddedZooKeeper.in(directory).start()) {
      assertThat(server.port()).isPositive();
    }
  }

  @Test
  void closingWhileInterruptedClosesAndStaysInterrupted() throws Exception {
    EmbeddedZooKeeper server = EmbeddedZooKeeper.in(directory).start();
    Thread.currentThread().interrupt();
    server.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThatThrownBy(() -> connect("127.0.0.1", server.port())).isInstanceOf(IOException.class);
  }

  @Test
  void aMissingLibraryIsNamed() throws Exception {
    try (var nothing = new URLClassLoader(new URL[0], null)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> EmbeddedZooKeeper.requireLibraries(nothing))
          .withMessage(
              "Embedded ZooKeeper: cannot start without io.dropwizard.metrics:metrics-core and"
                  + " org.xerial.snappy:snappy-java; add them to the class path.");
    }
  }

  @Test
  void onlyThisMachineCanConnect() throws Exception {
    try (var server = EmbeddedZooKeeper.in(directory).start()) {
      List<InetAddress> others = NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .toList();
      for (InetAddress other : others) {
        assertThatThrownBy(() -> connect(other.getHostAddress(), server.port()))
            .as("%s", other)
            .isInstanceOf(IOException.class);
      }
      connect("127.0.0.1", server.port());
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX) // others do not tell
  void noPortIsOpenedButTheOneForClients() throws Exception {
    Set<String> before = listeningSockets();
    try (var server = EmbeddedZooKeeper.in(directory).start()) {
      Set<String> opened = listeningSockets();
      opened.removeAll(before);
      assertThat(opened)
          .singleElement()
          .asString()
          .startsWith(String.format("%04X ", server.port()));
    }
  }

  @Test
  void propertiesOfTheJvmAreAsBefore() {
    var before = System.getProperties().clone();
    try (var server = EmbeddedZooKeeper.in(directory).durable(false).start()) {
      assertThat(server.port()).isPositive();
      assertThat(System.getProperties()).isEqualTo(before);
    }
  }

  @Test
  void nothingIsLeftBehind() throws Exception {
    Set<Thread> before = threads();
    try (var server = EmbeddedZooKeeper.in(directory).start();
        RawClient client = RawClient.of(server.connectString())) {
      client.create("/made", "");
      assertThat(filesBelow(directory)).noneMatch(file -> file.endsWith(".properties"));
    }
    assertThat(begunSince(before)).isEmpty();
    assertThat(filesBelow(directory))
        .allMatch(file -> file.equals("zookeeper.lock") || file.startsWith("data"));
  }

  @Test
  void logsAreSmall() throws Exception {
    try (var server = EmbeddedZooKeeper.in(directory).start();
        RawClient client = RawClient.of(server.connectString())) {
      client.create("/made", "");
      try (Stream<Path> files = Files.walk(directory)) {
        assertThat(files.filter(Files::isRegularFile))
            .allMatch(file -> file.toFile().length() <= 1 << 20);
      }
    }
  }

  @Test
  void sessionsLastFromTwoTicksToAMinute() throws Exception {
    try (var server =
            EmbeddedZooKeeper.in(directory).tick(Duration.ofSeconds(5)).start();
        RawClient hasty = RawClient.of(server.connectString(), Duration.ofSeconds(9));
        RawClient patient = RawClient.of(server.connectString(), Duration.ofHours(1))) {
      assertThat(hasty.zooKeeper().getSessionTimeout()).isEqualTo(10_000);
      assertThat(patient.zooKeeper().getSessionTimeout()).isEqualTo(60_000);
    }
  }

  @Test
  void settingsThatCannotBeAreRefused() {
    EmbeddedZooKeeper.Settings settings = EmbeddedZooKeeper.in(directory);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings.port(65_536))
        .withMessageContaining("no port 65536");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings.port(-1))
        .withMessageContaining("no port -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings.tick(Duration.ZERO))
        .withMessageContaining("ticks last from 1 ms to PT30S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings.tick(Duration.ofSeconds(31)))
        .withMessageContaining("a tick of PT31S does not do");
  }

  private static void connect(String host, int port) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), 2_000);
    }
  }

  /** Port and inode of each socket on which this process listens. */
  private static Set<String> listeningSockets() throws IOException {
    var own = new HashSet<String>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path file : files) {
        try {
          own.add(Files.readSymbolicLink(file).toString());
        } catch (NoSuchFileException e) {
          // Closed since the directory was read.
        }
      }
    }
    var listening = new HashSet<String>();
    for (String table : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6")) {
      if (Files.exists(Path.of(table))) {
        for (String line : Files.readAllLines(Path.of(table))) {
          List<String> columns = List.of(line.strip().split("\\s+", -1));
          // sl local_address rem_address st ... inode, with an address as host:port and "0A" for
          // listening
          if (columns.get(3).equals("0A") && own.contains("socket:[" + columns.get(9) + "]")) {
            listening.add(
                columns.get(1).substring(columns.get(1).indexOf(':') + 1) + " " + columns.get(9));
          }
        }
      }
    }
    return listening;
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet();
  }

  /** Threads of servers; those of clients go when they like. */
  private static Set<String> begunSince(Set<Thread> before) {
    return threads().stream()
        .filter(thread -> !before.contains(thread))
        .filter(thread -> thread.getThreadGroup() != null
            && thread.getThreadGroup().getName().equals("embedded-zookeeper"))
        .map(Thread::getName)
        .collect(Collectors.toSet());
  }

  private static Set<String> filesBelow(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString())
          .collect(Collectors.toSet());
    }
  }

  private static Set<String> union(Set<String> some, String one) {
    var all = new HashSet<>(some);
    all.add(one);
    return all;
  }

  private static boolean anotherProcessCanLock(Path file) throws Exception {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            OtherProcess.class.getName(),
            file.toString())
        .redirectErrorStream(true)
        .start();
    String answer = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    assertThat(process.waitFor()).as(answer).isZero();
    return Boolean.parseBoolean(answer);
  }

  /** Tells whether it can lock a file. */
  static final class OtherProcess {
    private OtherProcess() {}

    public static void main(String[] arguments) throws IOException {
      try (FileChannel file = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE);
          var lock = file.tryLock()) {
        System.out.println(lock != null);
      }
    }
  }

  @Test
  void aDirectoryThatIsMissingIsMade(@TempDir Path above) {
    Path missing = above.resolve("not").resolve("yet");
    try (var server = EmbeddedZooKeeper.in(missing).start()) {
      assertThat(missing.resolve("data")).isDirectory();
      assertThat(server.port()).isPositive();
    }
  }
}
