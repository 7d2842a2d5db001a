package io.shardkeeper.handlers.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is started, and how much of everything it may have. Immutable.
 *
 * @param argv the program and its arguments, as it is to see them
 * @param environment all variables that it sees, but for the one by which its processes are found
 * @param directory where it runs; null for the fresh one of its execution
 * @param timeout how long it may take
 * @param output bytes of its output that are kept
 * @param limits what the kernel lets it have
 */
public record Program(
    List<String> argv,
    Map<String, String> environment,
    @Nullable Path directory,
    Duration timeout,
    long output,
    Limits limits) {
  public Program {
    argv = List.copyOf(argv);
    environment = Map.copyOf(environment);
  }
}
