package io.shardkeeper.handlers.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.handler.Result;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The list of tricks: none of them reaches what is not allowed, and of each class some reach it through a naive guard. Nothing but loopback is connected to. */
@Timeout(300)
final class UrlTricksTest {
  private static final String RULES =
      "{'allow': ['http://api.example.com', 'https://api.example.com', 'http://*.shop.example.com', 'http://8.8.4.4:8080'],"
          + " 'redirects': 3, 'timeout': '20s'}";
  private static final Set<String> ALLOWED =
      Set.of("93.184.216.34 80", "93.184.216.34 443", "93.184.216.35 80", "8.8.4.4 8080");
  private static final Pattern CLASS = Pattern.compile("\\[([^]]+)] (.*)");

  /** A URL with what belongs to it; what reaches the server is empty if nothing may. */
  record Trick(String line, Map<String, String> parameters, String location, String arrives) {}

  /** Tricks of one kind, and how their refusal is told. */
  record Kind(String name, Pattern reason, List<Trick> tricks) {
    @Override
    public String toString() {
      return name;
    }
  }

  private final Calls calls = new Calls();

  @AfterEach
  void close() {
    calls.close();
  }

  static List<Kind> kinds() throws IOException {
    List<Kind> kinds = new ArrayList<>();
    try (var in = UrlTricksTest.class.getResourceAsStream("url-tricks.txt")) {
      for (String line : new String(in.readAllBytes(), UTF_8).split("\n", -1)) {
        Matcher head = CLASS.matcher(line);
        if (head.matches()) {
          kinds.add(new Kind(
              head.group(1), Pattern.compile(head.group(2), Pattern.DOTALL), new ArrayList<>()));
        } else if (!line.isBlank() && !line.startsWith("#")) {
          kinds.get(kinds.size() - 1).tricks.add(trick(line));
        }
      }
    }
    return kinds;
  }

  private static Trick trick(String line) {
    String[] columns = line.split(" \\| ", -1);
    Map<String, String> parameters = new TreeMap<>();
    String location = "";
    String arrives = "";
    parameters.put("http.url", unescaped(columns[0]));
    for (int i = 1; i < columns.length; i++) {
      String[] pair = columns[i].split("=", 2);
      if (columns[i].startsWith("-> ")) {
        arrives = columns[i].substring(3);
      } else if (pair[0].equals("location")) {
        location = unescaped(pair[1]);
      } else {
        parameters.put(pair[0], unescaped(pair[1]));
      }
    }
    return new Trick(line, parameters, location, arrives);
  }

  private static String unescaped(String text) {
    return Pattern.compile("\\\\(?:u([0-9a-f]{4})|(.))")
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(
            found.group(1) != null
                ? String.valueOf((char) Integer.parseInt(found.group(1), 16))
                : switch (found.group(2)) {
                  case "r" -> "\r";
                  case "n" -> "\n";
                  case "t" -> "\t";
                  default -> found.group(2);
                }));
  }

  @Test
  void theListIsLong() throws IOException {
    assertThat(kinds()).hasSizeGreaterThanOrEqualTo(14);
    assertThat(kinds().stream().mapToInt(kind -> kind.tricks.size()).sum())
        .isGreaterThanOrEqualTo(140);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void noneReachesWhatIsNotAllowed(Kind kind) throws Exception {
    for (Trick trick : kind.tricks) {
      calls.connected.clear();
      try (var site = new Site((request, connection) -> connection.say(
          request.target().equals("/go")
              ? "HTTP/1.1 302 Go\r\nLocation: " + trick.location + "\r\nContent-Length: 0\r\n\r\n"
              : Site.ok("arrived")))) {
        calls.resolver = new Naive.Names();
        // Whoever is allowed is here; whoever else is asked for is nowhere.
        calls.connector = (bootstrap, address) -> ALLOWED.contains(text(address))
            ? bootstrap.connect(new InetSocketAddress(Site.LOOPBACK, site.port()))
            : bootstrap.register().channel().newFailedFuture(new ConnectException("no network"));
        HttpHandler handler = calls.handler(RULES);
        var run = Played.with(trick.parameters.entrySet().stream()
            .flatMap(entry -> List.of(entry.getKey(), entry.getValue()).stream())
            .toArray(String[]::new));
        Result result = handler.handle(run);
        handler.close();
        assertThat(calls.connected)
            .as(trick.line)
            .allSatisfy(address -> assertThat(ALLOWED).contains(text(address)));
        if (trick.arrives.isEmpty()) {
          assertThat(result).as(trick.line).isInstanceOf(Result.Failed.class);
          assertThat(((Result.Failed) result).reason()).as(trick.line).containsPattern(kind.reason);
          assertThat(calls.connected).as(trick.line).hasSize(trick.location.isEmpty() ? 0 : 1);
        } else {
          assertThat(result).as(trick.line).isInstanceOf(Result.Ok.class);
          assertThat(site.last().target()).as(trick.line).isEqualTo(trick.arrives);
          assertThat(site.last().headers()).as(trick.line).doesNotContainKey("x-injected");
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void someOfEachKindGetPastANaiveGuard(Kind kind) {
    List<String> past = new ArrayList<>();
    for (Trick trick : kind.tricks) {
      Naive.Reached reached = Naive.reached(trick.parameters, trick.location, new Naive.Names());
      boolean elsewhere = !ALLOWED.containsAll(reached.targets());
      boolean split = reached.sent().stream().anyMatch(sent -> sent.matches("(?s).*[\r\n].*"));
      boolean changed = kind.name.equals("fields that would be more")
          && !trick.arrives.isEmpty()
          && !reached.sent().isEmpty()
          && !reached.sent().contains(trick.arrives);
      if (elsewhere || split || changed) {
        past.add(trick.line + "  ==>  " + reached);
      }
    }
    assertThat(past).as(kind.name).isNotEmpty();
  }

  private static String text(InetSocketAddress address) {
    return Network.text(address.getAddress()) + " " + address.getPort();
  }
}
