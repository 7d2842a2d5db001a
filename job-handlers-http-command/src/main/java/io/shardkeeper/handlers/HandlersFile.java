package io.shardkeeper.handlers;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.core.json.Fields;
import io.shardkeeper.core.json.Json;
import io.shardkeeper.handlers.command.CommandRules;
import io.shardkeeper.handlers.http.HttpRules;
import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What an instance lets jobs do, from its own file. Who writes definitions cannot write that.
 *
 * <pre>
 *   {
 *     "version": 1,
 *     "http": {"allow": ["https://api.example.com"]},
 *     "command": {"commands": {"clean": {"program": "/usr/local/bin/clean"}}}
 *   }
 * </pre>
 *
 * @param http what may be called; nothing without that part
 * @param command what may be run; nothing without that part
 * @param allowed what both say, by its names
 */
record HandlersFile(
    Optional<HttpRules> http, Optional<CommandRules> command, List<String> allowed) {
  private static final int VERSION = 1;
  private static final int LARGEST = 1_000_000;

  /**
   * Reads a file.
   *
   * @throws InvalidSettingsException with all that is wrong with it
   */
  static HandlersFile read(Path file) {
    List<String> mistakes = new ArrayList<>();
    String name = file.toString();
    Optional<HandlersFile> read = Optional.empty();
    try {
      refuseIfOthersWrite(file);
      if (Files.size(file) > LARGEST) {
        throw new IllegalArgumentException(
            "has " + Files.size(file) + " bytes; at most " + LARGEST + " are read");
      }
      read = Optional.of(parse(
          Files.readString(file, StandardCharsets.UTF_8),
          mistake -> mistakes.add(name + ": " + mistake)));
    } catch (IOException e) {
      mistakes.add(name + ": cannot be read: " + e);
    } catch (IllegalArgumentException e) {
      mistakes.add(name + ": " + e.getMessage());
    }
    if (!mistakes.isEmpty()) {
      throw new InvalidSettingsException(mistakes);
    }
    return read.orElseThrow();
  }

  private static HandlersFile parse(String text, Consumer<String> mistakes) {
    var fields = new Fields(Json.parse(text), "", mistakes);
    int version = fields.number("version", 0);
    if (version != VERSION) {
      mistakes.accept(
          "version: found " + version + "; this build reads version " + VERSION + " of this file");
    }
    Optional<HttpRules> http =
        fields.nested("http", section -> Optional.of(HttpRules.read(section)), Optional.empty());
    Optional<CommandRules> command = fields.nested(
        "command", section -> Optional.of(CommandRules.read(section)), Optional.empty());
    if (!fields.unknown().isEmpty()) {
      mistakes.accept("found " + Quote.of(fields.unknown().toString())
          + ", which means nothing: a word that is not understood may be a rule that is not kept");
    }
    return new HandlersFile(http, command, allowed(new Fields(Json.parse(text), "", told -> {})));
  }

  /** For people who look what a file allows: hosts and names of commands as they stand there. What is wrong with them is told by who reads the rest. */
  static List<String> allowed(Fields fields) {
    List<String> allowed = new ArrayList<>();
    fields.nested("http", http -> addOrigins("http: ", http, allowed), true);
    fields.nested(
        "command",
        command -> {
          command
              .each("commands", (name, one) -> name)
              .keySet()
              .forEach(name -> allowed.add("command: " + Quote.of(name)));
          return command.nested(
              "scripts", scripts -> addOrigins("scripts from ", scripts, allowed), true);
        },
        true);
    return allowed;
  }

  private static boolean addOrigins(String kind, Fields fields, List<String> allowed) {
    fields
        .list("allow", "an origin", origin -> origin)
        .forEach(origin -> allowed.add(kind + Quote.of(origin)));
    return true;
  }

  /** Whoever can write the file can run what it likes as this process. */
  private static void refuseIfOthersWrite(Path file) throws IOException {
    PosixFileAttributeView posix = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (posix == null) {
      return;
    }
    Set<PosixFilePermission> allowed = posix.readAttributes().permissions();
    if (allowed.contains(PosixFilePermission.GROUP_WRITE)
        || allowed.contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new IllegalArgumentException(
          "may be written by others than its owner; chmod go-w takes that away");
    }
  }
}
