package io.shardkeeper.zookeeper;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A port of the loopback address on which nobody listens, and which nobody is given who asks for any free one. Whoever connects to it
 * is refused. Of one thread.
 */
final class KeptPort implements AutoCloseable {
  private final Socket place = new Socket();

  private KeptPort() {}

  /** Keeps a port whose server has just ended, for when it starts again. */
  static KeptPort of(int port) {
    var kept = new KeptPort();
    try {
      kept.place.setReuseAddress(true); // connections of that server may still wind down
      kept.place.bind(
          new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
    } catch (IOException e) {
      kept.close(); // somebody has it already: the next start of the server will say so
    }
    return kept;
  }

  /** The one that is kept. */
  int port() {
    return place.getLocalPort();
  }

  @Override
  public void close() {
    try {
      place.close();
    } catch (IOException e) {
      // It was never connected: there is nothing to lose.
    }
  }
}
