package io.shardkeeper.handlers.http;

import static io.shardkeeper.handlers.http.Calls.failure;
import static io.shardkeeper.handlers.http.Calls.ok;
import static io.shardkeeper.handlers.http.Calls.url;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.handler.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What jobs ask for: how mistakes are told, and that credentials are not. */
@Timeout(120)
final class OrderTest {
  private static final HttpRules RULES = Calls.rules(
      "{'allow': ['https://api.example.com'], 'timeout': '30s', 'response': '1MB',"
          + "'credentials': {'key': {'header': 'X-Api-Key', 'environment': 'KEY', 'for': ['https://api.example.com']}}}");

  @TempDir
  Path directory;

  private final Calls calls = new Calls();

  @AfterEach
  void close() {
    calls.close();
  }

  private static String mistake(String... parameters) {
    String[] all = new String[parameters.length + 4];
    System.arraycopy(parameters, 0, all, 4, parameters.length);
    all[0] = "http.url";
    all[1] = "https://api.example.com/";
    all[2] = "v";
    all[3] = "a\r\nX: b";
    try {
      return "none: " + Order.read(Played.with(all), RULES);
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void allMistakesAreToldAtOnce() {
    assertThatThrownBy(() -> Order.read(
            Played.with(
                "http.method", "FETCH",
                "http.ur", "x",
                "http.header.Host", "x",
                "http.header.X", "{nobody}",
                "http.expect", "2xx",
                "http.timeout", "soon",
                "http.connect-timeout", "1h",
                "http.most", "2MB",
                "http.credential", "other"),
            RULES))
        .message()
        .startsWith(
            "The parameters of this job cannot be used:\n  - 'http.ur' means nothing; there are [http.url, ")
        .contains("\n  - http.method = 'FETCH': one of [GET, ")
        .contains("\n  - http.url is missing; ")
        .contains("\n  - http.header.Host belongs to the connection")
        .contains("\n  - http.header.X {nobody} is no parameter of this job")
        .contains("\n  - http.expect '2xx' is no status; ")
        .contains("\n  - http.timeout = 'soon': a duration such as ")
        .contains(
            "\n  - http.connect-timeout = '1h' is out of range; this instance allows more than 0s and at most 5000ms")
        .contains(
            "\n  - http.most = '2MB' is out of range; this instance allows 1 to 1048576 bytes")
        .contains("\n  - http.credential = 'other': the file of this instance has [key]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host",
        "content-length",
        "Transfer-Encoding",
        "Connection",
        "Proxy-Authorization",
        "proxy-x",
        "TE",
        "Upgrade",
        "Keep-Alive",
        "Trailer",
        "Expect",
        "Accept-Encoding",
        "HTTP2-Settings"
      })
  void headersOfTheConnectionAreOurs(String name) {
    assertThat(mistake("http.header." + name, "x")).contains("belongs to the connection");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Authorization", "Cookie", "cookie2", "x-API-key"})
  void headersWithSecretsComeFromTheFile(String name) {
    assertThat(mistake("http.header." + name, "x"))
        .contains("carries a credential; http.credential names one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Shardkeeper-Token", "traceparent", "Tracestate"})
  void headersThatSayWhichRunItIsAreOurs(String name) {
    assertThat(mistake("http.header." + name, "x")).contains("says which run this is");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      http.header.X_Y      | x                 | made of letters, digits and hyphens
      http.header.         | x                 | '' is no header
      http.header.X        | {v}               | {v}: has the character \\u000d at 2
      http.header.X        | \u00fc            | has the character \\u00fc at 1
      http.header.X        | {http.url}        | {http.url} is what the handler is asked to do
      http.header.X        | {run.nothing}     | {run.nothing} is no field of a run
      http.header.Content-Type | {v}           | says how values are escaped in the body
      http.expect          | 299-200           | '299-200' is no status
      http.expect          | 200,              | '' is no status
      http.timeout         | 31s               | at most 30000ms
      http.timeout         | 0s                | more than 0s
      http.most            | 0                 | allows 1 to 1048576 bytes
      http.most            | some              | = 'some': a size such as
      http.body            | x                 | cannot be sent with GET; http.method would be POST
      """)
  void aMistakeIsToldWithWhatWouldBeRight(String name, String value, String told) {
    assertThat(mistake(name, value)).contains(told);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      application/json                  | {"a": {v}}        | stands outside of quotes
      application/json                  | {"a": "\\{v}"}    | stands behind a \\
      application/xml                   | <a {v}="1"/>      | stands inside of a tag
      application/xml                   | <a b='1' {v}/>    | stands inside of a tag
      application/xml                   | <a>{nul}</a>      | which XML cannot hold
      application/x-www-form-urlencoded | a=%{v}            | without two hexadecimal digits
      application/json; charset=latin1  | {"a": 1}          | is sent as UTF-8
      """)
  void aValueThatWouldBeMoreIsRefused(String type, String body, String told) {
    assertThat(mistake(
            "http.method",
            "POST",
            "http.header.Content-Type",
            type,
            "http.body",
            body,
            "nul",
            "\u0001"))
        .contains("http.body ")
        .contains(told);
  }

  @Test
  void whatGrowsWithoutBoundIsRefused() {
    String large = "x".repeat(60_000);
    assertThat(mistake("http.method", "PUT", "http.body", "{l}".repeat(20), "l", large))
        .contains("becomes longer than 1048576 characters");
    assertThat(mistake("http.header.X", "{l}", "l", large)).contains("longer than 4096 characters");
    String header = "x".repeat(4_000);
    assertThat(mistake(
            "http.header.A",
            header,
            "http.header.B",
            header,
            "http.header.C",
            header,
            "http.header.D",
            header,
            "http.header.E",
            header))
        .contains("at most 16384 together");
    assertThat(mistake("http.header.A", "1", "http.header.a", "2")).contains("stands there twice");
    assertThat(mistake("http.url", "https://api.example.com/" + "x".repeat(8_000)))
        .contains("longer than 8000 characters");
    assertThat(mistake("http.url", "https://" + "a.".repeat(130) + "a/"))
        .contains("has a host of 261 characters");
  }

  @Test
  void aCredentialIsForWhomTheFileSays() {
    HttpRules rules =
        Calls.rules("{'allow': ['https://a.example', 'https://b.example'], 'credentials':"
            + "{'key': {'environment': 'KEY', 'for': ['https://a.example']}}}");
    assertThatThrownBy(() -> Order.read(
            Played.with("http.url", "https://b.example/", "http.credential", "key"), rules))
        .hasMessageContaining(
            "http.credential = 'key' is not for https://b.example; its list 'for' in this instance's file has [https://a.example]");
  }

  @Test
  void anOrderTellsNoSecrets() {
    Order order = Order.read(
        Played.with(
            "http.url",
            "https://api.example.com/a?key=hush",
            "http.method",
            "POST",
            "http.body",
            "hush",
            "http.header.X",
            "hush",
            "http.credential",
            "key"),
        RULES);
    assertThat(order.toString()).isEqualTo("POST https://api.example.com/a");
    assertThat(RULES.toString()).contains("credential 'key' (environment KEY)");
  }

  // ------------------------------------------------------------ secrets

  private static final String CANARY = "ca\"na/ry 4711";

  @Test
  void aSecretIsReadForEachCallAndNeverTold() throws Exception {
    Path file = Files.writeString(directory.resolve("token"), " old \n");
    try (var site = new Site((request, connection) -> {
      String got = request.header("authorization");
      connection.say("HTTP/1.1 401 " + got + "\r\nContent-Type: application/json\r\nRetry-After: "
          + got + "\r\nLocation: http://" + got + "/\r\n\r\n" + got + " " + Escape.json(got) + " "
          + Escape.percent(got) + " " + got.replace("/", "\\/") + " "
          + got.replace("/", "&#47;").replace("\"", "&quot;"));
    })) {
      HttpHandler handler = calls.of(
          ", 'credentials': {'key': {'prefix': 'Bearer ', 'file': '" + file
              + "', 'for': ['http://site.example:" + site.port() + "']}}",
          site);
      var run = Played.with("http.url", url(site, "/"), "http.credential", "key");
      failure(handler.handle(run));
      assertThat(site.last().header("authorization")).isEqualTo("Bearer old");
      Files.writeString(file, CANARY);
      run = Played.with("http.url", url(site, "/"), "http.credential", "key");
      Result result = handler.handle(run);
      assertThat(site.last().header("authorization")).isEqualTo("Bearer " + CANARY);
      assertThat(failure(result))
          .contains(
              "Bearer [hidden] Bearer [hidden] Bearer%20[hidden] Bearer [hidden] Bearer [hidden]");
      assertThat(run.notes.lines().get(0)).endsWith(" with the credential 'key'");
      run.parameters().put("http.most", "12");
      Result cut = handler.handle(run);
      assertThat(failure(cut)).contains("not shown");
      assertThat(List.of(run.notes.lines(), result, cut).toString())
          .doesNotContain("ca\"", "ca\\\"", "ca%22", "4711");
    }
  }

  @Test
  void aSecretThatRedirectsIsNotToldEither() throws Exception {
    calls.environment.put("KEY", "canary");
    try (var site = new Site((request, connection) ->
        connection.say("HTTP/1.1 302 Go\r\nLocation: /" + request.header("x-key") + "\r\n\r\n"))) {
      HttpHandler handler = calls.of(
          ", 'redirects': 1, 'credentials': {'key': {'header': 'X-Key', 'environment': 'KEY', 'for': ['http://site.example:"
              + site.port() + "']}}",
          site);
      var run = Played.with("http.url", url(site, "/"), "http.credential", "key");
      String reason = failure(handler.handle(run));
      assertThat(reason).contains("/[hidden]");
      assertThat(reason + run.notes.lines()).doesNotContain("canary");
    }
  }

  @Test
  void noPartOfASecretIsTold() throws Exception {
    calls.environment.put("KEY", "Canary-4711-0815-of-some-length");
    try (var site = new Site((request, connection) -> {
      String got = request.header("authorization");
      connection.say(
          switch (request.target()) {
            case "/line" -> "x".repeat(20) + got + " 200 OK\r\n\r\n";
            case "/go" -> "HTTP/1.1 302 Go\r\nLocation: ftp://" + "x".repeat(60) + got + "\r\n\r\n";
            default -> "HTTP/1.1 200 OK\r\nContent-Type: image/" + got + "\r\n\r\n1";
          });
    })) {
      HttpHandler handler = calls.of(
          ", 'redirects': 1, 'credentials': {'key': {'environment': 'KEY', 'for': ['http://site.example:"
              + site.port() + "']}}",
          site);
      for (String path : List.of("/line", "/go", "/type")) {
        var run = Played.with("http.url", url(site, path), "http.credential", "key");
        String told = handler.handle(run) + run.notes.lines().toString();
        assertThat(told).containsIgnoringCase("[hidden]").doesNotContainIgnoringCase("canary-4");
      }
    }
  }

  @Test
  void aSecretThatCannotBeUsedIsNotTold() throws Exception {
    Path file = directory.resolve("token");
    try (var site = Site.saying("")) {
      HttpHandler handler = calls.of(
          ", 'credentials': {'key': {'file': '" + file + "', 'for': ['http://site.example:"
              + site.port() + "']}}",
          site);
      var run = Played.with("http.url", url(site, "/"), "http.credential", "key");
      assertThat(failure(handler.handle(run)))
          .isEqualTo("credential 'key' (file " + file + ") cannot be read: NoSuchFileException");
      Files.writeString(file, " \n");
      assertThat(failure(handler.handle(run))).contains("is empty");
      Files.writeString(file, "canary\r\nX-More: 1");
      assertThat(failure(handler.handle(run)))
          .contains("cannot stand in a header")
          .doesNotContain("canary");
      Files.writeString(file, "x".repeat(9_000));
      assertThat(failure(handler.handle(run))).contains("larger than 8192 bytes");
      assertThat(site.requests()).isEmpty();
      Files.writeString(file, "canary");
      ok(handler.handle(run));
    }
  }
}
