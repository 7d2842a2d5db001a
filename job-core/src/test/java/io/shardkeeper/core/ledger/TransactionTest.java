package io.shardkeeper.core.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be a path, a content or a transaction is refused before anything is sent. */
final class TransactionTest {
  private static final NodePath A = NodePath.of("/a");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "//",
        "/a/",
        "/a//b",
        "/.",
        "/..",
        "/a/../b",
        "/a b",
        "/ä",
        "/a\u0000",
        "/a\n"
      })
  void wrongPathsAreRefused(String path) {
    assertThatThrownBy(() -> NodePath.of(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Path '");
  }

  @Test
  void longPathsAndNamesAreRefused() {
    assertThatThrownBy(() -> NodePath.of("/" + "x".repeat(NodePath.NAME + 1)))
        .hasMessageContaining("201");
    assertThatThrownBy(() -> NodePath.of("/x".repeat(501))).hasMessageContaining("1002");
    assertThat(NodePath.of("/" + "x".repeat(NodePath.NAME)).name()).hasSize(NodePath.NAME);
  }

  @Test
  void pathsKnowTheirPlace() {
    NodePath deep = NodePath.ROOT.child("a").child("b.c").child("_d-1");
    assertThat(deep).hasToString("/a/b.c/_d-1");
    assertThat(deep.name()).isEqualTo("_d-1");
    assertThat(deep.parent().parent()).isEqualTo(A);
    assertThat(A.parent()).isEqualTo(NodePath.ROOT);
    assertThat(NodePath.ROOT.parent()).isEqualTo(NodePath.ROOT);
    assertThat(NodePath.ROOT.name()).isEmpty();
    assertThat(deep.lineage()).containsExactly(A, A.child("b.c"), deep);
    assertThat(deep.isWithin(A)).isTrue();
    assertThat(deep.isWithin(NodePath.ROOT)).isTrue();
    assertThat(A.isWithin(A)).isTrue();
    assertThat(NodePath.of("/ab").isWithin(A)).isFalse();
    assertThat(A.isWithin(deep)).isFalse();
    assertThat(A).isLessThan(deep);
  }

  @Test
  void namesOfStrangersAreToldApart() {
    assertThat(List.of("a", "A-1_2.3", "..."))
        .allMatch(NodePath::isName)
        .allMatch(name -> NodePath.ROOT.child(name).name().equals(name));
    assertThat(List.of("", ".", "..", "a b", "a/b", "x".repeat(201))).noneMatch(NodePath::isName);
  }

  @Test
  void nobodyWritesTheRootOrNothing() {
    assertThatThrownBy(() -> Transaction.builder().check(NodePath.ROOT, 0))
        .hasMessageContaining("root");
    assertThatThrownBy(() -> Transaction.builder().build()).hasMessageContaining("no step");
  }

  @Test
  void tooManyStepsAreRefusedByName() {
    Transaction.Builder steps = Transaction.builder();
    for (int i = 0; i < Transaction.MOST_STEPS; i++) {
      assertThat(steps.fits(A, Bytes.NONE)).isTrue();
      steps.checkPresent(A);
    }
    assertThat(steps.fits(A, Bytes.NONE)).isFalse();
    assertThatThrownBy(() -> steps.checkPresent(NodePath.of("/one-too-many")))
        .hasMessageContaining("/one-too-many")
        .hasMessageContaining("1001")
        .hasMessageContaining("divide");
    assertThat(steps.build().steps()).hasSize(Transaction.MOST_STEPS);
  }

  @Test
  void tooManyBytesAreRefusedByName() {
    Bytes quarter = Bytes.of("x".repeat(Transaction.NODE_BYTES));
    Transaction.Builder steps = Transaction.builder().create(A, quarter);
    assertThat(steps.fits(A, quarter)).isFalse();
    assertThatThrownBy(() -> steps.create(NodePath.of("/too-much"), quarter))
        .hasMessageContaining("/too-much")
        .hasMessageContaining("524288");
    Transaction built = steps.build();
    assertThat(built.bytes()).isEqualTo(Transaction.NODE_BYTES + 2 + Transaction.STEP_BYTES);
    assertThat(built.toString()).contains("/a");
  }

  @Test
  void bytesAreEqualByTheirContent() {
    Bytes one = Bytes.of("content");
    assertThat(one)
        .isEqualTo(Bytes.wrap("content".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    assertThat(one).hasSameHashCodeAs(Bytes.of("content")).isNotEqualTo(Bytes.of("other"));
    assertThat(one.text()).isEqualTo("content");
    assertThat(one).hasToString("content");
    assertThat(Bytes.of("")).isSameAs(Bytes.NONE);
  }

  @Test
  void nodesAreTheSameByCreationAndVersion() {
    var node = new Node(Bytes.NONE, 3, 7, Node.NOBODY, Instant.EPOCH, 0);
    assertThat(node.isSameAs(new Node(Bytes.NONE, 3, 7, 5, Instant.MAX, 9))).isTrue();
    assertThat(node.isSameAs(new Node(Bytes.NONE, 3, 8, 0, Instant.EPOCH, 0))).isFalse();
    assertThat(node.isSameAs(new Node(Bytes.NONE, 4, 7, 0, Instant.EPOCH, 0))).isFalse();
  }

  @Test
  void resultsTellWhatTheyAre() {
    assertThat(CommitResult.APPLIED).hasToString("APPLIED");
    assertThat(CommitResult.UNKNOWN.isApplied()).isFalse();
    assertThat(CommitResult.conflict(2, CommitResult.Refusal.VERSION))
        .hasToString("CONFLICT(step 2 VERSION)");
  }
}
