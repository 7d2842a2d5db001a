package io.shardkeeper.handlers.http;

import static java.util.Locale.ROOT;

import io.netty.util.NetUtil;
import java.net.IDN;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Four guards as people write them in an afternoon, and a client behind them that reads hosts as generously as most do. They tell what they would have
 * connected to, and connect to nothing.
 */
final class Naive {
  /** Where whatever nobody knows is: somebody else has it. */
  static final String ELSEWHERE = "198.51.100.66";

  private static final Set<String> BLOCKED = Set.of(
      "localhost", "127.0.0.1", "0.0.0.0", "[::1]", "169.254.169.254", "metadata.google.internal");

  private Naive() {}

  /** What one of the guards lets through: addresses with ports, or files that are opened, and what is sent. */
  record Reached(Set<String> targets, Set<String> sent) {}

  /** Asks all of them. */
  static Reached reached(Map<String, String> parameters, String location, Names names) {
    var reached = new Reached(new TreeSet<>(), new TreeSet<>());
    String text = parameters.getOrDefault("http.url", "");
    for (Map.Entry<String, String> one : parameters.entrySet()) {
      text = text.replace("{" + one.getKey() + "}", one.getValue());
    }
    URL url;
    try {
      url = read(text);
    } catch (MalformedURLException e) {
      return reached;
    }
    String[] parts = text.split("/", -1);
    boolean begins =
        text.startsWith("http://api.example.com") || text.startsWith("https://api.example.com");
    boolean ends = parts.length > 2 && parts[2].endsWith("shop.example.com");
    boolean unblocked = !BLOCKED.contains(url.getHost().toLowerCase(ROOT));
    if (begins || ends || unblocked) {
      connect(url, names.fresh(), reached);
      follow(url, location, names.fresh(), reached);
    }
    looksFirst(url, names.fresh(), reached);
    return reached;
  }

  /** As it stands, or without the tabs and line ends that browsers leave out: a later JDK refuses them in a host. */
  private static URL read(String text) throws MalformedURLException {
    try {
      return new URL(text);
    } catch (MalformedURLException e) {
      return new URL(text.replaceAll("[\\t\\r\\n]", ""));
    }
  }

  /** Looks up the name, checks the first address as Java offers it, and then gives the name to a client. */
  private static void looksFirst(URL url, Names names, Reached reached) {
    try {
      InetAddress first = names.addresses(host(url)).get(0);
      if (!first.isLoopbackAddress()
          && !first.isSiteLocalAddress()
          && !first.isLinkLocalAddress()
          && !first.isAnyLocalAddress()
          && !first.isMulticastAddress()) {
        connect(url, names, reached);
      }
    } catch (UnknownHostException | IllegalArgumentException e) {
      // Not called.
    }
  }

  private static void follow(URL url, String location, Names names, Reached reached) {
    if (!location.isEmpty()) {
      try {
        URL next = new URL(url, location);
        if (next.getProtocol().equals(url.getProtocol())) {
          connect(next, names, reached);
        }
      } catch (MalformedURLException e) {
        // Not followed.
      }
    }
  }

  private static void connect(URL url, Names names, Reached reached) {
    if (!url.getProtocol().startsWith("http")) {
      reached.targets.add(url.toString());
      return;
    }
    try {
      int port = url.getPort() < 0 ? url.getDefaultPort() : url.getPort();
      for (InetAddress address : names.addresses(host(url))) {
        reached.targets.add(Network.text(Network.plain(address)) + " " + port);
      }
      reached.sent.add(url.getFile());
    } catch (UnknownHostException | IllegalArgumentException e) {
      // Not called.
    }
  }

  /** Without tabs and line ends, decoded, in ASCII, without the dot at the end: what clients do for their users. */
  private static String host(URL url) {
    String plain = url.getHost().replaceAll("[\\t\\r\\n]", "");
    String decoded = URLDecoder.decode(plain.replace("+", "%2B"), StandardCharsets.UTF_8);
    String ascii = IDN.toASCII(decoded, IDN.ALLOW_UNASSIGNED).toLowerCase(ROOT);
    return ascii.endsWith(".") ? ascii.substring(0, ascii.length() - 1) : ascii;
  }

  /** Who is where, as names are given in the list of tricks; the numbers that a C library takes for addresses, too. */
  static final class Names implements World.Resolver {
    private final Set<String> asked = new TreeSet<>();

    Names fresh() {
      return new Names();
    }

    @Override
    public synchronized List<InetAddress> addresses(String host) throws UnknownHostException {
      boolean again = !asked.add(host);
      String first = host.split("\\.", 2)[0];
      return switch (host) {
        case "localhost" -> all("127.0.0.1");
        case "api.example.com" -> all("93.184.216.34");
        case "metadata", "metadata.google.internal" -> all("169.254.169.254");
        case "rebind.shop.example.com" -> all(again ? "127.0.0.1" : "93.184.216.35");
        case "rebind-metadata.shop.example.com" -> all(again ? "169.254.169.254" : "93.184.216.35");
        case "rebind-again.shop.example.com" -> all(again ? "93.184.216.35" : "127.0.0.1");
        case "mixed.shop.example.com" -> all("93.184.216.35", "10.0.0.5");
        case "mixed-first.shop.example.com" -> all("10.0.0.5", "93.184.216.35");
        case "mixed-six.shop.example.com" -> all("93.184.216.35", "fd00::1");
        case "mixed-metadata.shop.example.com" -> all("93.184.216.35", "169.254.169.254");
        default ->
          first.startsWith("ip-")
              ? all(first.substring(3).replace('-', '.'))
              : first.startsWith("ip6-")
                  ? all(first.substring(4).replace('-', ':'))
                  : List.of(number(host));
      };
    }

    private static List<InetAddress> all(String... texts) throws UnknownHostException {
      List<InetAddress> all = new ArrayList<>();
      for (String text : texts) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
        if (bytes == null) {
          throw new UnknownHostException(text);
        }
        // A resolver may give an IPv4 address as an IPv6 one; Java by itself makes the one of the
        // other.
        all.add(
            bytes.length == 16
                ? Inet6Address.getByAddress(null, bytes, -1)
                : InetAddress.getByAddress(bytes));
      }
      return all;
    }

    /** As inet_aton reads it: one to four numbers, each decimal, octal or hexadecimal, the last one filling what is left. */
    private static InetAddress number(String host) throws UnknownHostException {
      if (host.startsWith("[")) {
        return all(host.substring(1, host.indexOf(']')).replaceAll("%.*", "")).get(0);
      }
      String[] parts = host.split("\\.", -1);
      long address = 0;
      try {
        for (int i = 0; i < parts.length; i++) {
          String part = parts[i];
          long number = part.startsWith("0x")
              ? Long.parseLong("0" + part.substring(2), 16)
              : Long.parseLong(part, part.startsWith("0") ? 8 : 10);
          boolean last = i == parts.length - 1;
          address = last ? (address << (8 * (5 - parts.length))) | number : (address << 8) | number;
        }
      } catch (NumberFormatException e) {
        return all(ELSEWHERE).get(0);
      }
      if (parts.length > 4 || address >> 32 != 0) {
        throw new UnknownHostException(host);
      }
      return InetAddress.getByAddress(new byte[] {
        (byte) (address >> 24), (byte) (address >> 16), (byte) (address >> 8), (byte) address
      });
    }
  }
}
