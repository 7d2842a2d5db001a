package io.shardkeeper.handlers.command;

import io.shardkeeper.core.json.Fields;
import io.shardkeeper.handlers.fields.Template;
import io.shardkeeper.handlers.fields.Template.Piece;
import io.shardkeeper.handlers.process.Machine;
import io.shardkeeper.text.Quote;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A command as the instance knows it: a program, and arguments with places in them. Immutable.
 *
 * <pre>
 *   "arguments": ["--to", "{target}", "--day={day}", "--", "{file}"]
 *
 *   {target}      a whole argument
 *   --day={day}   behind a text that stands fast: what is filled in cannot become an option
 *   -- {file}     behind the argument --, so that a value may begin with a dash
 * </pre>
 *
 * @param program what is started
 * @param arguments what it is given
 * @param slots what may be filled in, by name
 * @param surroundings in what it runs
 */
record Command(
    Path program, List<Template> arguments, Map<String, Slot> slots, Surroundings surroundings) {
  /** What may be filled in without a slot: it is made by us. */
  static final Set<String> RUN = Set.of(
      "run.id",
      "run.job",
      "run.scheduled-at",
      "run.data-time",
      "run.attempt",
      "run.token",
      "run.shard",
      "run.shards");

  /** What the author of a job writes for a shard: it needs a slot, as everything he writes. */
  static final String SHARD_PARAMETER = "run.parameter";

  /** Behind it, programs read no options. */
  static final String END_OF_OPTIONS = "--";

  Command {
    arguments = List.copyOf(arguments);
    slots = Map.copyOf(slots);
  }

  /** Reads one; all mistakes are reported. */
  static Command read(Fields fields, Machine machine) {
    Path program = Path.of("/");
    if (fields.has("program")) {
      String text = fields.text("program", "/");
      program = fields.attempt("program", () -> Surroundings.program(text), program);
    } else {
      Surroundings.refuse(
          fields, "program", "is missing; the absolute path of a program comes here");
    }
    Map<String, Slot> slots = fields.each("slots", (name, slot) -> Slot.read(slot));
    List<Template> arguments = fields.list("arguments", "texts", Template::of);
    boolean options = true;
    Set<String> used = new TreeSet<>();
    for (int i = 0; i < arguments.size(); i++) {
      Template argument = arguments.get(i);
      String place = "arguments." + (i + 1);
      boolean optionsRead = options;
      fields.attempt(
          place,
          () -> {
            check(argument, slots, optionsRead);
            return true;
          },
          false);
      used.addAll(argument.names());
      options &= !argument.pieces().equals(List.of(new Piece.Text(END_OF_OPTIONS)));
    }
    for (String name : slots.keySet()) {
      if (!used.contains(name)) {
        Surroundings.refuse(
            fields, "slots." + Quote.of(name), "no argument uses it: {" + Quote.of(name) + "}");
      }
    }
    return new Command(program, arguments, slots, Surroundings.read(fields, machine));
  }

  private static void check(Template argument, Map<String, Slot> slots, boolean options) {
    List<Piece> pieces = argument.pieces();
    if (argument.fill(name -> "").indexOf(0) >= 0) {
      throw new IllegalArgumentException("found a NUL, which no argument can hold");
    }
    if (argument.names().isEmpty()) {
      return;
    }
    boolean fast =
        pieces.size() == 1 || (pieces.size() == 2 && pieces.get(0) instanceof Piece.Text);
    if (!fast || !(pieces.get(pieces.size() - 1) instanceof Piece.Place place)) {
      String written = argument.fill(name -> "{" + name + "}");
      throw new IllegalArgumentException(
          "found '" + Quote.of(written)
              + "'; a place is a whole argument, as {day}, or stands at the end behind a text, as --day={day}");
    }
    String name = place.name();
    Slot slot = slots.get(name);
    if (slot == null && !RUN.contains(name)) {
      throw new IllegalArgumentException("found {" + Quote.of(name) + "}, which is no slot"
          + (name.equals(SHARD_PARAMETER)
              ? "; the parameter of a shard is written by the author of a job, and needs one"
              : "; it needs a type, or is one of " + new TreeSet<>(RUN)));
    }
    if (slot != null && (RUN.contains(name) || name.startsWith(CommandLine.OURS))) {
      throw new IllegalArgumentException("found a slot '" + Quote.of(name)
          + "', a name that means something else; another name may be chosen freely");
    }
    if (options && pieces.size() == 1 && slot != null) {
      String dashed = dashed(slot);
      if (!dashed.isEmpty()) {
        throw new IllegalArgumentException(
            dashed + " of slot '" + name
                + "' begins with a dash, where a program reads options; write it behind a text, or put the argument -- before it");
      }
    }
  }

  /** What of a slot would be refused in each run that gives it; empty if that is nothing. */
  private static String dashed(Slot slot) {
    if (slot.type() instanceof Slot.Type.Choice choice
        && choice.words().stream().anyMatch(word -> word.startsWith("-"))) {
      return "a choice";
    }
    if (slot.type() instanceof Slot.Type.Whole number && number.from() < 0) {
      return "a number below 0";
    }
    String otherwise = slot.otherwise();
    return otherwise != null && otherwise.startsWith("-") ? "the default" : "";
  }
}
