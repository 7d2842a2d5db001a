package io.shardkeeper.handlers.command;

import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handlers.fields.RunFields;
import io.shardkeeper.handlers.fields.Template;
import io.shardkeeper.handlers.fields.Template.Piece;
import io.shardkeeper.text.Quote;
import java.nio.charset.Charset;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is to be run: a program and its arguments, made of what the instance knows and what a job fills in. Immutable.
 *
 * @param name what it is called in messages
 * @param before the program and what it is given before the script, if there is one
 * @param script where that comes from; null for a command
 * @param after what stands behind the script
 * @param told variables that tell what it runs for
 * @param surroundings in what it runs
 */
record CommandLine(
    String name,
    List<String> before,
    @Nullable Script script,
    List<String> after,
    Map<String, String> told,
    Surroundings surroundings) {
  /** How the parameters begin that are meant for this handler itself. */
  static final String OURS = "command.";

  private static final String NAME = "command.name";
  private static final String SCRIPT = "command.script";
  private static final String SHA256 = "command.sha256";
  private static final String INTERPRETER = "command.interpreter";
  private static final String ARGUMENT = "command.argument.";
  private static final Pattern NUMBERED = Pattern.compile("command\\.argument\\.([1-9][0-9]{0,2})");
  private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{64}");

  /** A script that is to be fetched. */
  record Script(String url, String sha256, long most) {
    /** Why what was fetched is not what was asked for; null if it is. */
    @Nullable
    String refusal(byte[] content) {
      if (content.length > most) {
        return "it has " + content.length + " bytes; at most " + most + " are taken";
      }
      try {
        String found =
            HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        String right = sha256.toLowerCase(Locale.ROOT);
        return found.equals(right)
            ? null
            : "its checksum is " + found + ", and the job says " + right
                + "; if the change was reviewed, put the new one into the job";
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("Every Java has SHA-256", e);
      }
    }
  }

  CommandLine {
    before = List.copyOf(before);
    after = List.copyOf(after);
    told = Map.copyOf(told);
  }

  /** The arguments, with the file of the script where it belongs. */
  List<String> argv(@Nullable String scriptFile) {
    List<String> argv = new ArrayList<>(before);
    if (scriptFile != null) {
      argv.add(scriptFile);
    }
    argv.addAll(after);
    return argv;
  }

  /**
   * What a job asks for.
   *
   * @param carried as what a program is given characters
   * @throws IllegalArgumentException with all that is wrong with it
   */
  static CommandLine of(CommandRules rules, ShardingContext context, Charset carried) {
    var reading = new Reading(context, carried);
    boolean script = reading.parameters.containsKey(SCRIPT);
    if (script == reading.parameters.containsKey(NAME)) {
      reading.mistakes.add(
          script
              ? NAME + " and " + SCRIPT + " stand beside each other; a job has one of them"
              : NAME + " is missing; one of " + commands(rules) + " comes here");
      throw reading.failure();
    }
    CommandLine line = script ? reading.script(rules) : reading.command(rules);
    if (line == null || !reading.mistakes.isEmpty()) {
      throw reading.failure();
    }
    return line;
  }

  private static String commands(CommandRules rules) {
    Set<String> names = new TreeSet<>(rules.commands().keySet());
    return names.isEmpty() ? "the commands of this instance, which has none," : names.toString();
  }

  /** What is made of one job, and all that is wrong with it. */
  private static final class Reading {
    final List<String> mistakes = new ArrayList<>();
    final Map<String, String> parameters;
    private final ShardingContext context;
    private final RunFields run;
    private final Charset carried;

    Reading(ShardingContext context, Charset carried) {
      this.context = context;
      this.parameters = context.parameters();
      this.run = RunFields.of(context);
      this.carried = carried;
    }

    IllegalArgumentException failure() {
      return new IllegalArgumentException(
          "The job cannot be run: " + String.join("; and ", mistakes));
    }

    @Nullable
    CommandLine command(CommandRules rules) {
      String name = parameters.getOrDefault(NAME, "");
      refuseUnknown(Set.of(NAME), false);
      Command command = rules.commands().get(name);
      if (command == null) {
        mistakes.add(NAME + ": found '" + Quote.of(name) + "'; one of " + commands(rules)
            + " comes here: the file of the instance says what there is");
        return null;
      }
      Map<String, String> values = new LinkedHashMap<>();
      for (Entry<String, Slot> slot : new TreeMap<>(command.slots()).entrySet()) {
        values.put(slot.getKey(), value(slot.getKey(), slot.getValue()));
      }
      noteUnused(name, command);
      List<String> argv = new ArrayList<>();
      argv.add(command.program().toString());
      boolean options = true;
      for (Template argument : command.arguments()) {
        argv.add(filled(argument, values, options));
        options &= !argument.pieces().equals(List.of(new Piece.Text(Command.END_OF_OPTIONS)));
      }
      return new CommandLine(
          "Command '" + name + "'", argv, null, List.of(), told(), command.surroundings());
    }

    @Nullable
    CommandLine script(CommandRules rules) {
      Scripts scripts = rules.scripts();
      if (scripts == null) {
        mistakes.add(
            SCRIPT
                + " is given, and this instance runs no scripts: its file has no section 'scripts'; a command of that file may do");
        return null;
      }
      SortedMap<Integer, String> numbered =
          refuseUnknown(Set.of(SCRIPT, SHA256, INTERPRETER), true);
      String url = parameters.getOrDefault(SCRIPT, "");
      attempt(SCRIPT, () -> scripts.check(url));
      String hash = parameters.getOrDefault(SHA256, "");
      if (!HASH.matcher(hash).matches()) {
        mistakes.add(SHA256 + (hash.isEmpty() ? " is missing" : ": found '" + Quote.of(hash) + "'")
            + "; the 64 hex digits that sha256sum prints for the script come here");
      }
      String named = parameters.getOrDefault(INTERPRETER, "");
      List<String> interpreter = scripts.interpreters().get(named);
      if (interpreter == null) {
        mistakes.add(
            INTERPRETER + (named.isEmpty() ? " is missing" : ": found '" + Quote.of(named) + "'")
                + "; one of " + new TreeSet<>(scripts.interpreters().keySet()) + " comes here");
        interpreter = List.of();
      }
      List<String> after = new ArrayList<>();
      numbered.forEach((number, value) -> {
        if (number != after.size() + 1) {
          mistakes.add(ARGUMENT + number + " has no " + ARGUMENT + (number - 1)
              + " before it; arguments are numbered from 1 without a gap");
        }
        attempt(ARGUMENT + number, () -> carry(value));
        after.add(value);
      });
      return new CommandLine(
          "Script " + Quote.of(Scripts.shown(url)),
          interpreter,
          new Script(url, hash, scripts.most()),
          after,
          told(),
          scripts.surroundings());
    }

    /** A parameter that is meant for this handler and not understood may be a mistake that hides another. */
    private SortedMap<Integer, String> refuseUnknown(Set<String> known, boolean argumentsToo) {
      SortedMap<Integer, String> numbered = new TreeMap<>();
      for (Entry<String, String> parameter : new TreeMap<>(parameters).entrySet()) {
        String name = parameter.getKey();
        Matcher number = NUMBERED.matcher(name);
        if (!name.startsWith(OURS) || known.contains(name)) {
          continue;
        }
        if (argumentsToo && number.matches()) {
          numbered.put(Integer.parseInt(number.group(1)), parameter.getValue());
        } else {
          mistakes.add(Quote.of(name) + " means nothing here; known are " + new TreeSet<>(known)
              + (argumentsToo ? " and " + ARGUMENT + "1 and so on" : ""));
        }
      }
      return numbered;
    }

    private void noteUnused(String command, Command rule) {
      for (String name : new TreeSet<>(parameters.keySet())) {
        if (!name.startsWith(OURS) && !rule.slots().containsKey(name)) {
          context
              .log()
              .debug(
                  "Parameter '{}' fills no slot of command '{}', which has {}",
                  Quote.of(name),
                  command,
                  new TreeSet<>(rule.slots().keySet()));
        }
      }
    }

    private String value(String name, Slot slot) {
      boolean ofShard = name.equals(Command.SHARD_PARAMETER);
      String given = ofShard ? context.shard().parameter() : parameters.get(name);
      String value = given == null || (ofShard && given.isEmpty() && slot.otherwise() != null)
          ? slot.otherwise()
          : given;
      if (value == null) {
        mistakes.add("parameter '" + name + "' is missing; " + slot.type().right() + " comes here");
        return "";
      }
      attempt("parameter '" + name + "'", () -> {
        slot.check(value);
        carry(value);
      });
      return value;
    }

    private String filled(Template argument, Map<String, String> values, boolean options) {
      String filled = argument.fill(name -> {
        String value = values.get(name);
        return value == null ? run.apply(name) : value;
      });
      boolean isValue =
          argument.pieces().size() == 1 && argument.pieces().get(0) instanceof Piece.Place;
      if (isValue && options && filled.startsWith("-")) {
        mistakes.add(
            "parameter '" + argument.names().first() + "': found '" + Quote.of(filled)
                + "', which begins with a dash and could be taken for an option; another value comes here, or the argument -- before it in the file of the instance");
      }
      return filled;
    }

    /** What it runs for. A program reads variables it knows; none of these means anything to a shell or a loader. */
    private Map<String, String> told() {
      Map<String, String> told = new LinkedHashMap<>();
      told.put("SHARDKEEPER_RUN_ID", run.apply("run.id"));
      told.put("SHARDKEEPER_JOB", run.apply("run.job"));
      told.put("SHARDKEEPER_SHARD", run.apply("run.shard"));
      told.put("SHARDKEEPER_SHARDS", run.apply("run.shards"));
      told.put("SHARDKEEPER_PARAMETER", run.apply(Command.SHARD_PARAMETER));
      told.put("SHARDKEEPER_SCHEDULED_AT", run.apply("run.scheduled-at"));
      told.put("SHARDKEEPER_DATA_TIME", run.apply("run.data-time"));
      told.put("SHARDKEEPER_ATTEMPT", run.apply("run.attempt"));
      told.put("SHARDKEEPER_TOKEN", run.apply("run.token"));
      if (!context.trace().isEmpty()) {
        told.put("TRACEPARENT", context.trace().traceparent());
      }
      if (!context.trace().tracestate().isEmpty()) {
        told.put("TRACESTATE", context.trace().tracestate());
      }
      told.forEach((name, value) -> attempt(name, () -> carry(value)));
      return told;
    }

    /** Refuses what would arrive as something else: it was checked as it stands here. */
    private void carry(String value) {
      if (value.indexOf(0) >= 0) {
        throw new IllegalArgumentException("found a NUL, which no argument can hold");
      }
      if (!new String(value.getBytes(carried), carried).equals(value)) {
        throw new IllegalArgumentException("found '" + Quote.of(value)
            + "', which this process cannot hand on as it is: it gives programs characters as "
            + carried + "; start it with LC_ALL=C.UTF-8");
      }
    }

    private void attempt(String what, Runnable check) {
      try {
        check.run();
      } catch (IllegalArgumentException e) {
        mistakes.add(what + ": " + e.getMessage());
      }
    }
  }
}
