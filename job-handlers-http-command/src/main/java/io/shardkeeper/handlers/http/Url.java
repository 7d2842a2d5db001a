package io.shardkeeper.handlers.http;

import static java.util.Locale.ROOT;

import io.shardkeeper.text.Quote;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A URL that can be read in one way only. Immutable. What two readers may read differently is no URL here: user info, backslashes, other
 * forms of numbers, characters beyond ASCII, escapes in a host.
 *
 * @param origin who is asked
 * @param path what is asked for; it begins with a slash
 * @param query what stands behind the question mark, with it; empty if there is none
 */
record Url(Origin origin, String path, String query) {
  /** Characters of a URL. */
  static final int LONGEST = 8_000;

  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.*");
  private static final Pattern DOTS = Pattern.compile("(?:\\.|%2[eE]){1,2}(?:;.*)?");
  private static final String IN_A_PATH = "-._~!$&'()*+,;=:@/";
  private static final String IN_A_QUERY = IN_A_PATH + "?";

  /**
   * Who is asked: scheme, host and port. Immutable.
   *
   * @param scheme http or https
   * @param host a name in lower case, four decimals, or groups of IPv6 in brackets
   * @param port 1 to 65535
   */
  record Origin(String scheme, String host, int port) {
    private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");
    private static final Pattern LABEL = Pattern.compile("[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+|0x[0-9a-f]*");
    private static final int LONGEST_NAME = 253;

    /**
     * Reads what stands between the slashes.
     *
     * @throws IllegalArgumentException if it is not a host, or a host and a port
     */
    static Origin parse(String scheme, String authority) {
      if (authority.indexOf('@') >= 0) {
        throw new IllegalArgumentException(
            "has user info before an '@'; the host comes right behind the slashes, and a secret into a credential");
      }
      int bracket = authority.indexOf(']');
      int colon = authority.indexOf(':', Math.max(bracket, 0));
      String host = (colon < 0 ? authority : authority.substring(0, colon)).toLowerCase(ROOT);
      int port = colon < 0 ? standardPort(scheme) : port(authority.substring(colon + 1));
      return new Origin(scheme, bracket < 0 ? name(host) : literal(host), port);
    }

    private static int standardPort(String scheme) {
      return scheme.equals("https") ? 443 : 80;
    }

    private static int port(String text) {
      int port = PORT.matcher(text).matches() ? Integer.parseInt(text) : 0;
      if (port < 1 || port > 65_535) {
        throw new IllegalArgumentException(
            "has the port '" + Quote.of(text) + "'; a port is a number from 1 to 65535");
      }
      return port;
    }

    private static String literal(String host) {
      if (!host.startsWith("[") || !host.endsWith("]")) {
        throw new IllegalArgumentException(
            "has the host '" + Quote.of(host) + "'; an IPv6 address stands in brackets by itself");
      }
      InetAddress address = Network.address(host.substring(1, host.length() - 1))
          .filter(found -> found.getAddress().length == 16)
          .orElseThrow(
              () -> new IllegalArgumentException(
                  "has the host '" + Quote.of(host)
                      + "'; in brackets comes an IPv6 address such as [2001:db8::7], without a zone, and an IPv4 address comes as 10.1.2.3"));
      return "[" + Network.text(address) + "]";
    }

    private static String name(String host) {
      String[] labels = host.split("\\.", -1);
      for (String label : labels) {
        if (!LABEL.matcher(label).matches()) {
          throw new IllegalArgumentException(
              "has the host '" + Quote.of(host)
                  + "'; a name is made of letters, digits and hyphens between single dots, with none at the end");
        }
      }
      if (host.length() > LONGEST_NAME) {
        throw new IllegalArgumentException(
            "has a host of " + host.length() + " characters; a name has at most " + LONGEST_NAME);
      }
      if (NUMBER.matcher(labels[labels.length - 1]).matches()
          && Network.address(host).isEmpty()) {
        throw new IllegalArgumentException(
            "has the host '" + Quote.of(host)
                + "'; an IPv4 address is four decimal numbers without leading zeros, and no name ends in a number");
      }
      return host;
    }

    /** The address, if the host is one. */
    Optional<InetAddress> address() {
      return Network.address(bare());
    }

    /** The host as certificates and sockets know it: without brackets. */
    String bare() {
      return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    boolean isHttps() {
      return scheme.equals("https");
    }

    /** What the header {@code Host} says. */
    String hostHeader() {
      return port == standardPort(scheme) ? host : host + ":" + port;
    }

    /** As it is written, without a port that goes without saying. */
    @Override
    public String toString() {
      return scheme + "://" + hostHeader();
    }
  }

  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException that says what is wrong with it; to be put behind its name
   */
  static Url parse(String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException(
          "has " + text.length() + " characters; a URL has at most " + LONGEST);
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c > '~' || c == '\\') {
        throw unfit(c, i);
      }
    }
    int colon = text.indexOf(':');
    String scheme = colon < 0 ? "" : text.substring(0, colon).toLowerCase(ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new IllegalArgumentException(
          colon < 0
              ? "has no scheme; it begins with https:// or http://"
              : "has the scheme '" + Quote.of(scheme) + "'; only https and http are called");
    }
    if (!text.startsWith("//", colon + 1)) {
      throw new IllegalArgumentException(
          "has no two slashes behind its scheme, as in https://host/");
    }
    if (text.indexOf('#') >= 0) {
      throw new IllegalArgumentException(
          "has a fragment, from '#' on, which is never sent; as a character it is written %23");
    }
    int begin = colon + 3;
    int path = begin;
    while (path < text.length() && text.charAt(path) != '/' && text.charAt(path) != '?') {
      path++;
    }
    int query = text.indexOf('?', path);
    int end = query < 0 ? text.length() : query;
    Origin origin = Origin.parse(scheme, text.substring(begin, path));
    check(text, path, end, IN_A_PATH);
    check(text, end + 1, text.length(), IN_A_QUERY);
    String asked = path == end ? "/" : text.substring(path, end);
    for (String segment : asked.split("/", -1)) {
      if (DOTS.matcher(segment).matches()) {
        throw new IllegalArgumentException(
            "has '" + segment + "' as a step of its path; a path is written without detours");
      }
    }
    return new Url(origin, asked, text.substring(end));
  }

  private static void check(String text, int begin, int end, String marks) {
    for (int i = begin; i < end; i++) {
      char c = text.charAt(i);
      if (c == '%') {
        if (!isEscape(text, i)) {
          throw new IllegalArgumentException("has a '%' at " + (i + 1)
              + " without two hexadecimal digits behind it; as a character it is written %25");
        }
      } else if (!Escape.isAlphanumeric(c) && marks.indexOf(c) < 0) {
        throw unfit(c, i);
      }
    }
  }

  /** Whether a percent sign has two hexadecimal digits behind it. */
  static boolean isEscape(String text, int percent) {
    return percent + 2 < text.length()
        && Character.digit(text.charAt(percent + 1), 16) >= 0
        && Character.digit(text.charAt(percent + 2), 16) >= 0;
  }

  private static IllegalArgumentException unfit(char c, int index) {
    return new IllegalArgumentException(
        "has " + Escape.name(c) + " at " + (index + 1)
            + "; in a URL stand visible ASCII characters without \\ \" < > ^ ` { | }, and others as %XX");
  }

  /**
   * Where a redirect leads.
   *
   * @throws IllegalArgumentException if that is no URL
   */
  Url resolve(String location) {
    if (SCHEME.matcher(location).matches()) {
      return parse(location);
    }
    if (location.startsWith("//")) {
      return parse(origin.scheme() + ":" + location);
    }
    if (location.startsWith("?")) {
      return parse(origin + path + location);
    }
    int query = location.indexOf('?');
    String step = query < 0 ? location : location.substring(0, query);
    String behind = query < 0 ? "" : location.substring(query);
    String whole =
        step.startsWith("/") ? step : path.substring(0, path.lastIndexOf('/') + 1) + step;
    return parse(origin + withoutDots(whole) + behind);
  }

  /** As RFC 3986 takes them away, section 5.2.4. */
  private static String withoutDots(String path) {
    var steps = new ArrayDeque<String>();
    String[] all = path.split("/", -1);
    for (int i = 1; i < all.length; i++) {
      boolean last = i == all.length - 1;
      if (all[i].equals("..")) {
        steps.pollLast();
      }
      if (!all[i].equals("..") && !all[i].equals(".")) {
        steps.add(all[i]);
      } else if (last) {
        steps.add("");
      }
    }
    return "/" + String.join("/", steps);
  }

  /** What is sent. */
  String target() {
    return path + query;
  }

  /** What may be told: without the query, where people put secrets. */
  @Override
  public String toString() {
    return origin + path;
  }
}
