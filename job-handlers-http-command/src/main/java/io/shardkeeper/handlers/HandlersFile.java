package io.shardkeeper.handlers;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.core.json.Fields;
import io.shardkeeper.core.json.Json;
import io.shardkeeper.handlers.command.CommandRules;
import io.shardkeeper.handlers.http.HttpRules;
import io.shardkeeper.handlers.process.Machine;
import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What an instance lets jobs do, from its own file. Who writes definitions cannot write that. Immutable; to read it starts nothing.
 *
 * <pre>
 *   {
 *     "version": 1,
 *     "http": {"allow": ["https://api.example.com"]},
 *     "command": {"commands": {"clean": {"program": "/usr/local/bin/clean"}}}
 *   }
 * </pre>
 */
public final class HandlersFile {
  private static final int VERSION = 1;
  private static final int LARGEST = 1_000_000;

  private final Optional<HttpRules> http;
  private final Optional<CommandRules> command;
  private final List<String> allowed;

  private HandlersFile(
      Optional<HttpRules> http, Optional<CommandRules> command, List<String> allowed) {
    this.http = http;
    this.command = command;
    this.allowed = List.copyOf(allowed);
  }

  /** One that allows nothing, as where there is no file. */
  public static HandlersFile none() {
    return new HandlersFile(Optional.empty(), Optional.empty(), List.of());
  }

  /**
   * Reads a file.
   *
   * @throws InvalidSettingsException with all that is wrong with it
   */
  public static HandlersFile read(Path file) {
    List<String> mistakes = new ArrayList<>();
    HandlersFile read = none();
    try {
      read = parse(OwnFile.read(file, LARGEST), mistake -> mistakes.add(file + ": " + mistake));
    } catch (IOException e) {
      mistakes.add(file + ": cannot be read: " + e);
    } catch (IllegalArgumentException e) {
      mistakes.add(file + ": " + e.getMessage());
    }
    if (!mistakes.isEmpty()) {
      throw new InvalidSettingsException(mistakes);
    }
    return read;
  }

  /** The names of the handlers that it allows something. */
  public List<String> offers() {
    List<String> names = new ArrayList<>();
    http.ifPresent(rules -> names.add("http"));
    command.ifPresent(rules -> names.add("command"));
    return names;
  }

  /** What jobs may do here, in a line for each host and each command: names, and nothing of what is secret. */
  public List<String> allowed() {
    return allowed;
  }

  /**
   * Tries whether this machine can hold commands as the file asks for, by running a program that does nothing, and tells what was found; nothing without
   * commands. It makes nothing, and nothing is left of it.
   *
   * <p>It speaks for a process of this user, with these rights: another one may find something else.
   *
   * @throws InvalidSettingsException if this machine cannot do what it asks for
   */
  public Optional<String> probe() {
    return probe(Machine.here());
  }

  Optional<String> probe(Machine machine) {
    return command.map(rules -> rules.probe(machine).told());
  }

  /**
   * The handlers that it allows something.
   *
   * @throws InvalidSettingsException if this machine cannot do what it asks for
   */
  public ReadyHandlers open() {
    return ReadyHandlers.by(this);
  }

  /** What may be called; nothing without that part. */
  Optional<HttpRules> http() {
    return http;
  }

  /** What may be run; nothing without that part. */
  Optional<CommandRules> command() {
    return command;
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
}
