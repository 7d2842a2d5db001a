package io.shardkeeper.handlers.http;

import static io.shardkeeper.handlers.http.Calls.failure;
import static io.shardkeeper.handlers.http.Calls.ok;
import static io.shardkeeper.handlers.http.Calls.url;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.handler.Result;
import io.shardkeeper.run.TraceContext;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls as they should be, of a real server. */
@Timeout(120)
final class HttpHandlerTest {
  private final Calls calls = new Calls();

  @AfterEach
  void close() {
    calls.close();
  }

  @Test
  void aUrlIsCalledAndItsAnswerTold() throws Exception {
    try (var site = Site.saying("done: 3 orders\n\u001b[31m\u202e")) {
      var run = Played.with("http.url", url(site, "/orders?key=hush"));
      HttpHandler handler = calls.of(site);
      assertThat(ok(handler.handle(run)))
          .matches("(?s)200, \\d+ ms, 23 bytes\ndone: 3 orders\n\\\\u001b\\[31m\\\\u202e");
      assertThat(site.last().line()).isEqualTo("GET /orders?key=hush HTTP/1.1");
      assertThat(run.notes.lines()).hasSize(2);
      assertThat(run.notes.lines().get(0)).isEqualTo("GET " + url(site, "/orders"));
      assertThat(run.notes.lines().get(1)).contains("200, ").contains("done: 3 orders\\n\\u001b");
      assertThat(handler.name()).isEqualTo("http");
      assertThat(handler.description()).contains("http.url");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
  void eachMethodIsSent(String method) throws Exception {
    try (var site = new Site((request, connection) -> connection.say(
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + (method.equals("HEAD") ? "" : "body")))) {
      var run = Played.with("http.url", url(site, ""), "http.method", method);
      String told = ok(calls.of(site).handle(run));
      assertThat(told).contains(method.equals("HEAD") ? " 0 bytes" : " 4 bytes\nbody");
      assertThat(site.last().line()).isEqualTo(method + " / HTTP/1.1");
      assertThat(site.last().headers().containsKey("content-length"))
          .isEqualTo(method.startsWith("P"));
    }
  }

  @Test
  void whatIsSentByItself() throws Exception {
    String trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    try (var site = Site.saying("")) {
      HttpHandler handler = calls.of(site);
      ok(handler.handle(
          Played.with("http.url", url(site, "/")).trace(new TraceContext(trace, "a=1"))));
      ok(handler.handle(Played.with("http.url", url(site, "/")).attempt(2)));
      assertThat(site.requests().get(0).headers())
          .containsOnly(
              java.util.Map.entry("host", "site.example:" + site.port()),
              java.util.Map.entry("user-agent", "shardkeeper"),
              java.util.Map.entry("idempotency-key", "billing.2a7.f.lx3/2"),
              java.util.Map.entry("shardkeeper-token", "4711"),
              java.util.Map.entry("traceparent", trace),
              java.util.Map.entry("tracestate", "a=1"),
              java.util.Map.entry("connection", "close"));
      assertThat(site.requests().get(1).header("idempotency-key")).isEqualTo("billing.2a7.f.lx3/2");
      assertThat(site.requests().get(1).headers()).doesNotContainKeys("traceparent", "tracestate");
    }
  }

  @Test
  void valuesStayValuesInAUrl() throws Exception {
    try (var site = Site.saying("")) {
      ok(calls
          .of(site)
          .handle(Played.with(
              "http.url",
              url(site, "/orders/{id}/x{id}?by={who}&at={run.scheduled-at}&part={run.parameter}"),
              "id",
              "..a/b c",
              "who",
              "a&b=c#d?\u00fc\r\n")));
      assertThat(site.last().target())
          .isEqualTo("/orders/..a%2Fb%20c/x..a%2Fb%20c?by=a%26b%3Dc%23d%3F%C3%BC%0D%0A"
              + "&at=2026-11-21T02%3A30%3A00Z&part=eu%20west");
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      application/json        | {"a":"{v}","n":{n}}  | {"a":"x\\"\\\\<&'\\u000a","n":-1.5e3}
      application/hal+json    | {"a":"\\\\{v}"}      | {"a":"\\\\x\\"\\\\<&'\\u000a"}
      Application/JSON; charset="UTF-8" | ["{v}"]    | ["x\\"\\\\<&'\\u000a"]
      application/xml         | <a b="{v}">{v}</a>   | <a b="x&#34;\\&#60;&#38;&#39;&#10;">x&#34;\\&#60;&#38;&#39;&#10;</a>
      application/x-www-form-urlencoded | a={v}&b=%20 | a=x%22%5C%3C%26%27%0A&b=%20
      """)
  void valuesStayValuesInABody(String type, String body, String sent) throws Exception {
    try (var site = Site.saying("")) {
      ok(calls
          .of(site)
          .handle(Played.with(
              "http.url",
              url(site, "/"),
              "http.method",
              "POST",
              "http.header.content-type",
              type,
              "http.body",
              body,
              "v",
              "x\"\\<&'\n",
              "n",
              "-1.5e3")));
      assertThat(site.last().body()).isEqualTo(sent);
      assertThat(site.last().header("content-type")).isEqualTo(type);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      ' {"a": "{v}"}' | application/json
      '["{v}"]'       | application/json
      '{v}'           | text/plain; charset=utf-8
      'a {v}'         | text/plain; charset=utf-8
      """)
  void theTypeOfABodyIsSeen(String body, String type) throws Exception {
    try (var site = Site.saying("")) {
      ok(calls
          .of(site)
          .handle(Played.with(
              "http.url", url(site, "/"), "http.method", "PUT", "http.body", body, "v", "x")));
      assertThat(site.last().header("content-type")).isEqualTo(type);
      assertThat(site.last().body()).contains("x").doesNotContain("{v}");
    }
  }

  @Test
  void headersOfAJobAreSent() throws Exception {
    try (var site = Site.saying("")) {
      ok(calls
          .of(site)
          .handle(Played.with(
              "http.url",
              url(site, "/"),
              "http.header.X-Shard",
              "{run.shard} of {run.shards}\t",
              "http.header.user-agent",
              "mine")));
      assertThat(site.last().header("x-shard")).isEqualTo("2 of 5");
      assertThat(site.last().header("user-agent")).isEqualTo("mine");
    }
  }

  @Test
  void anAnswerThatNobodyExpectsIsAFailure() throws Exception {
    try (var site = new Site((request, connection) ->
        connection.say("HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nnothing"))) {
      HttpHandler handler = calls.of(site);
      assertThat(failure(handler.handle(Played.with("http.url", url(site, "/a?b=c")))))
          .isEqualTo(
              "GET " + url(site, "/a") + ": answered 404; http.expect has [200-299]\nnothing");
      assertThat(ok(handler.handle(
              Played.with("http.url", url(site, "/a"), "http.expect", "200-299, 404"))))
          .startsWith("404, ");
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      120                             | PT2M
      Sat, 21 Nov 2026 02:31:00 GMT   | PT1M
      Sat, 21 Nov 2026 02:29:00 GMT   | PT0S
      99999999999999                  | PT24H
      99999999999999999999            | PT24H
      000000000000000000000000120     | PT2M
      Sun, 21 Nov 2027 02:31:00 GMT   | PT24H
      Saturday, 21-Nov-26 02:31:00 GMT | PT1M
      Sunday, 21-Nov-27 02:31:00 GMT  | PT24H
      Tuesday, 21-Nov-78 02:31:00 GMT | PT0S
      Sat Nov 21 02:31:00 2026        | PT1M
      Sun Nov  1 02:31:00 2026        | PT0S
      Wed Dec  2 02:31:00 2026        | PT24H
      Mon, 21 Nov 2026 02:31:00 GMT   | PT0S
      soon                            | PT0S
      -1                              | PT0S
      """)
  void whoAsksToWaitIsGivenTime(String retryAfter, Duration wait) throws Exception {
    try (var site = new Site((request, connection) -> connection.say(
        "HTTP/1.1 503 Busy\r\nRetry-After: " + retryAfter + "\r\nContent-Length: 0\r\n\r\n"))) {
      Result result = calls.of(site).handle(Played.with("http.url", url(site, "/")));
      assertThat(((Result.Failed) result).retryAfter()).isEqualTo(wait);
      assertThat(failure(result)).contains("answered 503");
    }
  }

  @Test
  void aLongBodyIsShownInPart() throws Exception {
    try (var site = Site.saying("x" + "\ud83d\ude00".repeat(1_000) + "y".repeat(102))) {
      var run = Played.with("http.url", url(site, "/"));
      String told = ok(calls.of(site).handle(run));
      assertThat(told).endsWith("\ud83d\ude00 [cut: 104 characters more]");
      assertThat(run.notes.lines().get(1)).endsWith("[cut: 104 characters more]");
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      image/png                       | (image/png)
      text/html; charset=ISO-8859-1   | \u00c3\u00bc
      application/problem+json        | \u00fc
      application/x-ndjson            | \u00fc
      image/svg+xml                   | \u00fc
      """)
  void bytesAreShownAsWhatTheyAre(String type, String shown) throws Exception {
    try (var site = new Site((request, connection) ->
        connection.say("HTTP/1.0 200 OK\r\nContent-Type: " + type + "\r\n\r\n\u00fc"))) {
      assertThat(ok(calls.of(site).handle(Played.with("http.url", url(site, "/")))))
          .endsWith("2 bytes\n" + shown);
    }
  }

  @Test
  void anotherAddressOfTheNameIsTriedIfNobodyIsAtTheFirst() throws Exception {
    try (var site = Site.saying("here")) {
      InetAddress nobody = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
      HttpHandler handler = calls.of(site);
      calls.names.put("site.example", List.of(nobody, Site.LOOPBACK));
      calls.connector = (bootstrap, address) -> address.getAddress().equals(nobody)
          ? bootstrap.register().channel().newFailedFuture(new java.net.ConnectException("refused"))
          : bootstrap.connect(address);
      assertThat(ok(handler.handle(Played.with("http.url", url(site, "/"))))).endsWith("here");
      assertThat(calls.connected).hasSize(2);
      calls.names.put("site.example", List.of(nobody));
      assertThat(failure(handler.handle(Played.with("http.url", url(site, "/")))))
          .contains("no connection to 127.0.0.2 port " + site.port() + ": refused");
    }
  }

  @Test
  void anAddressThatIsAllowedAsItStandsNeedsNoName() throws Exception {
    try (var site = Site.saying("here")) {
      HttpHandler handler = calls.handler("{'allow': ['http://127.0.0.1:" + site.port() + "']}");
      var run = Played.with("http.url", "http://127.0.0.1:" + site.port() + "/");
      assertThat(ok(handler.handle(run))).endsWith("here");
      assertThat(calls.lookedUp).isEmpty();
      assertThat(site.last().header("host")).isEqualTo("127.0.0.1:" + site.port());
    }
  }

  @Test
  void aNameIsLookedUpOnceAndItsAddressesAreChecked() throws Exception {
    try (var site = Site.saying("here")) {
      HttpHandler handler = calls.of(site);
      ok(handler.handle(Played.with("http.url", url(site, "/"))));
      assertThat(calls.lookedUp).containsExactly("site.example");
      calls.names.put(
          "site.example",
          List.of(Site.LOOPBACK, InetAddress.getByAddress(new byte[] {10, 0, 0, 5})));
      assertThat(failure(handler.handle(Played.with("http.url", url(site, "/")))))
          .contains("site.example is at 10.0.0.5 (private)")
          .contains("'networks'");
      calls.names.put("site.example", List.of());
      assertThat(failure(handler.handle(Played.with("http.url", url(site, "/")))))
          .contains("has no address");
      calls.names.remove("site.example");
      assertThat(failure(handler.handle(Played.with("http.url", url(site, "/")))))
          .contains("nobody knows an address of site.example");
      calls.resolver = host -> {
        throw new IllegalStateException("broken");
      };
      assertThat(failure(handler.handle(Played.with("http.url", url(site, "/")))))
          .contains("site.example cannot be looked up: IllegalStateException");
      assertThat(calls.connected).hasSize(1);
    }
  }

  @Test
  void theRealMachineIsCalledToo() throws Exception {
    try (var site = Site.saying("here");
        var handler = new HttpHandler(Calls.rules("{'allow': ['http://localhost:" + site.port()
            + "'], 'networks': ['127.0.0.0/8', '::1/128']}"))) {
      var run = Played.with("http.url", "http://localhost:" + site.port() + "/");
      assertThat(ok(handler.handle(run))).endsWith("here");
      assertThat(World.real().toString()).isEqualTo("World");
    }
  }
}
