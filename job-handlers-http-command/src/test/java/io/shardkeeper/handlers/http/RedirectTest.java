package io.shardkeeper.handlers.http;

import static io.shardkeeper.handlers.http.Calls.failure;
import static io.shardkeeper.handlers.http.Calls.ok;
import static io.shardkeeper.handlers.http.Calls.url;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers that send us elsewhere. */
@Timeout(120)
final class RedirectTest {
  private final Calls calls = new Calls();

  @AfterEach
  void close() {
    calls.close();
  }

  private static Site to(int status, String location) throws IOException {
    return new Site((request, connection) -> connection.say(
        request.target().equals("/go/on?x=1")
            ? "HTTP/1.1 " + status + " Go\r\nLocation: " + location
                + "\r\nContent-Length: 100000000\r\n\r\n"
            : Site.ok("arrived")));
  }

  @Test
  void areNotFollowedUnlessTheFileSaysSo() throws Exception {
    try (var site = new Site((request, connection) ->
        connection.say("HTTP/1.1 302 Go\r\nLocation: /there\r\nContent-Length: 5\r\n\r\nthere"))) {
      var run = Played.with("http.url", url(site, "/go/on?x=1"), "http.expect", "302");
      assertThat(ok(calls.of(site).handle(run))).endsWith("\nthere");
      assertThat(site.requests()).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "301, POST, GET",
    "302, PUT, GET",
    "303, POST, GET",
    "303, HEAD, HEAD",
    "307, POST, POST",
    "308, POST, POST",
    "302, HEAD, HEAD"
  })
  void eachStatusKeepsItsMethodOrNot(int status, String method, String then) throws Exception {
    try (var site = to(status, "/there")) {
      HttpHandler handler = calls.of(", 'redirects': 1", site);
      var run = method.equals("HEAD")
          ? Played.with("http.url", url(site, "/go/on?x=1"), "http.method", method)
          : Played.with(
              "http.url",
              url(site, "/go/on?x=1"),
              "http.method",
              method,
              "http.body",
              "[1]",
              "http.header.X-Mine",
              "kept",
              "http.header.Content-Language",
              "en");
      ok(handler.handle(run));
      assertThat(site.last().line()).isEqualTo(then + " /there HTTP/1.1");
      boolean body = then.equals("POST");
      assertThat(site.last().body()).isEqualTo(body ? "[1]" : "");
      assertThat(site.last().headers().containsKey("content-type")).isEqualTo(body);
      assertThat(site.last().headers().containsKey("content-language")).isEqualTo(body);
      assertThat(site.last().headers().containsKey("x-mine")).isEqualTo(!method.equals("HEAD"));
      assertThat(calls.lookedUp).containsExactly("site.example", "site.example");
      assertThat(run.notes.lines().get(1))
          .isEqualTo(status + ", redirected to " + then + " " + url(site, "/there"));
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      there          | /go/there
      ../a/./b/..    | /a/
      ?y=2           | /go/on?y=2
      //HOST/z       | /z
      http://HOST/q  | /q
      .              | /go/
      a?b=../c       | /go/a?b=../c
      """)
  void mayBeShort(String location, String target) throws Exception {
    int[] port = new int[1];
    try (var site = new Site((request, connection) -> connection.say(
        request.target().equals("/go/on?x=1")
            ? "HTTP/1.1 302 Go\r\nLocation: " + location.replace("HOST", "site.example:" + port[0])
                + "\r\n\r\n"
            : Site.ok("arrived")))) {
      port[0] = site.port();
      ok(calls
          .of(", 'redirects': 3", site)
          .handle(Played.with("http.url", url(site, "/go/on?x=1"))));
      assertThat(site.last().target()).isEqualTo(target);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      http://elsewhere.example/a?hush=1 | may not be called from here: http://elsewhere.example is not in the list 'allow'
      http://site.example/              | http://site.example is not in the list
      ftp://site.example/               | has the scheme 'ftp'
      http:///x                         | has the host ''
      http://site.example@127.0.0.1/    | has user info
      /a#b                              | has a fragment
      /a/..;v=1/b                       | as a step of its path
      /a b                              | has the character \\u0020
      """)
  void leadOnlyWhereTheFileAllows(String location, String told) throws Exception {
    try (var site = to(302, location)) {
      assertThat(failure(calls
              .of(", 'redirects': 3", site)
              .handle(Played.with("http.url", url(site, "/go/on?x=1")))))
          .startsWith("The redirect (302) to '")
          .contains(told)
          .doesNotContain("hush");
      assertThat(calls.connected).hasSize(1);
    }
  }

  @Test
  void doNotGoInCircles() throws Exception {
    try (var site = to(302, "/go/on?x=1")) {
      assertThat(failure(calls
              .of(", 'redirects': 3", site)
              .handle(Played.with("http.url", url(site, "/go/on?x=1")))))
          .contains("after 3 redirects there was one more")
          .contains("http.redirects");
      assertThat(site.requests()).hasSize(4);
    }
  }

  @Test
  void leadToOnePlace() throws Exception {
    try (var site = to(302, "/a\r\nLocation: /b")) {
      assertThat(failure(calls
              .of(", 'redirects': 3", site)
              .handle(Played.with("http.url", url(site, "/go/on?x=1")))))
          .contains("with 2 places to go to");
    }
  }

  @Test
  void aCredentialStaysWithWhomItIsFor() throws Exception {
    try (var other = Site.saying("arrived");
        var site = to(307, "http://site.example:" + other.port() + "/there")) {
      calls.environment.put("KEY", "canary");
      HttpHandler handler = calls.of(
          ", 'redirects': 1, 'credentials': {'key': {'environment': 'KEY', 'for': ['http://site.example:"
              + site.port() + "']}}",
          site,
          other);
      var run = Played.with("http.url", url(site, "/go/on?x=1"), "http.credential", "key");
      ok(handler.handle(run));
      assertThat(site.last().header("authorization")).isEqualTo("canary");
      assertThat(other.last().headers()).doesNotContainKey("authorization");
      assertThat(other.last().headers()).doesNotContainValue("canary");
      assertThat(run.notes.lines().get(1))
          .endsWith(", without the credential: it is not for that origin");
    }
  }
}
