package io.shardkeeper.handlers.http;

import static java.util.Locale.ROOT;

import io.shardkeeper.config.Amount;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handlers.fields.RunFields;
import io.shardkeeper.handlers.fields.Template;
import io.shardkeeper.text.Quote;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is to be called, once its job and its instance have been asked. Immutable.
 *
 * @param method GET and the like
 * @param headers all but those of the connection and the credential
 * @param body what is sent; empty if nothing is
 * @param expect which answers are right
 * @param credential which secret comes along; none if nobody named one
 */
record Order(
    String method,
    Url url,
    Map<String, String> headers,
    String body,
    List<Statuses> expect,
    Terms terms,
    @Nullable Credential credential) {
  /** Characters of a body, once it is filled in. */
  static final int LONGEST_BODY = 1 << 20;

  /** Characters of a header's value, once it is filled in. */
  static final int LONGEST_HEADER = 4_096;

  /** Characters of all headers of a job. */
  static final int LONGEST_HEADERS = 16_384;

  private static final String PREFIX = "http.";
  private static final String HEADER = "http.header.";
  private static final String TYPE = "Content-Type";
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
  private static final Set<String> BODILESS = Set.of("GET", "HEAD");
  private static final List<String> KNOWN = List.of(
      "http.url",
      "http.method",
      "http.header.<Name>",
      "http.body",
      "http.expect",
      "http.timeout",
      "http.connect-timeout",
      "http.most",
      "http.credential");

  /** No underscore: some servers take it for a hyphen, and so for another header. */
  private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9-]{1,100}");

  private static final Set<String> OF_THE_CONNECTION = Set.of(
      "accept-encoding", // what comes compressed may be a thousand times as large
      "connection",
      "content-length",
      "expect",
      "host",
      "http2-settings",
      "keep-alive",
      "te",
      "trailer",
      "transfer-encoding",
      "upgrade",
      "via");
  private static final Set<String> SECRETS = Set.of("authorization", "cookie", "cookie2");
  private static final Set<String> OF_THE_RUN =
      Set.of("shardkeeper-token", "traceparent", "tracestate");

  /** Copies what could be changed. */
  Order {
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    expect = List.copyOf(expect);
  }

  /** How much of everything. */
  record Terms(Duration timeout, Duration connectTimeout, long most, int redirects) {}

  /** Statuses from one to another. */
  record Statuses(int first, int last) {
    private static final Pattern FORM = Pattern.compile("([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?");

    static Statuses parse(String text) {
      Matcher matcher = FORM.matcher(text.strip());
      if (matcher.matches()) {
        int first = Integer.parseInt(matcher.group(1));
        int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
        if (first <= last) {
          return new Statuses(first, last);
        }
      }
      throw new IllegalArgumentException("'" + Quote.of(text)
          + "' is no status; statuses and ranges of them come here, such as 200-299,404");
    }

    static List<Statuses> list(String text) {
      List<Statuses> list = new ArrayList<>();
      for (String one : text.split(",", -1)) {
        list.add(parse(one));
      }
      return list;
    }

    @Override
    public String toString() {
      return first == last ? Integer.toString(first) : first + "-" + last;
    }
  }

  /** What is fetched for ourselves: nothing is said of any run. */
  static Order fetch(Url url, Terms terms) {
    return new Order(
        "GET",
        url,
        Map.of("User-Agent", "shardkeeper"),
        "",
        List.of(new Statuses(200, 200)),
        terms,
        null);
  }

  /**
   * What the job of an execution asks for.
   *
   * @throws IllegalArgumentException with everything that is wrong with it
   */
  static Order read(ShardingContext context, HttpRules rules) {
    List<String> mistakes = new ArrayList<>();
    var reading = new Reading(context, rules, mistakes::add);
    Order order = reading.order();
    if (!mistakes.isEmpty() || order == null) {
      throw new IllegalArgumentException(
          "The parameters of this job cannot be used:\n  - " + String.join("\n  - ", mistakes));
    }
    return order;
  }

  /** Whether an answer is one of those that are right. */
  boolean expects(int status) {
    return expect.stream().anyMatch(range -> range.first <= status && status <= range.last);
  }

  /**
   * What is called when the answer was to call something else.
   *
   * @throws IllegalArgumentException if that cannot be called, or may not
   */
  Order redirected(int status, String location, Origins origins) {
    Url next;
    try {
      next = url.resolve(location);
      origins.check(next.origin());
      if (url.origin().isHttps() && !next.origin().isHttps()) {
        throw new IllegalArgumentException(
            "leads from https down to http, where anybody can listen; https would be right");
      }
    } catch (IllegalArgumentException e) {
      String told = location.split("[?#]", 2)[0];
      throw new IllegalArgumentException(
          "The redirect (" + status + ") to '" + Quote.of(told) + "' " + e.getMessage(), e);
    }
    boolean keeps = status == 307 || status == 308 || method.equals("HEAD");
    if (keeps) {
      return new Order(method, next, headers, body, expect, terms, credential);
    }
    Map<String, String> without = new LinkedHashMap<>(headers);
    without.keySet().removeIf(name -> name.toLowerCase(ROOT).startsWith("content-"));
    return new Order("GET", next, without, "", expect, terms, credential);
  }

  /** Without header values and body, where people put secrets. */
  @Override
  public String toString() {
    return method + " " + url;
  }

  // ------------------------------------------------------------ names of headers

  /**
   * Refuses what some server might read as another header.
   *
   * @throws IllegalArgumentException if it is no name
   */
  static void checkHeaderName(String name) {
    if (!HEADER_NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'" + Quote.of(name) + "' is no header; its name is made of letters, digits and hyphens");
    }
  }

  static boolean belongsToTheConnection(String name) {
    String lower = name.toLowerCase(ROOT);
    return OF_THE_CONNECTION.contains(lower) || lower.startsWith("proxy-");
  }

  // ------------------------------------------------------------ reading

  /** Reads parameters, and goes on when one is wrong, so that all that is wrong is told at once. */
  private static final class Reading {
    private final ShardingContext context;
    private final Map<String, String> parameters;
    private final HttpRules rules;
    private final Consumer<String> mistakes;
    private final UnaryOperator<String> values;

    Reading(ShardingContext context, HttpRules rules, Consumer<String> mistakes) {
      this.context = context;
      this.parameters = context.parameters();
      this.rules = rules;
      this.mistakes = mistakes;
      RunFields fields = RunFields.of(context);
      this.values = name -> {
        if (name.startsWith(PREFIX)) {
          throw new IllegalArgumentException("{" + Quote.of(name)
              + "} is what the handler is asked to do; other parameters can be filled in");
        }
        return fields.apply(name);
      };
    }

    @Nullable
    Order order() {
      for (String name : new TreeSet<>(parameters.keySet())) {
        if (name.startsWith(PREFIX) && !KNOWN.contains(name) && !name.startsWith(HEADER)) {
          mistakes.accept("'" + Quote.of(name) + "' means nothing; there are " + KNOWN);
        }
      }
      String method = of("http.method", "GET", this::method, "GET");
      Url url = url();
      Map<String, String> headers = headers();
      String body = body(method, headers);
      List<Statuses> expect = of("http.expect", "200-299", Statuses::list, List.of());
      Terms terms = new Terms(
          time("http.timeout", rules.timeout()),
          time("http.connect-timeout", rules.connectTimeout()),
          of("http.most", Long.toString(rules.response()), this::most, 1L),
          rules.redirects());
      Credential credential = credential(url);
      return url == null ? null : new Order(method, url, headers, body, expect, terms, credential);
    }

    private <T> T of(String name, String otherwise, Function<String, T> read, T instead) {
      return attempt(name, () -> read.apply(parameters.getOrDefault(name, otherwise)), instead);
    }

    private <T> T attempt(String name, Supplier<T> read, T instead) {
      try {
        return read.get();
      } catch (IllegalArgumentException e) {
        mistakes.accept(Quote.of(name) + " " + e.getMessage());
        return instead;
      }
    }

    private String method(String text) {
      if (!METHODS.contains(text)) {
        throw new IllegalArgumentException(
            "= '" + Quote.of(text) + "': one of " + METHODS + " comes here");
      }
      return text;
    }

    private @Nullable Url url() {
      String text = parameters.get("http.url");
      if (text == null) {
        mistakes.accept(
            "http.url is missing; what is to be called comes there, such as https://api.example.com/orders/{order}");
        return null;
      }
      // What is wrong with the host is told before what is wrong with a value: without a host
      // nothing is called.
      try {
        Url url = Url.parse(Escape.url().fill(Template.of(text), values, Url.LONGEST));
        rules.origins().check(url.origin());
        return url;
      } catch (IllegalArgumentException e) {
        mistakes.accept("http.url " + e.getMessage());
        return null;
      }
    }

    private Map<String, String> headers() {
      Map<String, String> asked = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      for (String parameter : new TreeSet<>(parameters.keySet())) {
        if (parameter.startsWith(HEADER)) {
          String name = parameter.substring(HEADER.length());
          String value = attempt(
              parameter,
              () -> {
                checkMaySet(name);
                return header(name, parameters.getOrDefault(parameter, ""));
              },
              "");
          if (asked.put(name, value) != null) {
            mistakes.accept(Quote.of(parameter)
                + " stands there twice, in letters of other cases; once would be right");
          }
        }
      }
      int size = asked.entrySet().stream()
          .mapToInt(entry -> entry.getKey().length() + entry.getValue().length() + 4)
          .sum();
      if (size > LONGEST_HEADERS) {
        mistakes.accept("The headers have " + size + " characters; they have at most "
            + LONGEST_HEADERS + " together");
      }
      return withOurs(asked);
    }

    private Map<String, String> withOurs(Map<String, String> asked) {
      asked.putIfAbsent("User-Agent", "shardkeeper");
      // The same for each attempt: who keeps such keys does the work once.
      asked.putIfAbsent(
          "Idempotency-Key", context.runId() + "/" + context.shard().index());
      asked.put("Shardkeeper-Token", Long.toString(context.token()));
      if (!context.trace().isEmpty()) {
        asked.put("traceparent", context.trace().traceparent());
      }
      if (!context.trace().tracestate().isEmpty()) {
        asked.put("tracestate", context.trace().tracestate());
      }
      return asked;
    }

    private String header(String name, String text) {
      Template template = Template.of(text);
      if (name.equalsIgnoreCase(TYPE) && !template.names().isEmpty()) {
        throw new IllegalArgumentException(
            "has fields; it says how values are escaped in the body, and cannot be a value itself");
      }
      return Escape.header().fill(template, values, LONGEST_HEADER).strip();
    }

    private void checkMaySet(String name) {
      checkHeaderName(name);
      String lower = name.toLowerCase(ROOT);
      if (belongsToTheConnection(name)) {
        throw new IllegalArgumentException("belongs to the connection; the handler alone sets it");
      }
      if (OF_THE_RUN.contains(lower)) {
        throw new IllegalArgumentException("says which run this is; the handler alone sets it");
      }
      if (SECRETS.contains(lower)
          || rules.credentials().values().stream()
              .anyMatch(one -> one.header().equalsIgnoreCase(name))) {
        throw new IllegalArgumentException(
            "carries a credential; http.credential names one that this instance's file has");
      }
    }

    private String body(String method, Map<String, String> headers) {
      String text = parameters.getOrDefault("http.body", "");
      if (text.isEmpty()) {
        return "";
      }
      return attempt(
          "http.body",
          () -> {
            if (BODILESS.contains(method)) {
              throw new IllegalArgumentException(
                  "cannot be sent with " + method + "; http.method would be POST, PUT or PATCH");
            }
            Template template = Template.of(text);
            String type = headers.computeIfAbsent(TYPE, any -> typeOf(template));
            String lower = type.toLowerCase(ROOT);
            if (lower.contains("charset")
                && !lower.matches("[^;]*;\\s*charset\\s*=\\s*\"?utf-8\"?\\s*")) {
              throw new IllegalArgumentException("is sent as UTF-8, and " + HEADER + TYPE
                  + " says '" + Quote.of(type) + "'; charset=utf-8 would be right, or none");
            }
            return Escape.body(type).fill(template, values, LONGEST_BODY);
          },
          "");
    }

    private static String typeOf(Template template) {
      boolean json = !template.pieces().isEmpty()
          && template.pieces().get(0) instanceof Template.Piece.Text first
          && (first.text().stripLeading().startsWith("{")
              || first.text().stripLeading().startsWith("["));
      return json ? "application/json" : "text/plain; charset=utf-8";
    }

    private Duration time(String name, Duration most) {
      return of(
          name,
          most.toString(),
          text -> {
            Duration asked = quantity(text, Amount::duration, Amount.DURATION);
            if (asked.isNegative() || asked.isZero() || asked.compareTo(most) > 0) {
              throw new IllegalArgumentException("= '" + Quote.of(text)
                  + "' is out of range; this instance allows more than 0s and at most "
                  + most.toMillis() + "ms");
            }
            return asked;
          },
          most);
    }

    private long most(String text) {
      long asked = quantity(text, Amount::size, Amount.SIZE);
      if (asked < 1 || asked > rules.response()) {
        throw new IllegalArgumentException("= '" + Quote.of(text)
            + "' is out of range; this instance allows 1 to " + rules.response() + " bytes");
      }
      return asked;
    }

    private static <T> T quantity(String text, Function<String, T> read, String expected) {
      try {
        return read.apply(text);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "= '" + Quote.of(text) + "': " + expected + " comes here", e);
      }
    }

    private @Nullable Credential credential(@Nullable Url url) {
      String name = parameters.get("http.credential");
      if (name == null) {
        return null;
      }
      Credential credential = rules.credentials().get(name);
      if (credential == null) {
        mistakes.accept("http.credential = '" + Quote.of(name) + "': the file of this instance has "
            + new TreeSet<>(rules.credentials().keySet()));
      } else if (url != null && !credential.isFor(url.origin())) {
        mistakes.accept("http.credential = '" + Quote.of(name) + "' is not for "
            + Quote.of(url.origin().toString()) + "; its list 'for' in this instance's file has "
            + credential.entries());
      }
      return credential;
    }
  }
}
