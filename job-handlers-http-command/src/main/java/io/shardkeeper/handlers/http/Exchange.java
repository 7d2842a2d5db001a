package io.shardkeeper.handlers.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.shardkeeper.text.Quote;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;

/**
 * One request and its answer, on a connection of its own that is closed behind it. Lives on the event loop; what others wait for are its two futures, which
 * end with an {@link IOException} if there is nothing to wait for any more.
 */
final class Exchange extends SimpleChannelInboundHandler<HttpObject> {
  /** Bytes of a first line. */
  static final int LINE = 8_192;

  /** Bytes of all headers. */
  static final int HEADERS = 16_384;

  /** Answers before the answer. */
  private static final int INTERIM = 20;

  /** As long as there is no answer. */
  private static final HttpResponse NONE =
      new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE);

  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  /** What came back. Nobody changes it. */
  static final class Answer {
    private final int status;
    private final String type;
    private final String location;
    private final String retryAfter;
    private final byte[] body;
    private final boolean cut;

    private Answer(HttpResponse head, String location, byte[] body, boolean cut) {
      this.status = head.status().code();
      this.type = head.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
      this.location = location;
      this.retryAfter = head.headers().get(HttpHeaderNames.RETRY_AFTER, "");
      this.body = body;
      this.cut = cut;
    }

    int status() {
      return status;
    }

    /** What the body is said to be; empty if nothing is said. */
    String type() {
      return type;
    }

    /** Whether it sends us to {@link #location}. */
    boolean redirects() {
      return !location.isEmpty();
    }

    String location() {
      return location;
    }

    String retryAfter() {
      return retryAfter;
    }

    byte[] body() {
      return body.clone();
    }

    /** Whether there was more than was allowed: the body is its beginning then. */
    boolean cut() {
      return cut;
    }
  }

  /** Nobody was reached at this address, and nothing was sent. */
  static final class NotConnected extends IOException {
    private static final long serialVersionUID = 1;

    NotConnected(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CompletableFuture<Answer> answered = new CompletableFuture<>();
  private final FullHttpRequest request;
  private final boolean tls;
  private final long most;
  private final boolean follows;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private HttpResponse head = NONE;
  private String location = "";
  private boolean cut;
  private int interim;

  /**
   * An exchange that is to come.
   *
   * @param tls whether it waits for a handshake
   * @param most bytes of a body
   * @param follows whether a redirect is enough of an answer without its body
   */
  Exchange(FullHttpRequest request, boolean tls, long most, boolean follows) {
    this.request = request;
    this.tls = tls;
    this.most = most;
    this.follows = follows;
  }

  /** Ends when there is a connection, with TLS if that was asked for. */
  CompletableFuture<Void> ready() {
    return ready;
  }

  /** Ends with the answer. */
  CompletableFuture<Answer> answered() {
    return answered;
  }

  /**
   * Ends it without sending anything, unless that has begun. Any thread may say so.
   *
   * @return whether nothing is sent, now or later
   */
  boolean giveUp(NotConnected failure) {
    boolean first = ready.completeExceptionally(failure);
    if (first) {
      answered.completeExceptionally(failure);
    }
    return first;
  }

  /** Ends it without an answer, unless it has ended. Any thread may say so. */
  void fail(IOException failure) {
    ready.completeExceptionally(failure);
    answered.completeExceptionally(failure);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (!tls) {
      send(context);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        send(context);
      } else {
        fail(context, untrusted(handshake.cause()));
      }
    }
  }

  private void send(ChannelHandlerContext context) {
    if (!ready.complete(null)) {
      // Nobody waits any more, and the same may be on its way to another address.
      var unused = context.close();
      return;
    }
    context.writeAndFlush(request.retain()).addListener(written -> {
      // Whoever refuses a request early answers and closes; if that answer comes, it is told.
      if (!written.isSuccess() && !context.channel().isActive()) {
        fail(context, broken(written.cause()));
      }
    });
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
    if (answered.isDone()) {
      return;
    }
    if (message.decoderResult().isFailure()) {
      fail(context, unreadable(message.decoderResult().cause()));
      return;
    }
    if (message instanceof HttpResponse response) {
      begin(context, response);
    }
    if (message instanceof HttpContent content && head != NONE && !answered.isDone()) {
      take(context, content.content());
      if (message instanceof LastHttpContent && !answered.isDone()) {
        end(context);
      }
    }
  }

  private void begin(ChannelHandlerContext context, HttpResponse response) {
    int status = response.status().code();
    if (response.protocolVersion().majorVersion() != 1) {
      fail(
          context,
          new IOException("answered in " + Quote.of(response.protocolVersion().text())
              + "; HTTP/1.1 or HTTP/1.0 would be right"));
    } else if (status == 101) {
      fail(
          context,
          new IOException(
              "answered 101, which changes to another protocol; nobody asked for that"));
    } else if (status < 100 || status > 599) {
      fail(
          context,
          new IOException("answered with the status " + status + "; there are 100 to 599"));
    } else if (status < 200) {
      interim++;
      if (interim > INTERIM) {
        fail(
            context,
            new IOException("answered " + interim + " times that it will answer; at most " + INTERIM
                + " times are waited for"));
      }
    } else {
      head = response;
      List<String> locations = response.headers().getAll(HttpHeaderNames.LOCATION);
      if (follows && REDIRECTS.contains(status) && !locations.isEmpty()) {
        location = locations.get(0);
        if (locations.size() > 1) {
          fail(
              context,
              new IOException("answered " + status + " with " + locations.size()
                  + " places to go to; one would be right"));
        } else {
          end(context);
        }
      }
    }
  }

  private void take(ChannelHandlerContext context, ByteBuf bytes) {
    int room = (int) Math.min(most - body.size(), bytes.readableBytes());
    byte[] taken = new byte[room];
    bytes.readBytes(taken);
    body.writeBytes(taken);
    if (bytes.isReadable()) {
      cut = true;
      end(context);
    }
  }

  private void end(ChannelHandlerContext context) {
    answered.complete(new Answer(head, location, body.toByteArray(), cut));
    var unused = context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(
        context,
        new IOException(
            head == NONE
                ? "was closed before there was an answer; an answer of HTTP/1.1 would be right"
                : "was closed in the middle of an answer (" + head.status().code() + "), behind "
                    + body.size() + " bytes of its body"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail(context, ready.isDone() ? broken(cause) : untrusted(cause));
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    request.release();
  }

  private void fail(ChannelHandlerContext context, IOException failure) {
    fail(failure);
    var unused = context.close();
  }

  private static IOException unreadable(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return new IOException("answered with a first line of more than " + LINE + " bytes", cause);
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return new IOException("answered with headers of more than " + HEADERS + " bytes", cause);
    }
    return new IOException(
        "answered with what is not HTTP/1.1 (" + Quote.of(String.valueOf(cause.getMessage())) + ")",
        cause);
  }

  private IOException broken(Throwable cause) {
    return new IOException(
        "broke "
            + (head == NONE
                ? "before there was an answer"
                : "behind " + body.size() + " bytes of its body")
            + ": " + Quote.of(String.valueOf(cause.getMessage())),
        cause);
  }

  /** The innermost cause says what it was: whom nobody trusts, or which name it does not have. */
  private static IOException untrusted(Throwable cause) {
    Throwable innermost = cause;
    for (int depth = 0; depth < 10 && innermost.getCause() != null; depth++) {
      innermost = innermost.getCause();
    }
    String what =
        innermost instanceof SSLException ? "" : innermost.getClass().getSimpleName() + ": ";
    return new IOException(
        "did not come to TLS with somebody who is trusted and has the name that was called: " + what
            + Quote.of(String.valueOf(innermost.getMessage())),
        cause);
  }
}
