package io.shardkeeper.zookeeper;

import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;

/**
 * A name and a password by which ZooKeeper knows an application. They come from a file or from the environment and from nowhere else, so
 * that they stand in no code and no definition; and they are never told to anybody but ZooKeeper.
 */
public final class Credentials {
  private static final String SCHEME = "digest";
  private static final int LONGEST = 1_000;

  private final String name;
  private final String secret;

  private Credentials(String name, String secret) {
    this.name = name;
    this.secret = secret;
  }

  /** Reads them from a file with one line, {@code name:password}. */
  public static Credentials fromFile(Path file) throws IOException {
    return read(Files.readString(file), "the file " + file);
  }

  /** Reads them from a variable of the environment, in the form {@code name:password}. */
  public static Credentials fromEnvironment(String variable) {
    return from(System.getenv(), variable);
  }

  static Credentials from(Map<String, String> environment, String variable) {
    String found = environment.get(variable);
    if (found == null) {
      throw new IllegalArgumentException("Credentials: the environment has no variable "
          + Quote.of(variable) + "; set it to name:password");
    }
    return read(found, "the variable " + Quote.of(variable));
  }

  private static Credentials read(String text, String where) {
    String line = text.strip();
    int colon = line.indexOf(':');
    boolean plain = line.length() <= LONGEST && line.chars().noneMatch(Character::isISOControl);
    if (colon <= 0 || colon == line.length() - 1 || !plain) {
      // What was found is a secret, or close to one.
      throw new IllegalArgumentException(
          "Credentials: " + where + " does not hold what is expected: one line name:password");
    }
    return new Credentials(line.substring(0, colon), line);
  }

  int nameLength() {
    return name.length();
  }

  void addTo(ZooKeeper zooKeeper) {
    zooKeeper.addAuthInfo(SCHEME, secret.getBytes(StandardCharsets.UTF_8));
  }

  /** Everything for whoever has these credentials, nothing for anybody else. It names them: "auth" would let in each identity there is. */
  List<ACL> acl() {
    try {
      String digest = DigestAuthenticationProvider.generateDigest(secret);
      // Not List.of: ZooKeeper's client asks whether null is among them, which that does not bear.
      return Collections.singletonList(new ACL(Perms.ALL, new Id(SCHEME, digest)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(
          "Credentials: this JVM lacks the algorithm of ZooKeeper's digests", e);
    }
  }

  @Override
  public String toString() {
    return "credentials of " + Quote.of(name);
  }
}
