package io.shardkeeper.zookeeper;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ConnectStringParser;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;

/** A look at an ensemble when one begins to use it: what will hurt one day, said while there is time. It never stands in the way. */
final class EnsembleProbe {
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int LONGEST_ANSWER = 16 * 1024;
  private static final Pattern VERSION =
      Pattern.compile("version: (\\d{1,5})\\.(\\d{1,5})\\.(\\d{1,5})", Pattern.CASE_INSENSITIVE);
  private static final Pattern VOTER = Pattern.compile("(?m)^server\\.\\d+=.*participant");
  private static final Pattern CONNECTIONS = Pattern.compile("(?m)^maxClientCnxns=(\\d{1,9})");

  /** Fewer connections from one address than this are soon used up where many instances share it. */
  private static final int FEW_CONNECTIONS = 60;

  private EnsembleProbe() {}

  /** What could be found out. What could not be is empty, and nothing is said of it. */
  record Facts(
      Duration asked,
      Duration granted,
      boolean onlyHere,
      boolean hasCredentials,
      boolean isOpen,
      int voters,
      List<String> versions,
      List<Integer> connections) {
    /** What should be otherwise, and why. */
    List<String> warnings() {
      List<String> warnings = new ArrayList<>();
      if (asked.toMillis() != granted.toMillis()) {
        warnings.add(
            "asked for a session timeout of " + asked + ", ZooKeeper grants " + granted
                + ": it allows between minSessionTimeout and maxSessionTimeout, by default 2 and 20 of its ticks");
      }
      if (hasCredentials && isOpen) {
        warnings.add(
            "the root of the namespace was made without credentials and is open to everybody: set its ACL, or take a new namespace");
      }
      if (!onlyHere && !hasCredentials) {
        warnings.add(
            "no credentials: whoever reaches ZooKeeper can read and change every job; set a user and password");
      }
      if (!onlyHere && voters < 3) {
        warnings.add("ZooKeeper has " + Math.max(1, voters)
            + " voting server(s): when one is lost, everything waits; three stand the loss of one");
      }
      for (String version : versions) {
        if (isOld(version)) {
          warnings.add("a server runs ZooKeeper " + version
              + ", which has known holes: bring it to 3.8.6, 3.9.5 or newer");
        }
      }
      for (int most : connections) {
        if (most > 0 && most <= FEW_CONNECTIONS) {
          warnings.add(
              "a server takes " + most
                  + " connections from one address (maxClientCnxns): too few where many instances share one");
        }
      }
      return warnings.stream().distinct().toList();
    }
  }

  static boolean isOld(String version) {
    String[] parts = version.split("\\.", -1);
    int major = Integer.parseInt(parts[0]);
    int minor = Integer.parseInt(parts[1]);
    int patch = Integer.parseInt(parts[2]);
    if (major != 3) {
      return major < 3;
    }
    return minor < 8 || (minor == 8 && patch < 6) || (minor == 9 && patch < 5);
  }

  /** Looks, for some seconds at most, and says what should be otherwise. */
  static List<String> look(ZooKeeperSettings settings, ZooKeeper zooKeeper) {
    Collection<InetSocketAddress> servers =
        new ConnectStringParser(settings.servers()).getServerAddresses();
    List<String> versions = new ArrayList<>();
    List<Integer> connections = new ArrayList<>();
    if (!settings.isSecure()) {
      for (InetSocketAddress server : servers) {
        first(VERSION, ask(server, "srvr"))
            .ifPresent(found ->
                versions.add(found.group(1) + "." + found.group(2) + "." + found.group(3)));
        first(CONNECTIONS, ask(server, "conf"))
            .ifPresent(found -> connections.add(Integer.parseInt(found.group(1))));
      }
    }
    return new Facts(
            settings.sessionTimeout(),
            Duration.ofMillis(zooKeeper.getSessionTimeout()),
            servers.stream().allMatch(EnsembleProbe::isHere),
            settings.credentials().isPresent(),
            isOpen(settings, zooKeeper),
            voters(zooKeeper),
            versions,
            connections)
        .warnings();
  }

  private static Optional<Matcher> first(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Optional.of(matcher) : Optional.empty();
  }

  private static boolean isHere(InetSocketAddress server) {
    try {
      return InetAddress.getByName(server.getHostString()).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static boolean isOpen(ZooKeeperSettings settings, ZooKeeper zooKeeper) {
    try {
      List<ACL> acl = zooKeeper.getACL(settings.root(), new Stat());
      return acl.stream().anyMatch(one -> one.getId().getScheme().equals("world"));
    } catch (KeeperException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static int voters(ZooKeeper zooKeeper) {
    try {
      byte[] config = zooKeeper.getConfig(false, new Stat());
      String text = config == null ? "" : new String(config, StandardCharsets.UTF_8);
      return Math.toIntExact(VOTER.matcher(text).results().count());
    } catch (KeeperException e) {
      return Integer.MAX_VALUE; // not to be seen, so nothing to be said
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Integer.MAX_VALUE;
    }
  }

  /** What a server answers to one of its words of four letters; most answer to few of them. */
  private static String ask(InetSocketAddress server, String word) {
    int patience = Math.toIntExact(PATIENCE.toMillis());
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(server.getHostString(), server.getPort()), patience);
      socket.setSoTimeout(patience);
      socket.getOutputStream().write(word.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      return new String(
          socket.getInputStream().readNBytes(LONGEST_ANSWER), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return ""; // it says nothing, so nothing can be said of it
    }
  }
}
