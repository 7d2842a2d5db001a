package io.shardkeeper.handlers.process;

import java.util.ArrayList;
import java.util.List;

/**
 * What the kernel lets each process of a tree have; 0 where it is left alone.
 *
 * @param memory bytes of address space
 * @param processes processes of the account, all together
 * @param files open files
 * @param cpu seconds of computing
 */
public record Limits(long memory, int processes, int files, long cpu) {
  public static final Limits NONE = new Limits(0, 0, 0, 0);

  /** What prlimit is told. */
  List<String> options() {
    List<String> options = new ArrayList<>();
    add(options, "--as", memory);
    add(options, "--nproc", processes);
    add(options, "--nofile", files);
    if (cpu > 0) {
      // First SIGXCPU, which tells what happened; SIGKILL for who does not listen.
      options.add("--cpu=" + cpu + ":" + (cpu + 2));
    }
    return options;
  }

  private static void add(List<String> options, String option, long limit) {
    if (limit > 0) {
      options.add(option + "=" + limit);
    }
  }
}
