package io.shardkeeper.handlers.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.handlers.ReadyHandlers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scripts as an instance gets them: from a server, by the rules of its file. */
final class FetchedScriptTest {
  private static final String SCRIPT = "echo \"cleaned $1\"\n";

  @TempDir
  private Path directory;

  private static void answer(Site.Request request, Site.Connection connection) throws Exception {
    connection.say(
        switch (request.target()) {
          case "/clean.sh" -> Site.ok(SCRIPT);
          case "/moved.sh" ->
            "HTTP/1.1 302 Found\r\nLocation: /clean.sh\r\nContent-Length: 0\r\n\r\n";
          default -> "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        });
  }

  private Path file(Site site) throws IOException {
    return Files.writeString(
        directory.resolve("handlers.json"), """
        {"version": 1, "command": {"isolation": "tracked", "work": "%s", "scripts": {
          "allow": ["http://127.0.0.1:%d"], "interpreters": {"sh": ["/bin/sh"]}, "inherit": ["PATH"]}}}
        """.formatted(directory.resolve("work"), site.port()));
  }

  private static Played execution(String url) throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(SCRIPT.getBytes(UTF_8));
    return Played.with(
        "command.script",
        url,
        "command.sha256",
        HexFormat.of().formatHex(digest),
        "command.interpreter",
        "sh",
        "command.argument.1",
        "it all");
  }

  private Result run(Site site, String url) throws Exception {
    try (var ready = ReadyHandlers.read(file(site))) {
      return ((ShardingJobHandler) ready.handlers().get(0))
          .handle(execution(url.replace("PORT", "" + site.port())));
    }
  }

  @Test
  void itComesFromWhereTheFileAllows() throws Exception {
    try (var site = new Site(FetchedScriptTest::answer)) {
      assertThat(run(site, "http://127.0.0.1:PORT/clean.sh"))
          .isInstanceOfSatisfying(
              Result.Ok.class, ok -> assertThat(ok.text()).endsWith("cleaned it all"));
    }
  }

  @Test
  @Timeout(20) // less than a script has time to come
  void whoClosesTheHandlersWaitsForNoScript() throws Exception {
    try (var site = new Site((request, connection) -> connection.untilClosed())) {
      ReadyHandlers ready = ReadyHandlers.read(file(site));
      var handler = (ShardingJobHandler) ready.handlers().get(0);
      var result = new CompletableFuture<Result>();
      new Thread(() -> {
            try {
              result.complete(handler.handle(execution("http://127.0.0.1:" + site.port() + "/")));
            } catch (Exception e) {
              result.completeExceptionally(e);
            }
          })
          .start();
      site.untilAsked();

      ready.close();

      assertThat(result.get()).isInstanceOf(Result.Failed.class);
    }
  }

  @Test
  void itDoesNotComeFromElsewhereAndNotByADetour() throws Exception {
    try (var site = new Site(FetchedScriptTest::answer)) {
      assertThat(run(site, "http://localhost:PORT/clean.sh").toString())
          .contains("is not in the list 'allow' of this instance's file");
      assertThat(site.requests()).isEmpty();
      assertThat(run(site, "http://127.0.0.1:PORT/moved.sh").toString()).contains("answered 302");
      assertThat(run(site, "http://127.0.0.1:PORT/gone.sh").toString()).contains("answered 404");
      assertThat(site.requests()).hasSize(2);
    }
  }
}
