package io.shardkeeper.agent;

import io.shardkeeper.zookeeper.SettingsFiles;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What somebody has asked for on the command line.
 *
 * @param wanted what is to be done
 * @param file the properties of the agent
 */
record Invocation(Wanted wanted, Path file) {
  static final List<String> USAGE = List.of(
      "usage: java -jar shardkeeper-agent.jar [--check] [" + SettingsFiles.FILE + "]",
      "",
      "Joins a namespace with the ready handlers that the file allows, and runs jobs until it is asked to end.",
      "",
      "  --check     tells what the file allows, tries whether commands can be isolated here as it says, or tells what is wrong; it joins nobody",
      "  --version   tells which build this is",
      "  --help      tells this",
      "",
      "Without a file, " + SettingsFiles.FILE
          + " in this directory is read. System properties (-Dshardkeeper.grace=1m, before -jar)",
      "and the environment (SHARDKEEPER_GRACE=1m) win over it.",
      "",
      "It ends with 0 when a client had it leave, with 143 behind SIGTERM (130 behind Ctrl-C), when what ran has ended, with 2 if it was asked",
      "for or configured wrongly, and with 1 if it could not start.");

  /** What there is to be done. */
  enum Wanted {
    RUN,
    CHECK,
    VERSION,
    HELP
  }

  /**
   * Reads a command line.
   *
   * @throws IllegalArgumentException if it asks for something that there is not
   */
  static Invocation of(String... arguments) {
    Wanted wanted = Wanted.RUN;
    List<String> files = new ArrayList<>();
    for (String argument : arguments) {
      switch (argument) {
        case "--help", "-h" -> {
          return new Invocation(Wanted.HELP, Path.of(SettingsFiles.FILE));
        }
        case "--version" -> wanted = Wanted.VERSION;
        case "--check" -> wanted = wanted == Wanted.VERSION ? wanted : Wanted.CHECK;
        default -> {
          if (argument.startsWith("-")) {
            throw new IllegalArgumentException(
                "There is no option " + argument + "; there are --check, --version, --help");
          }
          files.add(argument);
        }
      }
    }
    if (files.size() > 1) {
      throw new IllegalArgumentException("There are " + files.size() + " files, "
          + String.join(" and ", files) + "; an agent is configured by one");
    }
    String file = files.isEmpty() ? SettingsFiles.FILE : files.get(0);
    try {
      return new Invocation(wanted, Path.of(file));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("This is no path of a file: " + e.getMessage(), e);
    }
  }
}
