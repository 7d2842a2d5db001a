package io.shardkeeper.handlers.http;

import io.netty.util.NetUtil;
import io.shardkeeper.text.Quote;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A range of addresses, and what is known of those that are not for everybody. Immutable. Nothing here looks up a name.
 *
 * @param first its first address
 * @param bits how many bits all of its addresses share with the first one
 */
record Network(InetAddress first, int bits) {
  /** Shorter ones would allow half the world by a slip. */
  private static final int SHORTEST_V4 = 8;

  private static final int SHORTEST_V6 = 7;

  private static final Pattern BITS = Pattern.compile("0|[1-9][0-9]{0,2}");
  private static final Pattern BYTE =
      Pattern.compile("0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5]");
  private static final Pattern GROUP = Pattern.compile("[0-9a-fA-F]{1,4}");

  /** Addresses that lead to the machine itself, to its neighbours, or to nobody. */
  private static final List<Special> SPECIAL = List.of(
      special("0.0.0.0/8", "this host"),
      special("10.0.0.0/8", "private"),
      special("100.64.0.0/10", "shared by a provider's customers"),
      special("127.0.0.0/8", "loopback"),
      special("168.63.129.16/32", "a cloud's platform"),
      special("169.254.0.0/16", "link-local, where clouds keep metadata"),
      special("172.16.0.0/12", "private"),
      special("192.0.0.0/24", "reserved"),
      special("192.0.2.0/24", "documentation"),
      special("192.88.99.0/24", "6to4 relays"),
      special("192.168.0.0/16", "private"),
      special("198.18.0.0/15", "benchmarks"),
      special("198.51.100.0/24", "documentation"),
      special("203.0.113.0/24", "documentation"),
      special("224.0.0.0/4", "multicast"),
      special("240.0.0.0/4", "reserved or broadcast"),
      special("::/128", "this host"),
      special("::1/128", "loopback"),
      special("::/96", "IPv4-compatible"),
      special("::ffff:0:0:0/96", "IPv4-translated"),
      special("64:ff9b:1::/48", "local NAT64"),
      special("100::/64", "discarded"),
      special("2001::/32", "Teredo, which carries an IPv4 address"),
      special("2001::/23", "reserved"),
      special("2001:db8::/32", "documentation"),
      special("2002::/16", "6to4, which carries an IPv4 address"),
      special("3fff::/20", "documentation"),
      special("fc00::/7", "unique local"),
      special("fe80::/10", "link-local"),
      special("fec0::/10", "site-local"),
      special("ff00::/8", "multicast"));

  private static final Network NAT64 = of("64:ff9b::/96");
  private static final Network GLOBAL_UNICAST = of("2000::/3");

  private record Special(Network network, String what) {}

  private static Special special(String network, String what) {
    return new Special(of(network), what);
  }

  /**
   * A network as an operator writes it.
   *
   * @throws IllegalArgumentException if it is none, or reaches too far
   */
  static Network parse(String text) {
    Network network = of(text);
    int shortest = isV4(network.first) ? SHORTEST_V4 : SHORTEST_V6;
    if (network.bits < shortest) {
      throw new IllegalArgumentException("'" + Quote.of(text)
          + "' reaches too far; a network has at least /" + shortest + " here");
    }
    return network;
  }

  private static Network of(String text) {
    int slash = text.indexOf('/');
    String bits = slash < 0 ? "" : text.substring(slash + 1);
    Optional<InetAddress> first = address(slash < 0 ? text : text.substring(0, slash));
    if (first.isEmpty() || !BITS.matcher(bits).matches()) {
      throw new IllegalArgumentException("'" + Quote.of(text)
          + "' is no network; here comes one such as 10.1.0.0/16, fd00::/8 or 10.1.2.3/32");
    }
    int length = Integer.parseInt(bits);
    byte[] bytes = first.get().getAddress();
    if (length > bytes.length * 8) {
      throw new IllegalArgumentException("'" + Quote.of(text)
          + "' is no network: its addresses have " + bytes.length * 8 + " bits");
    }
    byte[] cut = bytes.clone();
    for (int bit = length; bit < bytes.length * 8; bit++) {
      cut[bit / 8] &= (byte) ~(0x80 >> bit % 8);
    }
    if (!Arrays.equals(bytes, cut)) {
      throw new IllegalArgumentException("'" + Quote.of(text)
          + "' is an address inside of a network; the network is "
          + text(fromBytes(cut)) + "/" + length);
    }
    return new Network(first.get(), length);
  }

  /** Whether an address is one of it. */
  boolean contains(InetAddress address) {
    byte[] mine = first.getAddress();
    byte[] its = address.getAddress();
    if (mine.length != its.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> bit % 8;
      if (((mine[bit / 8] ^ its[bit / 8]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  /** As it is written. */
  @Override
  public String toString() {
    return text(first) + "/" + bits;
  }

  // ------------------------------------------------------------ who may be called

  /** Why an address may not be connected to, if it is neither public nor in one of some networks; nothing if it may. */
  static Optional<String> refusal(InetAddress asked, List<Network> networks) {
    InetAddress address = plain(asked);
    if (networks.stream().anyMatch(network -> network.contains(address))) {
      return Optional.empty();
    }
    if (NAT64.contains(address)) {
      // Where there is no IPv4, all of the IPv4 world has such addresses: the one inside decides.
      InetAddress inside = fromBytes(Arrays.copyOfRange(address.getAddress(), 12, 16));
      return refusal(inside, networks)
          .map(why -> text(address) + " (NAT64, it carries " + why + ")");
    }
    for (Special special : SPECIAL) {
      if (special.network.contains(address)) {
        return Optional.of(text(address) + " (" + special.what + ")");
      }
    }
    if (!isV4(address) && !GLOBAL_UNICAST.contains(address)) {
      return Optional.of(text(address) + " (reserved)");
    }
    return Optional.empty();
  }

  /** The address that is connected to: an IPv4 address that comes as an IPv6 one is an IPv4 address, and none has a name. */
  static InetAddress plain(InetAddress address) {
    return fromBytes(address.getAddress());
  }

  /** An address as a text, with which no name comes. */
  static String text(InetAddress address) {
    return NetUtil.toAddressString(address);
  }

  private static boolean isV4(InetAddress address) {
    return address.getAddress().length == 4;
  }

  private static InetAddress fromBytes(byte[] bytes) {
    try {
      // Java makes an IPv4 address of an IPv6 one that is mapped.
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("An address has 4 or 16 bytes", e);
    }
  }

  // ------------------------------------------------------------ addresses as texts

  /** An address written as four decimals, or as groups of IPv6 without brackets and zone; nothing if it is written in any other way. */
  static Optional<InetAddress> address(String text) {
    try {
      if (text.indexOf(':') < 0) {
        return Optional.of(fromBytes(bytes(v4(text))));
      }
      InetAddress address = fromBytes(bytes(v6(text)));
      // Mapped: it would be two texts for one address.
      return address instanceof Inet6Address ? Optional.of(address) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static byte[] bytes(List<Integer> numbers) {
    byte[] bytes = new byte[numbers.size() * 2];
    for (int i = 0; i < numbers.size(); i++) {
      bytes[2 * i] = (byte) (numbers.get(i) >> 8);
      bytes[2 * i + 1] = (byte) (int) numbers.get(i);
    }
    return bytes;
  }

  /** Two numbers of 16 bits. */
  private static List<Integer> v4(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      throw new IllegalArgumentException();
    }
    int[] bytes = new int[4];
    for (int i = 0; i < 4; i++) {
      if (!BYTE.matcher(parts[i]).matches()) {
        throw new IllegalArgumentException();
      }
      bytes[i] = Integer.parseInt(parts[i]);
    }
    return List.of(bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]);
  }

  /** Eight numbers of 16 bits. */
  private static List<Integer> v6(String text) {
    int gap = text.indexOf("::");
    if (gap < 0) {
      return exactly(8, groups(text, true));
    }
    List<Integer> head = groups(text.substring(0, gap), false);
    List<Integer> tail = groups(text.substring(gap + 2), true);
    var all = new ArrayList<>(head);
    for (int i = head.size() + tail.size(); i < 8; i++) {
      all.add(0);
    }
    all.addAll(tail);
    // A gap stands for one group of zeros at least.
    return head.size() + tail.size() > 7 ? exactly(0, all) : exactly(8, all);
  }

  private static List<Integer> exactly(int count, List<Integer> groups) {
    if (groups.size() != count) {
      throw new IllegalArgumentException();
    }
    return groups;
  }

  private static List<Integer> groups(String text, boolean last) {
    List<Integer> groups = new ArrayList<>();
    if (text.isEmpty()) {
      return groups;
    }
    String[] parts = text.split(":", -1);
    for (int i = 0; i < parts.length; i++) {
      if (last && i == parts.length - 1 && parts[i].indexOf('.') >= 0) {
        groups.addAll(v4(parts[i]));
      } else if (GROUP.matcher(parts[i]).matches()) {
        groups.add(Integer.parseInt(parts[i], 16));
      } else {
        throw new IllegalArgumentException();
      }
    }
    return groups;
  }
}
