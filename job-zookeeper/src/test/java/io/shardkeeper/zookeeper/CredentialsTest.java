package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CredentialsTest {
  private static final String SECRET = "correct-horse";

  @TempDir
  Path directory;

  @Test
  void aFileHoldsThemInOneLine() throws Exception {
    Path file = Files.writeString(directory.resolve("credentials"), "billing:" + SECRET + "\n");
    assertThat(Credentials.fromFile(file).acl()).isEqualTo(onlyFor("billing", SECRET));
  }

  @Test
  void aVariableHoldsThem() {
    assertThat(of("billing:" + SECRET).acl()).isEqualTo(onlyFor("billing", SECRET));
  }

  @Test
  void aPasswordMayHoldColonsAndLettersOfAllScripts() {
    assertThat(of("billing:a:b c").acl()).isEqualTo(onlyFor("billing", "a:b c"));
    assertThat(of("billing:sch\u00f6n").acl()).isEqualTo(onlyFor("billing", "sch\u00f6n"));
  }

  @Test
  void aMissingFileIsNamed() {
    Path missing = directory.resolve("missing");
    assertThatThrownBy(() -> Credentials.fromFile(missing))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(missing.toString());
  }

  @Test
  void aMissingVariableIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Credentials.fromEnvironment("SHARDKEEPER_NOT_SET"))
        .withMessage(
            "Credentials: the environment has no variable SHARDKEEPER_NOT_SET; set it to name:password");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "  ",
        SECRET,
        ":" + SECRET,
        SECRET + ":",
        "billing:" + SECRET + "\nbilling:" + SECRET,
        "billing:" + SECRET + "\u0000",
        "billing\t:" + SECRET
      })
  void whatIsMalformedIsRefusedAndNotRepeated(String content) throws Exception {
    Path file = Files.writeString(directory.resolve("credentials"), content);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Credentials.fromFile(file))
        .withMessageContaining(file.toString())
        .withMessageContaining("one line name:password")
        .withMessageNotContaining(SECRET)
        .withNoCause();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> of(content))
        .withMessage(
            "Credentials: the variable CREDENTIALS does not hold what is expected: one line name:password");
  }

  @Test
  void whatIsFarTooLongIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> of("billing:" + "x".repeat(1_000)))
        .withMessageNotContaining("xx");
  }

  @Test
  void whatIsNoTextIsRefusedAndNotRepeated() throws Exception {
    byte[] content = ("billing:" + SECRET).getBytes(StandardCharsets.UTF_16);
    Path file = Files.write(directory.resolve("credentials"), content);
    assertThatThrownBy(() -> Credentials.fromFile(file)).message().doesNotContain(SECRET);
  }

  @Test
  void theyPassTheChecksOfZooKeepersClient() {
    assertThat(of("billing:" + SECRET).acl().contains(null)).isFalse(); // as it asks
  }

  @Test
  void theyTellTheirNameAndNothingElse() {
    assertThat(of("billing:" + SECRET)).hasToString("credentials of billing");
  }

  private static Credentials of(String content) {
    return Credentials.from(Map.of("CREDENTIALS", content), "CREDENTIALS");
  }

  /** The form in which ZooKeeper keeps digests, made by hand. */
  static List<ACL> onlyFor(String name, String password) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA1")
          .digest((name + ":" + password).getBytes(StandardCharsets.UTF_8));
      String id = name + ":" + Base64.getEncoder().encodeToString(digest);
      return Collections.singletonList(new ACL(Perms.ALL, new Id("digest", id)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aVariableThatIsNotThereIsNamed() {
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> Credentials.fromEnvironment("SHARDKEEPER_NO_SUCH_VARIABLE"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("SHARDKEEPER_NO_SUCH_VARIABLE")
        .hasMessageContaining("name:password");
  }
}
