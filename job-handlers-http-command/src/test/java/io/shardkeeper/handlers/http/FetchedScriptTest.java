package io.shardkeeper.handlers.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.handlers.ReadyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
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

  private Result run(Site site, String url) throws Exception {
    Path file = Files.writeString(
        directory.resolve("handlers.json"), """
        {"version": 1, "command": {"isolation": "tracked", "work": "%s", "scripts": {
          "allow": ["http://127.0.0.1:%d"], "interpreters": {"sh": ["/bin/sh"]}, "inherit": ["PATH"]}}}
        """.formatted(directory.resolve("work"), site.port()));
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(SCRIPT.getBytes(UTF_8));
    try (var ready = ReadyHandlers.read(file)) {
      var handler = (ShardingJobHandler) ready.handlers().get(0);
      return handler.handle(Played.with(
          "command.script",
          url.replace("PORT", "" + site.port()),
          "command.sha256",
          HexFormat.of().formatHex(digest),
          "command.interpreter",
          "sh",
          "command.argument.1",
          "it all"));
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
