package io.shardkeeper.handlers.http;

import static io.shardkeeper.handlers.http.Calls.failure;
import static io.shardkeeper.handlers.http.Calls.ok;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS with certificates that are made here. */
@Timeout(300)
final class HttpTlsTest {
  private static final String PASSWORD = "change-it";

  @TempDir
  static Path directory;

  private final Calls calls = new Calls();

  @BeforeAll
  static void makeCertificates() throws Exception {
    make("right", "san=dns:site.example,ip:127.0.0.1");
    make("wrong", "san=dns:elsewhere.example");
  }

  private static void make(String name, String names) throws Exception {
    keytool(name, "-genkeypair", "-keyalg", "EC", "-dname", "CN=site.example", "-ext", names);
    keytool(name, "-exportcert", "-rfc", "-file", pem(name));
  }

  private static String pem(String name) {
    return directory.resolve(name + ".pem").toString();
  }

  private static void keytool(String name, String... what) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(what));
    command.addAll(List.of("-alias", name, "-storetype", "PKCS12", "-storepass", PASSWORD));
    command.addAll(List.of("-keystore", directory.resolve(name + ".p12").toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  @AfterEach
  void close() {
    calls.close();
  }

  private static Site site(String name, Site.Script script) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(directory.resolve(name + ".p12"))) {
      keys.load(in, PASSWORD.toCharArray());
    }
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return new Site(
        context.getServerSocketFactory().createServerSocket(0, 50, Site.LOOPBACK), script);
  }

  private HttpHandler trusting(String name, String host, Site site) {
    calls.names.put(host, List.of(Site.LOOPBACK));
    return calls.handler("{'allow': ['https://" + host + ":" + site.port()
        + "'], 'networks': ['127.0.0.0/8']"
        + (name.isEmpty() ? "" : ", 'trust': '" + pem(name) + "'") + "}");
  }

  private static Played to(Site site, String host) {
    return Played.with("http.url", "https://" + host + ":" + site.port() + "/x");
  }

  @Test
  void whoIsTrustedAndHasTheNameIsCalled() throws Exception {
    var told = new CompletableFuture<List<?>>();
    try (var site = site("right", (request, connection) -> {
      var session = (ExtendedSSLSession) ((SSLSocket) connection.socket()).getSession();
      told.complete(session.getRequestedServerNames());
      connection.say(Site.ok("safe"));
    })) {
      assertThat(ok(trusting("right", "site.example", site).handle(to(site, "site.example"))))
          .endsWith("safe");
      assertThat(told.get(30, TimeUnit.SECONDS))
          .isEqualTo(List.of(new SNIHostName("site.example")));
      assertThat(site.last().header("host")).isEqualTo("site.example:" + site.port());
    }
  }

  @Test
  void addressesAreComparedToo() throws Exception {
    try (var site = site("right", (request, connection) -> connection.say(Site.ok("safe")))) {
      assertThat(ok(trusting("right", "127.0.0.1", site).handle(to(site, "127.0.0.1"))))
          .endsWith("safe");
    }
  }

  @Test
  void aNameWithAnUnderscoreHasNoCertificate() throws Exception {
    try (var site = site("right", (request, connection) -> connection.say(Site.ok("wrong")))) {
      HttpHandler handler = trusting("right", "under_score.example", site);
      assertThat(failure(handler.handle(to(site, "under_score.example"))))
          .contains("did not come to TLS");
      assertThat(site.requests()).isEmpty();
    }
  }

  @Test
  void whoHasAnotherNameGetsNothing() throws Exception {
    try (var site = site("wrong", (request, connection) -> connection.say(Site.ok("wrong")))) {
      assertThat(failure(trusting("wrong", "site.example", site).handle(to(site, "site.example"))))
          .contains("did not come to TLS with somebody who is trusted and has the name")
          .contains("site.example");
      assertThat(site.requests()).isEmpty();
    }
  }

  @Test
  void whomNobodyTrustsGetsNothing() throws Exception {
    try (var site = site("right", (request, connection) -> connection.say(Site.ok("wrong")))) {
      for (String trust : List.of("wrong", "")) {
        assertThat(failure(trusting(trust, "site.example", site).handle(to(site, "site.example"))))
            .contains("did not come to TLS with somebody who is trusted");
      }
      assertThat(site.requests()).isEmpty();
    }
  }

  @Test
  void whoSpeaksNoTlsGetsNothing() throws Exception {
    try (var listener = new ServerSocket(0, 50, Site.LOOPBACK);
        var site = new Site(listener, (request, connection) -> connection.say(Site.ok("wrong")))) {
      calls.environment.put("KEY", "canary");
      var run = to(site, "site.example");
      run.parameters().put("http.timeout", "5s");
      assertThat(failure(trusting("right", "site.example", site).handle(run)))
          .containsAnyOf("did not come to TLS", "was no connection", "was closed");
      assertThat(site.requests()).isEmpty();
    }
  }

  @Test
  void whoTakesTheConnectionAndSaysNothingIsGivenUp() throws Exception {
    try (var listener = new ServerSocket(0, 50, Site.LOOPBACK)) {
      calls.names.put("site.example", List.of(Site.LOOPBACK));
      HttpHandler handler =
          calls.handler("{'allow': ['https://site.example:" + listener.getLocalPort()
              + "'], 'networks': ['127.0.0.0/8'], 'connect-timeout': '100ms'}");
      assertThat(failure(handler.handle(
              Played.with("http.url", "https://site.example:" + listener.getLocalPort() + "/"))))
          .contains("there was no connection to 127.0.0.1 port")
          .contains("TLS included; http.connect-timeout is 100ms");
    }
  }

  @Test
  void aRedirectDoesNotLeadDownToHttp() throws Exception {
    try (var plain = Site.saying("wrong");
        var site = site(
            "right",
            (request, connection) ->
                connection.say("HTTP/1.1 302 Go\r\nLocation: http://site.example:" + plain.port()
                    + "/\r\n\r\n"))) {
      calls.names.put("site.example", List.of(Site.LOOPBACK));
      HttpHandler handler = calls.handler("{'allow': ['https://site.example:" + site.port()
          + "', 'http://site.example:" + plain.port()
          + "'], 'networks': ['127.0.0.0/8'], 'redirects': 2, 'trust': '"
          + pem("right") + "'}");
      assertThat(failure(handler.handle(to(site, "site.example"))))
          .contains("leads from https down to http");
      assertThat(plain.requests()).isEmpty();
    }
  }
}
