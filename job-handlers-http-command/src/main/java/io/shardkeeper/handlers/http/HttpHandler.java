package io.shardkeeper.handlers.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ROOT;

import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.handlers.http.Exchange.Answer;
import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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

  private static final Duration LONGEST_WAIT = Duration.ofDays(1);
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,18}");
  private static final int PART = 8;
  private static final String HIDDEN = "[hidden]";

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
    String secret = "";
    try {
      Order order = Order.read(context, rules);
      Credential credential = order.credential();
      secret = credential == null ? "" : credential.secret(world.environment());
      return call(order, secret, context);
    } catch (IllegalArgumentException | IOException e) {
      context.cancellation().throwIfRequested();
      String reason = shown(hiddenParts(String.valueOf(e.getMessage()), secret), REASON, true);
      context.log().warn("{}", shown(reason, REASON, false));
      return Result.failed(reason);
    }
  }

  private Result call(Order order, String secret, ShardingContext context)
      throws IOException, InterruptedException {
    Logger log = context.log();
    Credential credential = order.credential();
    log.info(
        "{}{}",
        hidden(order.toString(), secret),
        credential == null ? "" : " with the credential '" + credential.name() + "'");
    long begin = world.nanoTime().getAsLong();
    Answer answer = caller.call(
        order, secret, context.cancellation(), line -> log.info("{}", hiddenParts(line, secret)));
    long took = TimeUnit.NANOSECONDS.toMillis(world.nanoTime().getAsLong() - begin);
    context.cancellation().throwIfRequested();
    String size = (answer.cut() ? "more than " : "") + answer.body().length + " bytes";
    String line = answer.status() + ", " + took + " ms, " + size;
    String body = text(answer, secret);
    log.info("{}{}", line, body.isEmpty() ? "" : ": " + shown(body, SHOWN, false));
    String behind = body.isEmpty() ? "" : "\n" + shown(body, SHOWN, true);
    if (!order.expects(answer.status())) {
      String reason = hidden(order.toString(), secret) + ": answered " + answer.status()
          + "; http.expect has " + order.expect() + behind;
      return Result.failed(reason, wait(answer.retryAfter()));
    }
    if (answer.cut()) {
      return Result.failed(
          hidden(order.toString(), secret) + ": answered " + answer.status()
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
    if (SECONDS.matcher(text).matches()) {
      asked = Duration.ofSeconds(Long.parseLong(text));
    } else if (!text.isEmpty()) {
      try {
        Instant until =
            ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
        asked = Duration.between(world.clock().instant(), until);
      } catch (DateTimeException e) {
        return Duration.ZERO; // a stranger's mistake is no reason to fail in another way
      }
    }
    if (asked.isNegative()) {
      return Duration.ZERO;
    }
    return asked.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : asked;
  }

  // ------------------------------------------------------------ what is shown

  private static String text(Answer answer, String secret) {
    byte[] bytes = answer.body();
    String type = answer.type().split(";", 2)[0].strip().toLowerCase(ROOT);
    if (bytes.length == 0) {
      return "";
    }
    if (!type.isEmpty() && !isText(type)) {
      return "(" + Quote.of(hiddenParts(answer.type().split(";", 2)[0], secret)) + ")";
    }
    if (answer.cut() && !secret.isEmpty()) {
      // Where it was cut, it may end in a part of the secret, which nobody would recognize.
      return "(not shown: it was cut, and may hold a part of the credential)";
    }
    boolean latin = answer.type().toLowerCase(ROOT).contains("iso-8859-1");
    return hidden(new String(bytes, latin ? ISO_8859_1 : UTF_8), secret);
  }

  private static boolean isText(String type) {
    return type.startsWith("text/")
        || Set.of("application/x-www-form-urlencoded", "application/x-ndjson").contains(type)
        || type.endsWith("json")
        || type.endsWith("xml");
  }

  /** A text in which a secret does not stand, however it was quoted: some servers send back what they got. */
  private static String hidden(String text, String secret) {
    return secret.isEmpty()
        ? text
        : text.replace(secret, HIDDEN)
            .replace(Escape.json(secret), HIDDEN)
            .replace(Escape.percent(secret), HIDDEN);
  }

  /** The same for a short text that may have been cut or written in other letters on its way: no eight characters of the secret stand in it. */
  private static String hiddenParts(String text, String secret) {
    if (secret.length() < PART) {
      return hidden(text, secret);
    }
    var rest = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      int length = partAt(text, at, secret);
      rest.append(length > 0 ? HIDDEN : text.substring(at, at + 1));
      at += Math.max(length, 1);
    }
    return hidden(rest.toString(), secret);
  }

  /** How many characters of a text are a part of a secret that is long enough to be one; 0 if none is. */
  private static int partAt(String text, int at, String secret) {
    for (int from = 0; from + PART <= secret.length(); from++) {
      int length = PART;
      if (text.regionMatches(true, at, secret, from, length)) {
        while (text.regionMatches(true, at, secret, from, length + 1)) {
          length++;
        }
        return length;
      }
    }
    return 0;
  }

  /** The beginning of a stranger's text, with nothing in it that moves a cursor or changes the direction of reading. */
  private static String shown(String text, int most, boolean lines) {
    var shown = new StringBuilder();
    int end = Math.min(text.length(), most);
    if (end < text.length() && end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--; // no half characters
    }
    for (int i = 0; i < end; i++) {
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
    return text.length() > most
        ? shown + " [cut: " + (text.length() - end) + " characters more]"
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
