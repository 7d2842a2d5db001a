package io.shardkeeper.handlers.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.ZoneOffset.UTC;
import static java.util.Locale.ROOT;
import static java.util.Locale.US;

import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.handlers.http.Exchange.Answer;
import io.shardkeeper.handlers.http.Secret.Beginning;
import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;

/**
 * Calls a URL: a job without a line of code. What it may call says the file of the instance, and what it calls the parameters of the job. Threads may share
 * it.
 *
 * <pre>
 *   http.url      https://api.example.com/orders/{order}/close     {order} is another parameter
 *   http.method   POST
 *   http.body     {"at": "{run.scheduled-at}"}
 *   order         4711
 * </pre>
 *
 * <p>It has one thread for all connections, {@code shardkeeper-http}, and up to four that look up names, {@code shardkeeper-http-lookup-<n>}: daemons, which
 * {@link #close()} ends.
 */
public final class HttpHandler implements ShardingJobHandler, AutoCloseable {
  /** Characters of a body that are shown. */
  private static final int SHOWN = 2_000;

  /** Characters of a reason, behind which it is cut. */
  private static final int REASON = 8_000;

  /** Digits of a number of seconds that is worth reading; more is longer than anybody waits. */
  private static final int MOST_DIGITS = 18;

  private static final Duration LONGEST_WAIT = Duration.ofDays(1);
  private static final Pattern SECONDS = Pattern.compile("0*([0-9]+)");

  private final HttpRules rules;
  private final World world;
  private final Caller caller;

  /** With what the instance allows. */
  public HttpHandler(HttpRules rules) {
    this(rules, World.real());
  }

  HttpHandler(HttpRules rules, World world) {
    this.rules = rules;
    this.world = world;
    this.caller = new Caller(world, rules.origins());
  }

  @Override
  public String name() {
    return "http";
  }

  @Override
  public String description() {
    return "Calls the URL in the parameter http.url, if this instance allows it";
  }

  @Override
  public Result handle(ShardingContext context) throws InterruptedException {
    context.cancellation().throwIfRequested();
    Secret secret = Secret.NONE;
    try {
      Order order = Order.read(context, rules);
      Credential credential = order.credential();
      secret =
          credential == null ? Secret.NONE : new Secret(credential.secret(world.environment()));
      return call(order, secret, context);
    } catch (IllegalArgumentException | IOException e) {
      context.cancellation().throwIfRequested();
      String told = secret.partsHiddenIn(String.valueOf(e.getMessage()));
      Beginning reason = Secret.NONE.beginning(told, REASON);
      context.log().warn("{}", shown(reason, false));
      return Result.failed(shown(reason, true));
    }
  }

  private Result call(Order order, Secret secret, ShardingContext context)
      throws IOException, InterruptedException {
    Logger log = context.log();
    Credential credential = order.credential();
    log.info(
        "{}{}",
        secret.hiddenIn(order.toString()),
        credential == null ? "" : " with the credential '" + credential.name() + "'");
    long begin = world.nanoTime().getAsLong();
    Answer answer = caller.call(
        order,
        secret.plain(),
        context.cancellation(),
        line -> log.info("{}", secret.partsHiddenIn(line)));
    long took = TimeUnit.NANOSECONDS.toMillis(world.nanoTime().getAsLong() - begin);
    context.cancellation().throwIfRequested();
    String size = (answer.cut() ? "more than " : "") + answer.body().length + " bytes";
    String line = answer.status() + ", " + took + " ms, " + size;
    Beginning body = text(answer, secret);
    boolean silent = body.text().isEmpty();
    log.info("{}{}", line, silent ? "" : ": " + shown(body, false));
    String behind = silent ? "" : "\n" + shown(body, true);
    if (!order.expects(answer.status())) {
      String reason = secret.hiddenIn(order.toString()) + ": answered " + answer.status()
          + "; http.expect has " + order.expect() + behind;
      return Result.failed(reason, wait(answer.retryAfter()));
    }
    if (answer.cut()) {
      return Result.failed(
          secret.hiddenIn(order.toString()) + ": answered " + answer.status()
              + " with more than " + order.terms().most()
              + " bytes, where reading stopped; http.most of the job, or http.response of the file, says how many are read");
    }
    return Result.ok(line + behind);
  }

  // ------------------------------------------------------------ when to come back

  /** How long somebody asks us to stay away: so many seconds, or until a date. Nothing if he does not, or not so that it can be read. */
  private Duration wait(String retryAfter) {
    String text = retryAfter.strip();
    Duration asked = Duration.ZERO;
    Matcher seconds = SECONDS.matcher(text);
    if (seconds.matches()) {
      String digits = seconds.group(1);
      asked =
          digits.length() > MOST_DIGITS ? LONGEST_WAIT : Duration.ofSeconds(Long.parseLong(digits));
    } else if (!text.isEmpty()) {
      Instant now = world.clock().instant();
      // What cannot be read is a stranger's mistake, and no reason to fail in another way.
      asked = dates(now).stream()
          .flatMap(form -> date(text, form).stream())
          .findFirst()
          .map(until -> Duration.between(now, until))
          .orElse(Duration.ZERO);
    }
    if (asked.isNegative()) {
      return Duration.ZERO;
    }
    return asked.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : asked;
  }

  /** The three forms of a date in HTTP: the one of today, that of RFC 850, and that of asctime. A year of two digits is at most fifty years ahead. */
  private static List<DateTimeFormatter> dates(Instant now) {
    var year = new DateTimeFormatterBuilder()
        .appendPattern("EEEE, dd-MMM-")
        .appendValueReduced(
            ChronoField.YEAR, 2, 2, now.atZone(UTC).toLocalDate().minusYears(49))
        .appendPattern(" HH:mm:ss 'GMT'")
        .toFormatter(US)
        .withZone(UTC);
    return List.of(
        DateTimeFormatter.RFC_1123_DATE_TIME,
        year,
        DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss uuuu", US).withZone(UTC));
  }

  private static Optional<Instant> date(String text, DateTimeFormatter form) {
    try {
      return Optional.of(form.parse(text, Instant::from));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  // ------------------------------------------------------------ what is shown

  private static Beginning text(Answer answer, Secret secret) {
    byte[] bytes = answer.body();
    String type = answer.type().split(";", 2)[0].strip().toLowerCase(ROOT);
    if (bytes.length == 0) {
      return new Beginning("", 0);
    }
    if (!type.isEmpty() && !isText(type)) {
      String told = secret.partsHiddenIn(answer.type().split(";", 2)[0]);
      return new Beginning("(" + Quote.of(told) + ")", 0);
    }
    if (answer.cut() && !secret.isNone()) {
      // Where it was cut, it may end in a part of the secret, which nobody would recognize.
      return new Beginning("(not shown: it was cut, and may hold a part of the credential)", 0);
    }
    boolean latin = answer.type().toLowerCase(ROOT).contains("iso-8859-1");
    return secret.beginning(new String(bytes, latin ? ISO_8859_1 : UTF_8), SHOWN);
  }

  private static boolean isText(String type) {
    return type.startsWith("text/")
        || Set.of("application/x-www-form-urlencoded", "application/x-ndjson").contains(type)
        || type.endsWith("json")
        || type.endsWith("xml");
  }

  /** The beginning of a stranger's text, with nothing in it that moves a cursor or changes the direction of reading. */
  private static String shown(Beginning beginning, boolean lines) {
    String text = beginning.text();
    var shown = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (lines && c == '\n') {
        shown.append(c);
      } else if (c == '\n' || c == '\r' || c == '\t') {
        shown.append(c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
      } else if (isHarmless(c, i, text)) {
        shown.append(c);
      } else {
        shown.append(String.format("\\u%04x", (int) c));
      }
    }
    return beginning.more() > 0
        ? shown + " [cut: " + beginning.more() + " characters more]"
        : shown.toString();
  }

  private static boolean isHarmless(char c, int index, String text) {
    if (Character.isHighSurrogate(c)) {
      return index + 1 < text.length() && Character.isLowSurrogate(text.charAt(index + 1));
    }
    if (Character.isLowSurrogate(c)) {
      return index > 0 && Character.isHighSurrogate(text.charAt(index - 1));
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED -> false;
      default -> true;
    };
  }

  /** Ends the calls that are under way, and the threads. */
  @Override
  public void close() {
    caller.close();
  }
}
