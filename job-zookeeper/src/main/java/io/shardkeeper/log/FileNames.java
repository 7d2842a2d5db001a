package io.shardkeeper.log;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How files and directories are called. A name is one step of a path whatever it is made of, and different texts have different names.
 *
 * <pre>
 *   billing.2a7.f.lx3k9qd4.0.1.log          run, shard, attempt
 *   billing.2a7.f.lx3k9qd4.0.1~2.log        the second file of that attempt: the first one was there already
 *   %2E%2E%2Fetc.0.1.log                    of a run that is called "../etc"
 * </pre>
 */
final class FileNames {
  static final String ENDING = ".log";

  /** Longer ones are told by their beginning and a digest; a run id has less, and file systems allow 255. */
  private static final int LONGEST = 180;

  private static final int BEGINNING = 100;
  private static final Pattern BEHIND_THE_SHARD =
      Pattern.compile("([1-9][0-9]{0,8})(?:~([1-9][0-9]{0,8}))?\\.log");

  private FileNames() {}

  /** Which file it is of those of a shard. A later one is larger. */
  record Which(int attempt, int copy) implements Comparable<Which> {
    @Override
    public int compareTo(Which other) {
      return attempt != other.attempt
          ? Integer.compare(attempt, other.attempt)
          : Integer.compare(copy, other.copy);
    }
  }

  /** A text as a step of a path: never empty, "." or "..", and without what separates steps. */
  static String step(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    var name = new StringBuilder();
    for (int i = 0; i < bytes.length; i++) {
      boolean atAnEnd = i == 0 || i == bytes.length - 1;
      if (isPlain(bytes[i]) || (bytes[i] == '.' && !atAnEnd)) {
        name.append((char) bytes[i]);
      } else {
        name.append('%').append(HexFormat.of().withUpperCase().toHexDigits(bytes[i]));
      }
    }
    if (name.length() == 0) {
      return "%";
    }
    return name.length() <= LONGEST
        ? name.toString()
        : name.substring(0, BEGINNING) + '~' + digest(bytes);
  }

  private static boolean isPlain(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || b == '-'
        || b == '_';
  }

  private static String digest(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Each Java has SHA-256", e);
    }
  }

  /** How all files of a shard begin. */
  static String prefix(String run, int shard) {
    return step(run) + '.' + shard + '.';
  }

  /** A file of a shard. */
  static String of(String prefix, Which which) {
    return prefix + which.attempt + (which.copy == 1 ? "" : "~" + which.copy) + ENDING;
  }

  /** Which file of a shard it is; nothing if it is none. */
  static Optional<Which> which(String prefix, String name) {
    if (!name.startsWith(prefix)) {
      return Optional.empty();
    }
    Matcher matcher = BEHIND_THE_SHARD.matcher(name.substring(prefix.length()));
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int copy = matcher.group(2) == null ? 1 : Integer.parseInt(matcher.group(2));
    return Optional.of(new Which(Integer.parseInt(matcher.group(1)), copy));
  }
}
