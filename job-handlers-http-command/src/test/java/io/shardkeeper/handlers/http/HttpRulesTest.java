package io.shardkeeper.handlers.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.core.json.Fields;
import io.shardkeeper.core.json.Json;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handlers.http.Url.Origin;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The file of an instance, and downloads under the same guard. */
@Timeout(120)
final class HttpRulesTest {
  @TempDir
  Path directory;

  private static List<String> mistakes(String json) {
    List<String> mistakes = new ArrayList<>();
    HttpRules.read(new Fields(Json.parse(json.replace('\'', '"')), "http.", mistakes::add));
    return mistakes;
  }

  @Test
  void whatIsNotSaidIsSafe() {
    HttpRules rules = Calls.rules("{'allow': ['https://api.example.com']}");
    assertThat(rules.timeout()).hasSeconds(30);
    assertThat(rules.connectTimeout()).hasSeconds(5);
    assertThat(rules.response()).isEqualTo(1_048_576);
    assertThat(rules.redirects()).isZero();
    assertThat(rules.credentials()).isEmpty();
    assertThat(rules.origins().toString()).isEqualTo("Origins[https://api.example.com][]");
  }

  @Test
  void everythingCanBeSaid() {
    HttpRules rules =
        Calls.rules("{'allow': ['https://api.example.com:443', 'https://*.shop.example.com', "
            + "'https://[2001:DB8:0::7]', 'http://10.1.2.3:8080'], 'networks': ['10.1.0.0/16', 'fd00::/8', '127.0.0.1/32'],"
            + "'credentials': {'billing': {'header': 'Authorization', 'prefix': 'Bearer ', 'file': '/etc/token',"
            + "'for': ['https://api.example.com', 'https://a.shop.example.com', 'https://*.b.shop.example.com', 'https://*.shop.example.com']}},"
            + "'connect-timeout': '1s', 'timeout': 'PT1M', 'response': '64MB', 'redirects': 3}");
    assertThat(rules.origins().toString())
        .isEqualTo(
            "Origins[https://api.example.com, https://*.shop.example.com, https://[2001:db8::7], "
                + "http://10.1.2.3:8080][10.1.0.0/16, fd00::/8, 127.0.0.1/32]");
    assertThat(rules.credentials().values())
        .allSatisfy(billing -> assertThat(billing.entries()).hasSize(4))
        .hasSize(1);
  }

  @Test
  void aWildcardStandsForOneLabelOrMore() {
    Origins origins = Calls.rules("{'allow': ['https://*.shop.example.com']}").origins();
    origins.check(new Origin("https", "a.shop.example.com", 443));
    origins.check(new Origin("https", "b.a.shop.example.com", 443));
    for (Origin other : List.of(
        new Origin("https", "shop.example.com", 443),
        new Origin("https", "xshop.example.com", 443),
        new Origin("http", "a.shop.example.com", 443),
        new Origin("https", "a.shop.example.com", 444))) {
      assertThatThrownBy(() -> origins.check(other))
          .hasMessageContaining("is not in the list 'allow'");
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      {}                                    | http.allow: is missing; an entry is a scheme, a host
      {'allow': []}                         | http.allow: names nobody
      {'allow': ['']}                       | http.allow: '' has no scheme
      {'allow': ['api.example.com']}        | http.allow: 'api.example.com' has no scheme; it begins with https://
      {'allow': ['https://a.example/']}     | http.allow: 'https://a.example/' has something behind the host
      {'allow': ['https://a.example?x']}    | has something behind the host
      {'allow': ['https://*.com']}          | has a '*' before what is no domain
      {'allow': ['https://*.10.1.2.3']}     | has a '*' before what is no domain
      {'allow': ['https://a.*.example']}    | has the host 'a.*.example'
      {'allow': ['https://*']}              | has the host '*'
      {'allow': ['ftp://a.example']}        | has the scheme 'ftp'
      {'allow': ['https://[::ffff:10.0.0.1]']} | in brackets comes an IPv6 address
      """)
  void aMistakeInTheListIsTold(String json, String told) {
    assertThat(mistakes(json)).hasSize(1).first().asString().contains(told);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      'networks': ['10.1.2.3/16']       | http.networks: '10.1.2.3/16' is an address inside of a network; the network is 10.1.0.0/16
      'networks': ['0.0.0.0/0']         | reaches too far; a network has at least /8
      'networks': ['::/0']              | reaches too far; a network has at least /7
      'networks': ['10.0.0.0/33']       | its addresses have 32 bits
      'networks': ['10.0.0.0']          | is no network; here comes one such as
      'networks': ['10.0.0.0/08']       | is no network
      'networks': ['example.com/8']     | is no network
      'networks': ['1::2::3/64']        | is no network
      'networks': ['1:2:3:4:5:6:7/64']  | is no network
      'networks': ['1:2:3:4:5:6:7::8/64'] | is no network
      'networks': ['1:2:3:4::5:6:7:8/64'] | is no network
      'networks': ['::12345/64']        | is no network
      'networks': ['::1.2.3/64']        | is no network
      'networks': ['1.2.3.4::/64']      | is no network
      'timeout': '0s'                   | http.timeout: PT0S is out of range; it runs from 1ms to 24h
      'timeout': 5                      | http.timeout: found 5; a duration such as
      'connect-timeout': '25h'          | http.connect-timeout: PT25H is out of range
      'response': '65MB'                | http.response: 68157440 bytes are out of range
      'redirects': 4                    | http.redirects: 4 are out of range; 0 to 3
      'trust': '/nowhere/ca.pem'        | http.trust: '/nowhere/ca.pem' cannot be read: NoSuchFileException
      'credentials': {'k': {'for': ['https://a.example']}} | http.credentials.k: has neither of 'file' and 'environment'
      'credentials': {'k': {'file': '/a', 'environment': 'A', 'for': ['https://a.example']}} | has both of
      'credentials': {'k': {'file': 'a', 'for': ['https://a.example']}} | a whole path comes here
      'credentials': {'k': {'file': '/a'}} | http.credentials.k.for: is missing
      'credentials': {'k': {'file': '/a', 'for': []}} | http.credentials.k.for: names nobody
      'credentials': {'k': {'file': '/a', 'for': ['https://b.example']}} | 'https://b.example' is not in 'allow'
      'credentials': {'k': {'file': '/a', 'for': ['https://*.a.example']}} | is not in 'allow'
      'credentials': {'k': {'file': '/a', 'header': 'Host', 'for': ['https://a.example']}} | belongs to the connection
      'credentials': {'k': {'file': '/a', 'header': 'A B', 'for': ['https://a.example']}} | 'A B' is no header
      'credentials': {'k': {'file': '/a', 'prefix': '\u00fc', 'for': ['https://a.example']}} | has the character
      """)
  void aMistakeIsTold(String field, String told) {
    assertThat(mistakes("{'allow': ['https://a.example'], " + field + "}"))
        .hasSize(1)
        .first()
        .asString()
        .contains(told);
  }

  @Test
  void allMistakesAreTold() {
    assertThat(
            mistakes(
                "{'allow': ['x', 'y'], 'networks': ['z'], 'timeout': '0s', 'response': 'a', 'redirects': 9}"))
        .hasSize(6);
  }

  @Test
  void whatIsTrustedAreCertificates() throws Exception {
    Path file = directory.resolve("ca.pem");
    String field = "{'allow': ['https://a.example'], 'trust': '" + file + "'}";
    Files.writeString(file, "");
    assertThat(mistakes(field).toString()).contains("holds no certificate");
    Files.writeString(file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assertThat(mistakes(field).toString()).contains("holds something else than certificates");
    Files.writeString(file, "x".repeat(1_000_001));
    assertThat(mistakes(field).toString()).contains("has 1000001 bytes");
  }

  @ParameterizedTest
  @CsvSource({
    "2606:4700::1111, true", "64:ff9b::808:808, true", "8.8.8.8, true", "10.1.2.3, true",
        "64:ff9b::a01:203, true",
    "10.2.0.1, false", "64:ff9b::a02:1, false", "fd12::1, true", "fc00::1, false", "4000::1, false"
  })
  void networksAreAllowedBesideWhatIsPublic(String address, boolean allowed) {
    List<Network> networks = List.of(Network.parse("10.1.0.0/16"), Network.parse("fd00::/8"));
    InetAddress asked = Network.address(address).orElseThrow();
    assertThat(Network.refusal(asked, networks).isEmpty()).isEqualTo(allowed);
  }

  // ------------------------------------------------------------ downloads

  private static Download download(Calls calls, Site site) {
    calls.names.put("site.example", List.of(Site.LOOPBACK));
    List<String> mistakes = new ArrayList<>();
    Origins origins = Origins.read(new Fields(
        Json.parse("{\"allow\": [\"http://site.example:" + site.port()
            + "\"], \"networks\": [\"127.0.0.0/8\"]}"),
        "",
        mistakes::add));
    assertThat(mistakes).isEmpty();
    return new Download(calls.world(), origins);
  }

  private static byte[] fetch(Download download, String url, Cancellation cancellation)
      throws Exception {
    return download.fetch(url, 100, Duration.ofSeconds(20), cancellation);
  }

  @Test
  void filesAreFetchedUnderTheSameGuard() throws Exception {
    try (var calls = new Calls();
        var site = new Site((request, connection) -> connection.say(
            switch (request.target()) {
              case "/there" -> Site.ok("echo");
              case "/large" -> Site.ok("x".repeat(101));
              case "/half" -> "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
              default -> "HTTP/1.1 302 Go\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n";
            }));
        var download = download(calls, site)) {
      var ending = new Played.Ending();
      assertThat(fetch(download, Calls.url(site, "/there"), ending)).asString().isEqualTo("echo");
      assertThat(site.last().headers()).containsOnlyKeys("host", "user-agent", "connection");
      assertThatThrownBy(() -> fetch(download, Calls.url(site, "/large"), ending))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("has more than 100 bytes");
      assertThatThrownBy(() -> fetch(download, Calls.url(site, "/half"), ending))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("in the middle");
      assertThatThrownBy(() -> fetch(download, Calls.url(site, "/moved"), ending))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("answered 302; 200 would be right");
      for (String url : List.of("ftp://site.example/x", "file:///etc/passwd")) {
        assertThatThrownBy(() -> fetch(download, url, ending))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("The URL of the file has the scheme");
      }
      assertThatThrownBy(() -> fetch(download, "http://evil.test/x", ending))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("http://evil.test is not in the list 'allow'");
      calls.names.put("site.example", List.of(InetAddress.getByAddress(new byte[] {10, 0, 0, 1})));
      assertThatThrownBy(() -> fetch(download, Calls.url(site, "/there"), ending))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is at 10.0.0.1 (private)");
    }
  }

  @Test
  void aDownloadIsCancelledAtOnce() throws Exception {
    try (var calls = new Calls();
        var site = new Site((request, connection) -> connection.untilClosed());
        var download = download(calls, site)) {
      var ending = new Played.Ending();
      var call = new FutureTask<>(() -> fetch(download, Calls.url(site, "/x"), ending));
      new Thread(call, "test-call").start();
      site.untilAsked();
      ending.request();
      assertThatThrownBy(() -> call.get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(CancellationException.class);
      site.untilGone();
    }
  }

  @Test
  void whoDownloadsByHimselfClosesWhatHeMade() {
    new Download(Calls.rules("{'allow': ['https://a.example']}").origins()).close();
  }
}
