package io.shardkeeper.zookeeper;

import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.apache.zookeeper.server.NettyServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.auth.X509AuthenticationProvider;

/**
 * A ZooKeeper that speaks nothing but TLS, for a process of its own: its settings are properties of the JVM, which clients in the same
 * JVM would take for theirs. It prints its port, and ends when its input ends.
 */
final class TlsServer {
  private static final int TICK = 500;

  private TlsServer() {}

  /** With a directory, a key store, a trust store for certificates of clients, which it then asks for, or "-", and a password file. */
  public static void main(String[] arguments) throws Exception {
    boolean asksClients = !arguments[2].equals("-");
    System.setProperty(
        ServerCnxnFactory.ZOOKEEPER_SERVER_CNXN_FACTORY, NettyServerCnxnFactory.class.getName());
    System.setProperty("zookeeper.ssl.keyStore.location", arguments[1]);
    System.setProperty("zookeeper.ssl.keyStore.passwordPath", arguments[3]);
    System.setProperty("zookeeper.ssl.clientAuth", asksClients ? "need" : "none");
    if (asksClients) {
      System.setProperty("zookeeper.authProvider.x509", X509AuthenticationProvider.class.getName());
      System.setProperty("zookeeper.ssl.trustStore.location", arguments[2]);
      System.setProperty("zookeeper.ssl.trustStore.passwordPath", arguments[3]);
    }
    var directory = new File(arguments[0]);
    ServerCnxnFactory front = ServerCnxnFactory.createFactory();
    front.configure(
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0, -1, true);
    front.startup(new ZooKeeperServer(directory, directory, TICK));
    System.out.println(front.getLocalPort());
    while (System.in.read() >= 0) {
      // Whoever started it is still there.
    }
    Runtime.getRuntime().halt(0);
  }
}
