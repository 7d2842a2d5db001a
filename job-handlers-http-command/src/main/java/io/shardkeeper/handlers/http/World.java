package io.shardkeeper.handlers.http;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * What calls need of the machine they run on. Threads share it.
 *
 * @param environment where credentials may stand
 * @param clock what a date is compared with that somebody asks to wait for
 * @param nanoTime by which deadlines are kept
 */
record World(
    Resolver resolver,
    Connector connector,
    Map<String, String> environment,
    InstantSource clock,
    LongSupplier nanoTime) {
  /** Who knows at which addresses a name is. It may block. */
  @FunctionalInterface
  interface Resolver {
    /** All addresses of a name. */
    List<InetAddress> addresses(String host) throws UnknownHostException;
  }

  /** Who connects: the only place from which a packet to a stranger starts. */
  @FunctionalInterface
  interface Connector {
    /** Begins to connect to an address that has been checked. */
    ChannelFuture connect(Bootstrap bootstrap, InetSocketAddress address);
  }

  /** The machine as it is. */
  static World real() {
    return new World(
        host -> List.of(InetAddress.getAllByName(host)),
        Bootstrap::connect,
        System.getenv(),
        InstantSource.system(),
        System::nanoTime);
  }

  /** Without what it holds: the environment is full of secrets. */
  @Override
  public String toString() {
    return "World";
  }
}
