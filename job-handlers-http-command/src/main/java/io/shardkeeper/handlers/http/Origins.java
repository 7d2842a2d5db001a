package io.shardkeeper.handlers.http;

import io.shardkeeper.core.json.Fields;
import io.shardkeeper.handlers.http.Url.Origin;
import io.shardkeeper.text.Quote;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where calls may go: to which origins, at which addresses, and whose word is taken for it that somebody is there. Immutable.
 *
 * <pre>
 *   "allow": ["https://api.example.com", "https://*.shop.example.com", "http://10.1.2.3:8080"],
 *   "networks": ["10.1.0.0/16"],
 *   "trust": "/etc/shardkeeper/ca.pem"
 * </pre>
 */
public final class Origins {
  /** Bytes of a file of certificates. */
  private static final int LARGEST_TRUST = 1_000_000;

  private static final String WILDCARD = "*.";
  private static final String EXAMPLE =
      "an entry is a scheme, a host and a port if it is not the usual one, as in https://api.example.com or http://10.1.2.3:8080";

  /**
   * One that may be called, or all names that end in one.
   *
   * @param any whether names are meant that have one or more labels in front of the host, and not the host itself
   */
  record Entry(Origin origin, boolean any) {
    /**
     * Reads an entry.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Entry parse(String text) {
      try {
        int slashes = text.indexOf("://");
        boolean any = slashes >= 0 && text.startsWith(WILDCARD, slashes + 3);
        String plain = any
            ? text.substring(0, slashes + 3) + text.substring(slashes + 3 + WILDCARD.length())
            : text;
        Origin origin = Url.parse(plain).origin();
        String authority = plain.substring(plain.indexOf("://") + 3);
        if (authority.indexOf('/') >= 0 || authority.indexOf('?') >= 0) {
          throw new IllegalArgumentException("has something behind the host");
        }
        if (any && (origin.address().isPresent() || origin.host().indexOf('.') < 0)) {
          throw new IllegalArgumentException(
              "has a '*' before what is no domain; two labels at least stand behind it");
        }
        return new Entry(origin, any);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "'" + Quote.of(text) + "' " + e.getMessage() + "; " + EXAMPLE, e);
      }
    }

    boolean has(Origin asked) {
      boolean host =
          any ? asked.host().endsWith("." + origin.host()) : asked.host().equals(origin.host());
      return host && asked.scheme().equals(origin.scheme()) && asked.port() == origin.port();
    }

    /** Whether all that another entry has is had by this one. */
    boolean covers(Entry other) {
      return other.any ? equals(other) || (any && has(other.origin)) : has(other.origin);
    }

    @Override
    public String toString() {
      return any ? origin.scheme() + "://" + WILDCARD + origin.hostHeader() : origin.toString();
    }
  }

  private final List<Entry> allow;
  private final List<Network> networks;
  private final List<X509Certificate> trust;

  private Origins(List<Entry> allow, List<Network> networks, List<X509Certificate> trust) {
    this.allow = List.copyOf(allow);
    this.networks = List.copyOf(networks);
    this.trust = List.copyOf(trust);
  }

  /** Reads the fields "allow", "networks" and "trust"; whatever is wrong with them is reported. */
  public static Origins read(Fields fields) {
    List<Entry> allow = entries(fields, "allow");
    if (!fields.has("allow")) {
      mistake(fields, "allow", "is missing; " + EXAMPLE);
    }
    List<Network> networks = new ArrayList<>();
    for (String text : fields.list("networks", "networks such as 10.1.0.0/16", text -> text)) {
      fields
          .attempt("networks", () -> Optional.of(Network.parse(text)), Optional.<Network>empty())
          .ifPresent(networks::add);
    }
    String file = fields.text("trust", "");
    List<X509Certificate> trust = fields.has("trust")
        ? fields.attempt("trust", () -> certificates(file), List.of())
        : List.of();
    return new Origins(allow, networks, trust);
  }

  /** The entries of a list that is not empty. */
  static List<Entry> entries(Fields fields, String name) {
    List<Entry> entries = new ArrayList<>();
    List<String> texts = fields.list(name, "origins such as https://api.example.com", text -> text);
    for (String text : texts) {
      fields
          .attempt(name, () -> Optional.of(Entry.parse(text)), Optional.<Entry>empty())
          .ifPresent(entries::add);
    }
    if (fields.has(name) && texts.isEmpty()) {
      mistake(fields, name, "names nobody; " + EXAMPLE);
    }
    return entries;
  }

  /** Reports something under the name of a field. */
  static void mistake(Fields fields, String name, String what) {
    boolean unused = fields.attempt(
        name,
        () -> {
          throw new IllegalArgumentException(what);
        },
        false);
  }

  private static List<X509Certificate> certificates(String file) {
    try {
      Path path = Path.of(file);
      if (Files.size(path) > LARGEST_TRUST) {
        throw new IllegalArgumentException("'" + Quote.of(file) + "' has " + Files.size(path)
            + " bytes; certificates of at most " + LARGEST_TRUST + " are read");
      }
      List<X509Certificate> certificates = new ArrayList<>();
      var bytes = new ByteArrayInputStream(Files.readAllBytes(path));
      for (var one : CertificateFactory.getInstance("X.509").generateCertificates(bytes)) {
        certificates.add((X509Certificate) one);
      }
      if (certificates.isEmpty()) {
        throw new IllegalArgumentException("'" + Quote.of(file)
            + "' holds no certificate; those that are trusted come there in the form of PEM");
      }
      return certificates;
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "'" + Quote.of(file) + "' cannot be read: " + e.getClass().getSimpleName(), e);
    } catch (CertificateException e) {
      throw new IllegalArgumentException(
          "'" + Quote.of(file)
              + "' holds something else than certificates; those that are trusted come there in the form of PEM",
          e);
    }
  }

  /** Whether an entry has only what may be called. */
  boolean cover(Entry entry) {
    return allow.stream().anyMatch(mine -> mine.covers(entry));
  }

  /** Whether anybody is called by https. */
  boolean anyHttps() {
    return allow.stream().anyMatch(entry -> entry.origin().isHttps());
  }

  /** Whom to believe instead of those whom Java trusts; nobody if Java is right. */
  List<X509Certificate> trust() {
    return trust;
  }

  /**
   * Refuses a URL that is none, or of which the origin may not be called. At which addresses that is, is looked up when it is called.
   *
   * @throws IllegalArgumentException with what is wrong with it
   */
  public void check(String url) {
    check(Url.parse(url).origin());
  }

  /**
   * Refuses an origin that may not be called.
   *
   * @throws IllegalArgumentException if it may not
   */
  void check(Origin origin) {
    if (allow.stream().noneMatch(entry -> entry.has(origin))) {
      throw new IllegalArgumentException("may not be called from here: "
          + Quote.of(origin.toString()) + " is not in the list 'allow' of this instance's file");
    }
  }

  /**
   * The addresses of an origin that is allowed, fit to be connected to.
   *
   * @throws IllegalArgumentException if it has none, or one of them may not be connected to: whoever has such a name may give either
   */
  List<InetAddress> checked(Origin origin, List<InetAddress> found) {
    if (origin.address().isPresent()) {
      return List.of(origin.address().get()); // it stands in the list as it is
    }
    List<InetAddress> addresses = new ArrayList<>();
    for (InetAddress address : found) {
      Network.refusal(address, networks).ifPresent(why -> {
        throw new IllegalArgumentException(
            "may not be called from here: " + Quote.of(origin.host())
                + " is at " + why
                + "; addresses that are not public have to be in the list 'networks' of this instance's file");
      });
      addresses.add(Network.plain(address));
    }
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException(
          "cannot be called: " + Quote.of(origin.host()) + " has no address");
    }
    return addresses;
  }

  @Override
  public String toString() {
    return "Origins" + allow + networks;
  }
}
