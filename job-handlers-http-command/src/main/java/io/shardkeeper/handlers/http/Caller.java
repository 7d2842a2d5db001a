package io.shardkeeper.handlers.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.resolver.NoopAddressResolverGroup;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handlers.http.Exchange.Answer;
import io.shardkeeper.handlers.http.Exchange.NotConnected;
import io.shardkeeper.handlers.http.Url.Origin;
import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Calls what may be called: looks up a name once, has all its addresses checked, and connects to one of those and to nothing else. Threads may share it.
 *
 * <p>It has one thread for all connections, {@code shardkeeper-http}, and up to four that look up names, {@code shardkeeper-http-lookup-<n>}, which end when
 * nothing was looked up for some seconds: a lookup blocks, and cannot be ended. All of them are daemons. Who calls waits on his own thread, and never longer
 * than his deadline.
 *
 * <pre>
 *   lookup ──► check all addresses ──► connect to one ──► TLS for the name ──► request ──► answer
 *     ▲                                                                                      │
 *     └────────────────────── a redirect is a URL like the first one ◄───────────────────────┘
 * </pre>
 */
final class Caller implements AutoCloseable {
  private static final int LOOKUPS = 4;
  private static final int WAITING_LOOKUPS = 1_000;
  private static final long IDLE_SECONDS = 5;
  private static final long CLOSING_SECONDS = 5;
  private static final long CLOSING_LOOKUPS_MILLIS = 500;
  private static final long FAREWELL_MILLIS = 200;
  private static final int CHUNK = 8_192;

  private final World world;
  private final Origins origins;
  private final @Nullable SslContext tls;
  private final NioEventLoopGroup loop;
  private final ThreadPoolExecutor lookups;
  private final Set<Ending> calls = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * One that calls these origins.
   *
   * @throws IllegalArgumentException if nothing can be made of the certificates that are to be trusted
   */
  Caller(World world, Origins origins) {
    this.world = world;
    this.origins = origins;
    this.tls = origins.anyHttps() ? tls(origins.trust()) : null;
    this.loop = new NioEventLoopGroup(1, (ThreadFactory) task -> daemon(task, "shardkeeper-http"));
    var number = new AtomicInteger();
    this.lookups = new ThreadPoolExecutor(
        LOOKUPS,
        LOOKUPS,
        IDLE_SECONDS,
        SECONDS,
        new LinkedBlockingQueue<>(WAITING_LOOKUPS),
        task -> daemon(task, "shardkeeper-http-lookup-" + number.incrementAndGet()));
    lookups.allowCoreThreadTimeOut(true);
  }

  private static Thread daemon(Runnable task, String name) {
    var thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  private static SslContext tls(List<X509Certificate> trust) {
    var builder =
        SslContextBuilder.forClient().sslProvider(SslProvider.JDK).protocols("TLSv1.3", "TLSv1.2");
    if (!trust.isEmpty()) {
      builder.trustManager(trust.toArray(X509Certificate[]::new));
    }
    try {
      return builder.build();
    } catch (SSLException e) {
      throw new IllegalArgumentException("TLS cannot be set up: " + e.getMessage(), e);
    }
  }

  /**
   * Calls, and follows redirects as far as that is allowed.
   *
   * @param secret what the credential of the order is now
   * @param story is told of redirects
   * @throws IllegalArgumentException if something may not be called
   * @throws IOException if there was no answer
   */
  Answer call(Order order, String secret, Cancellation cancellation, Consumer<String> story)
      throws IOException, InterruptedException {
    long until = world.nanoTime().getAsLong() + order.terms().timeout().toNanos();
    var over = new Ending();
    calls.add(over);
    try {
      cancellation.onRequest(over::ask);
      if (closed) {
        throw noMore();
      }
      Order present = order;
      for (int hop = 0; true; hop++) {
        cancellation.throwIfRequested();
        Answer answer = once(present, secret, until, over);
        if (!answer.redirects()) {
          return answer;
        }
        if (hop == order.terms().redirects()) {
          throw new IOException(
              present + " leads on and on: after " + hop
                  + " redirects there was one more, and this instance's file allows no more in http.redirects");
        }
        Order next = present.redirected(answer.status(), answer.location(), origins);
        boolean leftBehind =
            next.credential() != null && !next.credential().isFor(next.url().origin());
        story.accept(answer.status() + ", redirected to " + next
            + (leftBehind ? ", without the credential: it is not for that origin" : ""));
        present = next;
      }
    } finally {
      over.ask(); // closes what is still open
      calls.remove(over);
    }
  }

  private Answer once(Order order, String secret, long until, Ending over)
      throws IOException, InterruptedException {
    Origin origin = order.url().origin();
    origins.check(origin);
    List<InetAddress> addresses;
    try {
      addresses = origins.checked(origin, lookup(order, until, over));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(order + " " + e.getMessage(), e);
    } catch (IOException e) {
      throw new IOException(order + ": " + e.getMessage(), e);
    }
    for (int i = 0; true; i++) {
      var address = new InetSocketAddress(addresses.get(i), origin.port());
      try {
        return at(address, order, secret, until, over);
      } catch (NotConnected e) {
        boolean last = i == addresses.size() - 1;
        if (last || over.isAsked() || world.nanoTime().getAsLong() - until >= 0) {
          throw new IOException(order + ": " + e.getMessage(), e);
        }
      } catch (IOException e) {
        throw new IOException(order + ": " + e.getMessage(), e);
      }
    }
  }

  // ------------------------------------------------------------ looking up

  private List<InetAddress> lookup(Order order, long until, Ending over)
      throws IOException, InterruptedException {
    Origin origin = order.url().origin();
    if (origin.address().isPresent()) {
      return List.of();
    }
    var found = new CompletableFuture<List<InetAddress>>();
    over.then(() -> found.completeExceptionally(ended()));
    try {
      lookups.execute(() -> {
        if (found.isDone()) {
          return; // nobody waits any more
        }
        try {
          found.complete(world.resolver().addresses(origin.host()));
        } catch (UnknownHostException e) {
          found.completeExceptionally(
              new IOException("nobody knows an address of " + Quote.of(origin.host()), e));
        } catch (RuntimeException e) {
          found.completeExceptionally(new IOException(
              Quote.of(origin.host()) + " cannot be looked up: " + e.getClass().getSimpleName(),
              e));
        }
      });
    } catch (RejectedExecutionException e) {
      if (closed) {
        throw noMore();
      }
      throw new IOException("too many names are being looked up: " + WAITING_LOOKUPS + " wait", e);
    }
    return await(
        found,
        until,
        "no address of " + Quote.of(origin.host()) + " was found in time; " + inTime(order));
  }

  private static String inTime(Order order) {
    return "http.timeout is " + order.terms().timeout().toMillis()
        + "ms, from the lookup to the last byte";
  }

  // ------------------------------------------------------------ talking

  private Answer at(InetSocketAddress address, Order order, String secret, long until, Ending over)
      throws IOException, InterruptedException {
    Origin origin = order.url().origin();
    FullHttpRequest request = request(order, secret);
    var exchange = new Exchange(
        request, origin.isHttps(), order.terms().most(), order.terms().redirects() > 0);
    ChannelFuture connecting = world.connector().connect(bootstrap(origin, exchange), address);
    Channel channel = connecting.channel();
    over.then(() -> {
      exchange.fail(ended());
      var unused = channel.close();
    });
    String where = Network.text(address.getAddress()) + " port " + address.getPort();
    var unusedListening = connecting.addListener(done -> {
      if (!done.isSuccess()) {
        exchange.fail(new NotConnected(
            "no connection to " + where + ": "
                + Quote.of(String.valueOf(done.cause().getMessage())),
            done.cause()));
      }
    });
    try {
      long connected =
          world.nanoTime().getAsLong() + order.terms().connectTimeout().toNanos();
      try {
        await(exchange.ready(), Math.min(connected, until), "");
      } catch (TooLate e) {
        var late = new NotConnected(
            "there was no connection to " + where
                + " in time, TLS included; http.connect-timeout is "
                + order.terms().connectTimeout().toMillis() + "ms, http.timeout "
                + order.terms().timeout().toMillis() + "ms",
            e);
        // A connection that has come in this very instant sends its request: then that is the call.
        if (exchange.giveUp(late)) {
          throw late;
        }
      }
      return await(
          exchange.answered(), until, "the whole answer was not there in time; " + inTime(order));
    } finally {
      exchange.fail(ended()); // also if the thread was interrupted: nothing is sent behind our back
      var unused = channel.close();
    }
  }

  private Bootstrap bootstrap(Origin origin, Exchange exchange) {
    return new Bootstrap()
        .group(loop)
        .channel(NioSocketChannel.class)
        // What is connected to has been looked up and checked: nobody looks anything up after that.
        .resolver(NoopAddressResolverGroup.INSTANCE)
        .option(ChannelOption.ALLOCATOR, new UnpooledByteBufAllocator(false))
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0) // we wait ourselves
        .handler(new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            if (origin.isHttps() && tls != null) {
              channel.pipeline().addLast(tls(tls, channel, origin));
            }
            channel
                .pipeline()
                .addLast(new HttpClientCodec(Exchange.LINE, Exchange.HEADERS, CHUNK))
                .addLast(exchange);
          }
        });
  }

  /** With the name that was asked for, however it was found: it is told to the other side, and its certificate has to have it. */
  private static SslHandler tls(SslContext context, Channel channel, Origin origin) {
    SslHandler handler = context.newHandler(channel.alloc(), origin.bare(), origin.port());
    handler.setHandshakeTimeout(0, MILLISECONDS); // we wait ourselves
    handler.setCloseNotifyFlushTimeout(FAREWELL_MILLIS, MILLISECONDS);
    SSLEngine engine = handler.engine();
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    // A name with an underscore cannot be told so; it is compared all the same.
    if (origin.address().isEmpty() && origin.host().indexOf('_') < 0) {
      parameters.setServerNames(List.of(new SNIHostName(origin.host())));
    }
    engine.setSSLParameters(parameters);
    return handler;
  }

  private static FullHttpRequest request(Order order, String secret) {
    Origin origin = order.url().origin();
    ByteBuf body = Unpooled.wrappedBuffer(order.body().getBytes(UTF_8));
    var request = new DefaultFullHttpRequest(
        HttpVersion.HTTP_1_1, HttpMethod.valueOf(order.method()), order.url().target(), body);
    request.headers().set(HttpHeaderNames.HOST, origin.hostHeader());
    order.headers().forEach((name, value) -> request.headers().set(name, value));
    Credential credential = order.credential();
    if (credential != null && credential.isFor(origin)) {
      request.headers().set(credential.header(), credential.prefix() + secret);
    }
    request.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    if (body.isReadable() || List.of("POST", "PUT", "PATCH").contains(order.method())) {
      request.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
    }
    return request;
  }

  // ------------------------------------------------------------ waiting

  /** The end of one call, asked for from outside or come by itself. Threads share it. */
  private static final class Ending {
    private final CompletableFuture<@Nullable Void> asked = new CompletableFuture<>();

    void ask() {
      asked.complete(null);
    }

    boolean isAsked() {
      return asked.isDone();
    }

    /** Runs something then, at once if that is so already. */
    void then(Runnable action) {
      var unused = asked.thenRun(action);
    }
  }

  /** The time is over. */
  private static final class TooLate extends IOException {
    private static final long serialVersionUID = 1;

    TooLate(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private static IOException noMore() {
    return new IOException("There are no calls any more: the instance has closed its handlers");
  }

  private static IOException ended() {
    return new IOException("it was ended from here");
  }

  private <T> T await(CompletableFuture<T> future, long until, String late)
      throws IOException, InterruptedException {
    try {
      return future.get(Math.max(0, until - world.nanoTime().getAsLong()), NANOSECONDS);
    } catch (TimeoutException e) {
      throw new TooLate(late, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof NotConnected failure) {
        throw new NotConnected(String.valueOf(failure.getMessage()), failure);
      }
      Throwable cause = e.getCause();
      throw new IOException(cause == null ? "it failed" : cause.getMessage(), e);
    }
  }

  /** Ends what is being called, and the threads; one that looks up a name ends when that does. */
  @Override
  public void close() {
    closed = true;
    calls.forEach(Ending::ask);
    lookups.shutdownNow();
    var unused = loop.shutdownGracefully(0, CLOSING_SECONDS, SECONDS);
    try {
      boolean unusedEnded = loop.awaitTermination(CLOSING_SECONDS, SECONDS)
          && lookups.awaitTermination(CLOSING_LOOKUPS_MILLIS, MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
