package io.shardkeeper.zookeeper;

import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.text.Quote;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;
import org.jspecify.annotations.Nullable;

/** Which ZooKeeper, which part of it, and how. Immutable. */
public final class ZooKeeperSettings {
  /** How long a silence ends a session, by default. */
  public static final Duration DEFAULT_SESSION_TIMEOUT = Duration.ofSeconds(10);

  /** The shortest session timeout. */
  public static final Duration SHORTEST_SESSION_TIMEOUT = Duration.ofSeconds(1);

  /** The longest session timeout. */
  public static final Duration LONGEST_SESSION_TIMEOUT = Duration.ofMinutes(10);

  /** The largest answer that a client takes from ZooKeeper, in bytes. A longer one ends the connection. */
  public static final int ANSWER_BYTES = 4 * 1024 * 1024;

  private static final Pattern SERVER =
      Pattern.compile("(?:[A-Za-z0-9._\\-]+|\\[[A-Za-z0-9.:%]+\\])(?::(?<port>[0-9]{1,5}))?");
  /** The path before all nodes of the ledger and the name of the credentials, together, in characters. */
  public static final int MOST_PREFIX = 200;

  private static final String NETTY_SOCKET = "org.apache.zookeeper.ClientCnxnSocketNetty";

  private final String servers;
  private final String root;
  private final Duration sessionTimeout;
  private final @Nullable Credentials credentials;
  private final Map<String, String> client;

  private ZooKeeperSettings(Builder builder) {
    this.servers = builder.servers;
    this.root = builder.chroot + "/" + builder.namespace;
    this.sessionTimeout = builder.sessionTimeout;
    this.credentials = builder.credentials;
    this.client = Map.copyOf(builder.client);
  }

  /**
   * Begins with what has no default.
   *
   * @param connectString servers as {@code host:port}, with commas between them; a path behind them is put before the namespace
   * @param namespace the root of everything that belongs to one group of applications: letters, digits, dot, underscore, hyphen
   */
  public static Builder of(String connectString, String namespace) {
    return new Builder(connectString, namespace);
  }

  String servers() {
    return servers;
  }

  /** The path in ZooKeeper under which the namespace lies. */
  String root() {
    return root;
  }

  /** Where a node of the ledger lies in ZooKeeper. */
  String full(NodePath path) {
    return path.isRoot() ? root : root + path.text();
  }

  /** Which node of the ledger lies there. Names that are none of ours are nobody's. */
  Optional<NodePath> within(String full) {
    if (full.equals(root)) {
      return Optional.of(NodePath.ROOT);
    }
    try {
      return full.startsWith(root + "/")
          ? Optional.of(NodePath.of(full.substring(root.length())))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  Duration sessionTimeout() {
    return sessionTimeout;
  }

  Optional<Credentials> credentials() {
    return Optional.ofNullable(credentials);
  }

  /** Who may do what with each node that is created. */
  List<ACL> acl() {
    return credentials == null ? Ids.OPEN_ACL_UNSAFE : credentials.acl();
  }

  boolean isSecure() {
    return Boolean.parseBoolean(client.get(ZKClientConfig.SECURE_CLIENT));
  }

  /** The configuration of ZooKeeper's client. */
  ZKClientConfig clientConfig() {
    var config = new ZKClientConfig();
    config.setProperty(ZKClientConfig.JUTE_MAXBUFFER, String.valueOf(ANSWER_BYTES));
    client.forEach(config::setProperty);
    return config;
  }

  @Override
  public String toString() {
    return servers + root;
  }

  /** Gathers settings; what is wrong is refused at once. */
  public static final class Builder {
    private final String servers;
    private final String chroot;
    private final String namespace;
    private final Map<String, String> client = new LinkedHashMap<>();
    private Duration sessionTimeout = DEFAULT_SESSION_TIMEOUT;
    private @Nullable Credentials credentials;

    private Builder(String connectString, String namespace) {
      String compact = connectString.replace(" ", "");
      int slash = compact.indexOf('/');
      this.servers = slash < 0 ? compact : compact.substring(0, slash);
      this.chroot = slash < 0 ? "" : chroot(compact.substring(slash));
      for (String server : servers.split(",", -1)) {
        if (!isServer(server)) {
          throw new IllegalArgumentException(
              "ZooKeeper address '" + Quote.of(connectString) + "': found '" + Quote.of(server)
                  + "' where host:port belongs, as in zk1:2181,zk2:2181");
        }
      }
      this.namespace = NodePath.of("/" + namespace).name();
      if (namespace.isEmpty() || !this.namespace.equals(namespace)) {
        throw new IllegalArgumentException("Namespace '" + Quote.of(namespace)
            + "': it is one name, as in jobs; a path before it stands behind the servers");
      }
      if (namespace.equals("zookeeper")) {
        throw new IllegalArgumentException(
            "Namespace 'zookeeper': ZooKeeper keeps that name for itself; take another");
      }
    }

    private static boolean isServer(String server) {
      Matcher matcher = SERVER.matcher(server);
      if (!matcher.matches()) {
        return false;
      }
      String port = matcher.group("port");
      return port == null || (Integer.parseInt(port) >= 1 && Integer.parseInt(port) <= 65_535);
    }

    private static String chroot(String path) {
      return path.equals("/") ? "" : NodePath.of(path).text();
    }

    /** How long a silence ends a session. ZooKeeper itself allows two to twenty of its ticks, and silently takes the nearest. */
    public Builder sessionTimeout(Duration timeout) {
      if (timeout.compareTo(SHORTEST_SESSION_TIMEOUT) < 0
          || timeout.compareTo(LONGEST_SESSION_TIMEOUT) > 0) {
        throw new IllegalArgumentException("Session timeout " + timeout + ": it lies between "
            + SHORTEST_SESSION_TIMEOUT + " and " + LONGEST_SESSION_TIMEOUT);
      }
      this.sessionTimeout = timeout;
      return this;
    }

    /** Everything that is created belongs to these, and to nobody else. */
    public Builder credentials(Credentials owner) {
      this.credentials = owner;
      return this;
    }

    /**
     * Speaks TLS, and only with servers whose certificate one of these vouches for.
     *
     * @param trustStore certificates, as a file of type PEM, JKS or PKCS12
     * @param passwordFile a file with the password of the store
     */
    public Builder tls(Path trustStore, Path passwordFile) {
      clientProperty(ZKClientConfig.SECURE_CLIENT, "true");
      clientProperty(ZKClientConfig.ZOOKEEPER_CLIENT_CNXN_SOCKET, NETTY_SOCKET);
      clientProperty("zookeeper.ssl.trustStore.location", trustStore.toString());
      return clientProperty("zookeeper.ssl.trustStore.passwordPath", passwordFile.toString());
    }

    /**
     * Shows a certificate of one's own to servers that ask for one.
     *
     * @param keyStore certificate and key, as a file of type PEM, JKS or PKCS12
     * @param passwordFile a file with the password of the store
     */
    public Builder tlsKey(Path keyStore, Path passwordFile) {
      clientProperty("zookeeper.ssl.keyStore.location", keyStore.toString());
      return clientProperty("zookeeper.ssl.keyStore.passwordPath", passwordFile.toString());
    }

    /** Passes an option on to ZooKeeper's client, such as {@code zookeeper.ssl.protocol}. Passwords are named by their files only. */
    public Builder clientProperty(String key, String value) {
      if (!key.startsWith("zookeeper.")) {
        throw new IllegalArgumentException("Client property '" + Quote.of(key)
            + "': those of ZooKeeper's client begin with 'zookeeper.'");
      }
      if (key.toLowerCase(Locale.ROOT).endsWith("password")) {
        throw new IllegalArgumentException("Client property '" + Quote.of(key)
            + "': a password does not stand in settings; name its file with '" + key + "Path'");
      }
      client.put(key, value);
      return this;
    }

    /** The settings. */
    public ZooKeeperSettings build() {
      int longest = chroot.length()
          + 1
          + namespace.length()
          + (credentials == null ? 0 : credentials.nameLength());
      if (longest > MOST_PREFIX) {
        throw new IllegalArgumentException(
            "Namespace '" + namespace + "': its path and the name of the credentials have "
                + longest + " characters; at most " + MOST_PREFIX
                + " together, because they are sent with every step of a transaction");
      }
      return new ZooKeeperSettings(this);
    }
  }
}
