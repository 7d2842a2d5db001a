package io.shardkeeper.handlers.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class TreeTest {
  /** A time to sleep that nobody else on this machine sleeps, so that its sleepers are found. */
  private final String marker =
      "86400." + ProcessHandle.current().pid() + System.identityHashCode(this);

  @Test
  void oneLookAtAllProcessesServesAllTrees() throws Exception {
    var now = new AtomicLong();
    var looks = new AtomicInteger();
    var census = new Tree.Census(now::get, () -> {
      looks.incrementAndGet();
      return ProcessHandle.current().descendants();
    });
    List<Process> roots = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        roots.add(
            new ProcessBuilder("sh", "-c", "sh -c 'sleep " + marker + " & wait' & wait").start());
      }
      // Each is a shell, the shell below it, and who sleeps below that.
      Seen.until("all of them are there", () -> Seen.processes(marker).size() == 9);
      for (Process root : roots) {
        assertThat(census.descendants(root.toHandle()))
            .containsExactlyInAnyOrderElementsOf(root.descendants().toList());
      }
      assertThat(looks).hasValue(1);

      now.addAndGet(Tree.Census.EVERY_NANOS - 1);
      assertThat(census.descendants(ProcessHandle.current()))
          .containsAll(roots.stream().map(Process::toHandle).toList());
      assertThat(looks).hasValue(1);

      now.addAndGet(1);
      roots.forEach(root -> assertThat(census.descendants(root.toHandle())).isNotEmpty());
      assertThat(looks).hasValue(2);
    } finally {
      for (Process root : roots) {
        List<ProcessHandle> below = root.descendants().toList();
        root.destroyForcibly();
        below.forEach(ProcessHandle::destroyForcibly);
      }
    }
    Seen.until("nobody is left", () -> Seen.processes(marker).isEmpty());
  }

  @Test
  void nobodyHasTheCookieOfNobody() {
    assertThat(Tree.withCookie(List.of())).isEmpty();
    assertThat(Tree.withCookie(List.of("no-such-cookie"))).isEmpty();
    assertThat(Tree.runs(ProcessHandle.current())).isTrue();
  }
}
