package io.shardkeeper.handlers.http;

import static io.shardkeeper.handlers.http.Calls.failure;
import static io.shardkeeper.handlers.http.Calls.ok;
import static io.shardkeeper.handlers.http.Calls.url;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handlers.http.Exchange.NotConnected;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers that are slow, broken or wicked, and ends that come from our side. */
@Timeout(120)
final class HttpTroubleTest {
  private static final String HEAD = "HTTP/1.1 200 OK\r\n";

  /** Time that is over when nothing comes, and not before a busy machine has come to ask. */
  private static final String IN_TIME_TO_BE_ASKED = "4s";

  private final Calls calls = new Calls();

  @AfterEach
  void close() {
    calls.close();
  }

  /** What becomes of a call of a site that answers so. */
  private String failureOf(Site.Script script, String... more) throws Exception {
    try (var site = new Site(script)) {
      return failure(calls.of(site).handle(to(site, more)));
    }
  }

  private static Played to(Site site, String... more) {
    String[] parameters = new String[more.length + 2];
    parameters[0] = "http.url";
    parameters[1] = url(site, "/x");
    System.arraycopy(more, 0, parameters, 2, more.length);
    return Played.with(parameters);
  }

  @Test
  void slowHeadersDoNotOutliveTheDeadline() throws Exception {
    assertThat(failureOf(
            (request, connection) -> {
              connection.say("HTTP/1.1 200 O");
              connection.untilClosed();
            },
            "http.timeout",
            IN_TIME_TO_BE_ASKED))
        .startsWith("GET http://site.example:")
        .endsWith(
            "/x: the whole answer was not there in time; http.timeout is 4000ms, from the lookup to the last byte");
  }

  @Test
  void aBodyThatDripsDoesNotOutliveTheDeadline() throws Exception {
    assertThat(failureOf(
            (request, connection) -> {
              connection.say(HEAD + "Content-Length: 1000000000\r\n\r\n");
              while (!connection.socket().isClosed()) {
                connection.say("x");
                new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS);
              }
            },
            "http.timeout",
            IN_TIME_TO_BE_ASKED))
        .contains("not there in time");
  }

  @Test
  void aBodyWithoutEndIsReadNoFurtherThanAllowed() throws Exception {
    try (var site = new Site((request, connection) -> {
      connection.say(HEAD + "Transfer-Encoding: chunked\r\n\r\n");
      try {
        while (true) {
          connection.say("400\r\n" + "x".repeat(1_024) + "\r\n");
        }
      } catch (IOException e) {
        connection.gone().countDown();
      }
    })) {
      var run = to(site, "http.most", "5000");
      assertThat(failure(calls.of(site).handle(run)))
          .contains("answered 200 with more than 5000 bytes, where reading stopped")
          .contains("http.most");
      site.untilGone();
    }
  }

  @Test
  void aBodyOfJustTheSizeIsRead() throws Exception {
    try (var site = Site.saying("12345")) {
      assertThat(ok(calls.of(site).handle(to(site, "http.most", "5")))).endsWith("12345");
      assertThat(failure(calls.of(site).handle(to(site, "http.most", "4"))))
          .contains("more than 4 bytes");
    }
  }

  @Test
  void aFailureWithALargeBodyIsTheFailure() throws Exception {
    try (var site = new Site((request, connection) ->
        connection.say("HTTP/1.1 500 No\r\nRetry-After: 5\r\n\r\n" + "x".repeat(9_000)))) {
      Result result = calls.of(site).handle(to(site, "http.most", "5000"));
      assertThat(failure(result)).contains("answered 500").contains("[cut: 3000 characters more]");
      assertThat(((Result.Failed) result).retryAfter()).hasSeconds(5);
    }
  }

  @Test
  void aResetInTheMiddleIsAFailure() throws Exception {
    assertThat(failureOf((request, connection) -> {
          connection.say(HEAD + "Content-Length: 100\r\n\r\nhalf");
          connection.socket().setSoLinger(true, 0);
        }))
        .containsAnyOf("broke behind", "was closed in the middle", "broke before there was");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      200 OK\\nContent-Length: 100\\n\\nhalf                      | was closed in the middle of an answer (200), behind 4 bytes of its body
      200 OK\\nTransfer-Encoding: chunked\\n\\n5\\nhello\\n       | was closed in the middle of an answer (200), behind 5 bytes
      200 OK\\nTransfer-Encoding: chunked\\n\\nxyz\\nhello\\n     | answered with what is not HTTP/1.1
      200 OK\\nContent-Length: 5\\nContent-Length: 6\\n\\nhello!  | answered with what is not HTTP/1.1
      200 OK\\nContent-Le                                        | answered with what is not HTTP/1.1
      101 Switch\\nUpgrade: x\\n\\n                               | answered 101
      700 What\\nContent-Length: 0\\n\\n                          | status 700
      twohundred\\n\\n                                           | answered with what is not HTTP/1.1
      """)
  void whatIsNotAnAnswerIsAFailure(String answer, String told) throws Exception {
    assertThat(failureOf(
            (request, connection) -> connection.say("HTTP/1.1 " + answer.replace("\\n", "\r\n"))))
        .contains(told);
  }

  @Test
  void otherProtocolsAreNoAnswer() throws Exception {
    assertThat(failureOf((request, connection) -> connection.say("SSH-2.0-OpenSSH_9\r\n\r\n")))
        .contains("answered with what is not HTTP/1.1");
    assertThat(failureOf((request, connection) -> connection.say("RTSP/1.0 200 OK\r\n\r\n")))
        .contains("answered with what is not HTTP/1.1");
    assertThat(failureOf((request, connection) -> connection.say("HTTP/2.0 200 OK\r\n\r\n")))
        .contains("HTTP/2.0");
    assertThat(failureOf((request, connection) -> connection.say("\u0000\u0001\u0002".repeat(9))))
        .containsAnyOf("was closed before there was", "answered with what is not HTTP/1.1");
    assertThat(failureOf((request, connection) -> {}))
        .contains("was closed before there was an answer");
  }

  @Test
  void hugeHeadersAreNotRead() throws Exception {
    assertThat(failureOf((request, connection) ->
            connection.say("HTTP/1.1 200 " + "x".repeat(9_000) + "\r\n\r\n")))
        .contains("a first line of more than 8192 bytes");
    assertThat(failureOf((request, connection) ->
            connection.say(HEAD + ("X-Large: " + "x".repeat(999) + "\r\n").repeat(17) + "\r\n")))
        .contains("headers of more than 16384 bytes");
  }

  @Test
  void answersBeforeTheAnswerAreWaitedThroughButNotForEver() throws Exception {
    String early = "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n";
    for (String method : List.of("GET", "HEAD")) {
      try (var site = new Site((request, connection) -> connection.say("HTTP/1.1 100 Go\r\n\r\n"
          + early + HEAD + "Content-Length: 2\r\n\r\n" + (method.equals("GET") ? "ok" : "")))) {
        assertThat(ok(calls.of(site).handle(to(site, "http.method", method)))).startsWith("200, ");
      }
    }
    assertThat(failureOf((request, connection) -> connection.say(early.repeat(21))))
        .contains("answered 21 times that it will answer");
  }

  @Test
  void anAnswerWithoutABodyNeedsNone() throws Exception {
    try (var site = new Site((request, connection) -> {
      connection.say("HTTP/1.1 204 None\r\n\r\n");
      connection.untilClosed();
    })) {
      assertThat(ok(calls.of(site).handle(to(site)))).matches("204, \\d+ ms, 0 bytes");
    }
  }

  @Test
  void aConnectionThatDoesNotComeIsGivenUp() throws Exception {
    calls.connector = (bootstrap, address) -> bootstrap.register().channel().newPromise();
    assertThat(failureOf((request, connection) -> {}, "http.connect-timeout", "50ms"))
        .contains("there was no connection to 127.0.0.1 port")
        .contains("http.connect-timeout is 50ms");
  }

  @Test
  void aConnectionThatComesTooLateSendsNothing() throws Exception {
    try (var site = Site.saying("here")) {
      HttpHandler handler = calls.of(site);
      InetAddress slow = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
      calls.names.put("site.example", List.of(slow, Site.LOOPBACK));
      var late = new CompletableFuture<Channel>();
      var written = new CopyOnWriteArrayList<Object>();
      calls.connector = (bootstrap, address) -> {
        if (address.getAddress().equals(slow)) {
          Channel channel = bootstrap.register().syncUninterruptibly().channel();
          channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(
                ChannelHandlerContext context, Object message, ChannelPromise promise) {
              written.add(message);
            }

            @Override
            public void close(ChannelHandlerContext context, ChannelPromise promise) {
              // Not yet: it is just about to be connected.
            }
          });
          late.complete(channel);
          return channel.newPromise();
        }
        Channel channel = late.join();
        channel.eventLoop().submit(channel.pipeline()::fireChannelActive).syncUninterruptibly();
        return bootstrap.connect(address);
      };
      assertThat(ok(handler.handle(to(site, "http.connect-timeout", IN_TIME_TO_BE_ASKED))))
          .endsWith("here");
      assertThat(site.requests()).hasSize(1);
      assertThat(written).isEmpty();
    }
  }

  @Test
  void whatIsGivenUpSendsNothingAndWhatIsSentIsNotGivenUp() {
    var over = new NotConnected("over", new IOException("over"));
    Exchange given = exchange();
    assertThat(given.giveUp(over)).isTrue();
    var late = new EmbeddedChannel(given);
    assertThat(late.<Object>readOutbound()).isNull();
    assertThat(late.isOpen()).isFalse();
    assertThat(given.answered()).isCompletedExceptionally();

    Exchange sent = exchange();
    var early = new EmbeddedChannel(sent);
    assertThat(sent.giveUp(over)).isFalse();
    assertThat(early.<Object>readOutbound()).isInstanceOf(FullHttpRequest.class);
    assertThat(sent.answered()).isNotDone();
    var unused = early.close();

    Exchange cancelled = exchange();
    cancelled.fail(new IOException("ended"));
    var ended = new EmbeddedChannel(cancelled);
    assertThat(ended.<Object>readOutbound()).isNull();
    assertThat(ended.isOpen()).isFalse();
  }

  private static Exchange exchange() {
    return new Exchange(
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/"), false, 100, false);
  }

  @Test
  void whoLooksUpBehindTheEndIsToldOfTheEnd() throws Exception {
    try (var site = new Site((request, connection) ->
        connection.say("HTTP/1.1 302 Go\r\nLocation: /on\r\nContent-Length: 0\r\n\r\n"))) {
      calls.names.put("site.example", List.of(Site.LOOPBACK));
      HttpRules rules = Calls.rules("{'allow': ['http://site.example:" + site.port()
          + "'], 'networks': ['127.0.0.0/8'], 'redirects': 1}");
      var run = to(site);
      Order order = Order.read(run, rules);
      var caller = new Caller(calls.world(), rules.origins());
      assertThatThrownBy(
              () -> caller.call(order, "", run.cancellation(), redirect -> caller.close()))
          .hasMessageContaining("the instance has closed its handlers");
    }
  }

  @Test
  void aLookupThatDoesNotEndIsGivenUp() throws Exception {
    var never = new CountDownLatch(1);
    calls.resolver = host -> {
      try {
        never.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return List.of();
    };
    try (var site = Site.saying("")) {
      HttpHandler handler = calls.of(site);
      for (int i = 0; i < 6; i++) { // also when all threads that look up are taken
        assertThat(failure(handler.handle(to(site, "http.timeout", "50ms"))))
            .contains("no address of site.example was found in time; http.timeout is 50ms");
      }
    }
  }

  @Test
  void whoIsCancelledClosesTheConnectionAtOnce() throws Exception {
    try (var site = new Site((request, connection) -> connection.untilClosed())) {
      var run = to(site);
      HttpHandler handler = calls.of(site);
      var call = new FutureTask<>(() -> handler.handle(run));
      new Thread(call, "test-call").start();
      site.untilAsked();
      run.ending.request();
      assertThatThrownBy(() -> call.get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(CancellationException.class);
      site.untilGone();
      assertThatThrownBy(() -> handler.handle(run)).isInstanceOf(CancellationException.class);
      assertThat(site.requests()).hasSize(1);
    }
  }

  @Test
  void whoIsInterruptedClosesTheConnectionToo() throws Exception {
    try (var site = new Site((request, connection) -> connection.untilClosed())) {
      HttpHandler handler = calls.of(site);
      var ended = new CompletableFuture<Throwable>();
      var thread = new Thread(
          () -> {
            try {
              ended.completeExceptionally(
                  new AssertionError(handler.handle(to(site)).toString()));
            } catch (InterruptedException e) {
              ended.complete(e);
            }
          },
          "test-call");
      thread.start();
      site.untilAsked();
      thread.interrupt();
      assertThat(ended.get(30, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
      site.untilGone();
    }
  }

  @Test
  void closingEndsCallsAndThreads() throws Exception {
    try (var site = new Site((request, connection) -> connection.untilClosed())) {
      HttpHandler handler = calls.of(site);
      var call = new FutureTask<>(() -> handler.handle(to(site)));
      var caller = new Thread(call, "test-call");
      caller.start();
      site.untilAsked();
      assertThat(threads()).anyMatch(thread -> thread.getName().equals("shardkeeper-http"));
      List<Thread> before = threads();
      handler.close();
      assertThat(failure(call.get(30, TimeUnit.SECONDS))).contains("it was ended from here");
      site.untilGone();
      for (Thread thread : before) {
        thread.join(30_000);
      }
      assertThat(threads()).isEmpty();
      assertThat(failure(handler.handle(to(site)))).contains("no calls any more");
      assertThat(threads()).isEmpty();
    }
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("shardkeeper-http"))
        .toList();
  }

  @Test
  void whoAnswersBeforeItHasReadEverythingIsHeard() throws Exception {
    try (var site = new Site((request, connection) ->
        connection.say("HTTP/1.1 413 Large\r\nContent-Length: 2\r\n\r\nno"))) {
      assertThat(failure(calls
              .of(site)
              .handle(to(site, "http.method", "POST", "http.body", "x".repeat(9_000)))))
          .contains("answered 413");
    }
  }
}
