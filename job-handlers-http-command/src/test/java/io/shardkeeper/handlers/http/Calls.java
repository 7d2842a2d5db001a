package io.shardkeeper.handlers.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.shardkeeper.core.json.Fields;
import io.shardkeeper.core.json.Json;
import io.shardkeeper.handler.Result;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Handlers with rules and a world that a test gives them; all of them are closed behind it. Every address that is connected to is noted. */
final class Calls implements AutoCloseable {
  static final Instant NOW = Instant.parse("2026-11-21T02:30:00Z");

  final Map<String, List<InetAddress>> names = new ConcurrentHashMap<>();
  final Map<String, String> environment = new ConcurrentHashMap<>();
  final List<InetSocketAddress> connected = new CopyOnWriteArrayList<>();
  final List<String> lookedUp = new CopyOnWriteArrayList<>();
  World.Connector connector = Bootstrap::connect;
  private final List<HttpHandler> handlers = new ArrayList<>();

  /** What happens when a name is looked up that nobody gave an address. */
  World.Resolver resolver = host -> {
    List<InetAddress> found = names.get(host);
    if (found == null) {
      throw new UnknownHostException(host);
    }
    return found;
  };

  World world() {
    return new World(
        host -> {
          lookedUp.add(host);
          return resolver.addresses(host);
        },
        (bootstrap, address) -> {
          connected.add(address);
          return connector.connect(bootstrap, address);
        },
        environment,
        () -> NOW,
        System::nanoTime);
  }

  /** Rules as they stand in a file, with ' for ". */
  static HttpRules rules(String json) {
    List<String> mistakes = new ArrayList<>();
    var fields = new Fields(Json.parse(json.replace('\'', '"')), "http.", mistakes::add);
    HttpRules rules = HttpRules.read(fields);
    assertThat(mistakes).isEmpty();
    assertThat(fields.unknown().size()).isZero();
    return rules;
  }

  HttpHandler handler(String json) {
    var handler = new HttpHandler(rules(json), world());
    handlers.add(handler);
    return handler;
  }

  /** A handler that may call some sites by the name of "site.example", which is here. */
  HttpHandler of(Site... sites) {
    return of("", sites);
  }

  HttpHandler of(String more, Site... sites) {
    names.put("site.example", List.of(Site.LOOPBACK));
    List<String> allow = new ArrayList<>();
    for (Site site : sites) {
      allow.add("'http://site.example:" + site.port() + "'");
    }
    return handler("{'allow': " + allow + ", 'networks': ['127.0.0.0/8']" + more + "}");
  }

  static String url(Site site, String path) {
    return "http://site.example:" + site.port() + path;
  }

  static String ok(Result result) {
    assertThat(result).isInstanceOf(Result.Ok.class);
    return ((Result.Ok) result).text();
  }

  static String failure(Result result) {
    assertThat(result).isInstanceOf(Result.Failed.class);
    return ((Result.Failed) result).reason();
  }

  @Override
  public void close() {
    handlers.forEach(HttpHandler::close);
  }
}
