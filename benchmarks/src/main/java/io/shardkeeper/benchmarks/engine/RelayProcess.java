package io.shardkeeper.benchmarks.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.ExponentialBackoffRetry;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.Watcher;

/** What a trigger by hand costs at least: a process that sees a node change, and writes another one. Bare Curator. */
final class RelayProcess implements AutoCloseable {
  static final String QUESTION = "/bare-question";
  static final String ANSWER = "/bare-answer";

  private final Process process;

  private RelayProcess(Process process) {
    this.process = process;
  }

  static RelayProcess start(String server) throws IOException {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-classpath",
            System.getProperty("java.class.path"),
            RelayProcess.class.getName(),
            server)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    var ready =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8)).readLine();
    if (ready == null) {
      throw new IllegalStateException("The relay did not start; its message stands above");
    }
    return new RelayProcess(process);
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Takes where the server listens. */
  public static void main(String[] args) throws Exception {
    try (CuratorFramework client = CuratorFrameworkFactory.newClient(
        args[0], 30_000, 15_000, new ExponentialBackoffRetry(1_000, 3))) {
      client.start();
      client.create().forPath(QUESTION, new byte[0]);
      client.create().forPath(ANSWER, new byte[0]);
      client
          .watchers()
          .add()
          .withMode(AddWatchMode.PERSISTENT)
          .usingWatcher((Watcher) event -> relay(client))
          .forPath(QUESTION);
      System.out.println("ready");
      while (System.in.read() >= 0) {
        // Nobody writes; the end is what is waited for.
      }
    }
  }

  private static void relay(CuratorFramework client) {
    try {
      client.setData().inBackground().forPath(ANSWER, new byte[200]);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
