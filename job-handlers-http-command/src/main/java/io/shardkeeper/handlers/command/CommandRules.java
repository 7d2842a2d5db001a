package io.shardkeeper.handlers.command;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.core.json.Fields;
import io.shardkeeper.handlers.http.Origins;
import io.shardkeeper.handlers.process.Isolation;
import io.shardkeeper.handlers.process.Machine;
import io.shardkeeper.job.Limits;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which commands an instance runs. What is not named here is not run. Immutable.
 *
 * <pre>
 *   "command": {
 *     "commands": {
 *       "backup": {
 *         "program": "/usr/local/bin/backup",
 *         "arguments": ["--to", "{target}", "--", "{file}"],
 *         "slots": {"target": {"choice": ["s3", "disk"]}, "file": {"text": "[a-z0-9_]{1,40}"}},
 *         "inherit": ["PATH"], "timeout": "10m", "exits": {"3": "ok: there was nothing to do"}
 *       }
 *     }
 *   }
 * </pre>
 */
public final class CommandRules {
  private final Map<String, Command> commands;
  private final @Nullable Scripts scripts;
  private final Isolation.Mode isolation;
  private final @Nullable Path work;

  private CommandRules(
      Map<String, Command> commands,
      @Nullable Scripts scripts,
      Isolation.Mode isolation,
      @Nullable Path work) {
    this.commands = Map.copyOf(commands);
    this.scripts = scripts;
    this.isolation = isolation;
    this.work = work;
  }

  /** Reads the section; all mistakes are reported to whoever made the fields. */
  public static CommandRules read(Fields fields) {
    return read(fields, Machine.here());
  }

  static CommandRules read(Fields fields, Machine machine) {
    Map<String, Command> commands = fields.each("commands", (name, command) -> {
      command.attempt(() -> Limits.checkName("A command", name), name);
      return Command.read(command, machine);
    });
    Scripts scripts = fields
        .nested(
            "scripts",
            section -> Optional.of(Scripts.read(section, machine)),
            Optional.<Scripts>empty())
        .orElse(null);
    Isolation.Mode isolation = fields.parsed(
        "isolation", "one of auto, namespace, tracked", Isolation.Mode::parse, Isolation.Mode.AUTO);
    Path work = null;
    if (fields.has("work")) {
      String text = fields.text("work", "/");
      work = fields.attempt("work", () -> Surroundings.path(text), Path.of("/"));
    }
    return new CommandRules(commands, scripts, isolation, work);
  }

  /** From where scripts may come; from nowhere if none are run. */
  public Optional<Origins> scriptOrigins() {
    return Optional.ofNullable(scripts).map(Scripts::origins);
  }

  /**
   * How commands are held together on a machine, found out by running a program that does nothing.
   *
   * @throws InvalidSettingsException if the machine cannot do what the file asks for
   */
  public Isolation probe(Machine machine) {
    try {
      if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
        throw new IllegalArgumentException(
            "commands need a POSIX system, whose files have owners and whose processes have signals; leave the section out here");
      }
      return Isolation.probe(isolation, machine);
    } catch (IllegalArgumentException e) {
      throw new InvalidSettingsException(List.of("command: " + e.getMessage()));
    }
  }

  Map<String, Command> commands() {
    return commands;
  }

  @Nullable
  Scripts scripts() {
    return scripts;
  }

  Isolation.Mode isolation() {
    return isolation;
  }

  /** Where executions have their directories; null for a place of its own below that of temporary files. */
  @Nullable
  Path work() {
    return work;
  }
}
