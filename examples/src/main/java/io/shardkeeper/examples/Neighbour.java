package io.shardkeeper.examples;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What the ready handlers of {@link QuickStart} have to do with: a small server in this process that is called, a program of the machine that is run, and
 * the file by which the instances allow these two and nothing else.
 */
final class Neighbour implements AutoCloseable {
  /** A program without a line of ours. */
  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

  private final HttpServer server;
  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private final Path file;

  private Neighbour(HttpServer server, Path file) {
    this.server = server;
    this.file = file;
  }

  /** Listens on the loopback address alone. */
  static Neighbour in(Path directory) throws IOException {
    HttpServer server = HttpServer.create(
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
    var neighbour = new Neighbour(server, directory.resolve("handlers.json"));
    server.createContext("/prices", exchange -> {
      byte[] answer = "{\"coffee\": 2.80}".getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    });
    server.setExecutor(neighbour.thread);
    server.start();
    Files.createDirectories(directory);
    Files.writeString(neighbour.file, neighbour.rules());
    return neighbour;
  }

  private String rules() {
    return """
        {
          "version": 1,
          "http": {"allow": ["%s"]},
          "command": {
            "work": "%s",
            "commands": {"which-java": {"program": "%s", "arguments": ["--version"]}}
          }
        }
        """.formatted(
            address(), quoted(file.resolveSibling("work").toAbsolutePath()), quoted(JAVA));
  }

  private static String quoted(Path path) {
    return path.toString().replace("\\", "\\\\");
  }

  /** Where it is to be found. */
  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** What the instances may do with ready handlers. */
  Path file() {
    return file;
  }

  @Override
  public void close() {
    server.stop(0);
    thread.shutdownNow();
  }
}
