package io.shardkeeper.core.mail;

import io.shardkeeper.core.json.Text;
import io.shardkeeper.core.layout.Rows;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.job.Limits;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the coordinator keeps in the node of a client: which of its commands are answered, and the latest answers. A command that is there again,
 * because its client did not know whether it had arrived, is recognised by its number.
 *
 * @param below all commands with a smaller number are answered
 * @param answers the latest answers, by the number of the command: one for each of its requests
 */
public record Box(long below, SortedMap<Long, List<Answer>> answers) {
  /** Answers that are kept for a client, at most. */
  public static final int MOST_ANSWERS = 128;

  /** Bytes of the answers that are kept for a client, at most, as estimated; the latest one is kept whatever it takes. */
  public static final int MOST_BYTES = 160 * 1024;

  /** Characters of the text of an answer, at most: the whole result of a run stands in the history. */
  public static final int MOST_TEXT = 4_000;

  /** For so long a client may be away, and an instance be unseen, before what stands of them goes. */
  public static final Duration KEPT = Duration.ofMinutes(10);

  /** What stands where a text was cut. */
  public static final String CUT = " [cut]";

  /** Of a client that was answered nothing yet. */
  public static final Box EMPTY = new Box(1, Collections.emptySortedMap());

  /** Copies the map. */
  public Box {
    answers = Collections.unmodifiableSortedMap(new TreeMap<>(answers));
  }

  /**
   * The answer to one request.
   *
   * @param kind what it is
   * @param run the run that it is about, as text; empty if there is none
   * @param outcome how the run ended, if that was asked
   * @param text the result of the run, or why something was refused
   */
  public record Answer(Kind kind, String run, Outcome outcome, String text) {
    /** What an answer is. */
    public enum Kind {
      /** A run was accepted. */
      ACCEPTED,
      /** The run was accepted before, by the same key. */
      KNOWN,
      /** The run is being ended, or has ended. */
      ENDING,
      /** The run has ended, as told. */
      ENDED,
      /** Nothing happened, for the reason told. */
      REFUSED
    }

    /** Cuts what is too long. */
    public Answer {
      text = text.length() > MOST_TEXT ? text.substring(0, MOST_TEXT) + CUT : text;
    }

    /** Whether the text is only the beginning. */
    public boolean isCut() {
      return text.length() == MOST_TEXT + CUT.length() && text.endsWith(CUT);
    }

    private int bytes() {
      return 50 + run.length() + (text.isEmpty() ? 0 : Limits.bytes(text));
    }

    /** An answer without an outcome. */
    public static Answer of(Kind kind, String run, String text) {
      return new Answer(kind, run, Outcome.REJECTED, text);
    }
  }

  /** Whether a command is answered, or has been answered in part. */
  public boolean isAnswered(long number) {
    return number < below || answers.containsKey(number);
  }

  /** The answers to the requests of a command, as far as they are given. */
  public List<Answer> to(long number) {
    return answers.getOrDefault(number, List.of());
  }

  /** This box with other answers to a command; those to the oldest others go, and with them the memory that smaller numbers could still come. */
  public Box with(long number, List<Answer> answer) {
    var more = new TreeMap<>(answers);
    more.put(number, List.copyOf(answer));
    long from = below;
    int bytes = bytes(more);
    while (more.size() > 1 && (more.size() > MOST_ANSWERS || bytes > MOST_BYTES)) {
      // A wait may be as old as that, and is answered only now.
      long oldest = more.firstKey() == number ? more.higherKey(number) : more.firstKey();
      from = Math.max(from, oldest + 1);
      bytes -= bytes(more.getOrDefault(oldest, List.of()));
      more.remove(oldest);
    }
    return new Box(from, more);
  }

  private static int bytes(List<Answer> answer) {
    return 30 + answer.stream().mapToInt(Answer::bytes).sum();
  }

  private static int bytes(SortedMap<Long, List<Answer>> answers) {
    return answers.values().stream().mapToInt(Box::bytes).sum();
  }

  /** An upper estimate of the bytes that it takes. */
  public int size() {
    return 100 + bytes(answers);
  }

  /** As it is stored. */
  public Bytes bytes() {
    return Text.object(out -> {
      Rows.version(out);
      out.name("below").value(below).name("answers").beginObject();
      for (var entry : answers.entrySet()) {
        out.name(Long.toString(entry.getKey())).beginArray();
        for (Answer answer : entry.getValue()) {
          out.beginArray().value(answer.kind().name()).value(answer.run());
          out.value(answer.outcome().name()).value(answer.text()).endArray();
        }
        out.endArray();
      }
      out.endObject();
    });
  }

  /**
   * Reads what {@link #bytes} has written; nothing at all is an empty box.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static Box read(Bytes data) {
    if (data.length() == 0) {
      return EMPTY;
    }
    return Text.read(data, in -> {
      long below = 0;
      var answers = new TreeMap<Long, List<Answer>>();
      while (in.hasNext()) {
        String name = in.nextName();
        if (Rows.isVersion(in, name, "A box of answers")) {
          continue;
        }
        switch (name) {
          case "below" -> below = in.nextLong();
          case "answers" -> {
            in.beginObject();
            while (in.hasNext()) {
              long number = Long.parseLong(in.nextName());
              List<Answer> all = new ArrayList<>();
              in.beginArray();
              while (in.hasNext()) {
                in.beginArray();
                all.add(new Answer(
                    Answer.Kind.valueOf(in.nextString()),
                    in.nextString(),
                    Outcome.valueOf(in.nextString()),
                    in.nextString()));
                while (in.hasNext()) {
                  in.skipValue();
                }
                in.endArray();
              }
              in.endArray();
              answers.put(number, all);
            }
            in.endObject();
          }
          default -> in.skipValue();
        }
      }
      return new Box(below, answers);
    });
  }
}
