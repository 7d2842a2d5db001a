package io.shardkeeper.handlers.command;

import io.shardkeeper.core.json.Fields;
import io.shardkeeper.handlers.http.Origins;
import io.shardkeeper.handlers.process.Machine;
import io.shardkeeper.text.Quote;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * From where scripts may come, and what runs them. Immutable.
 *
 * @param origins from where they may come
 * @param interpreters what runs a script, by a name: a program and its arguments
 * @param most bytes of a script
 * @param surroundings in what they run
 */
record Scripts(
    Origins origins, Map<String, List<String>> interpreters, long most, Surroundings surroundings) {
  static final long MOST = 1024 * 1024;
  static final long LARGEST = 16 * 1024 * 1024;

  private static final Pattern SCHEME =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*", Pattern.DOTALL);
  private static final Set<String> SCHEMES = Set.of("http", "https");
  private static final Set<String> OLD = Set.of("ftp", "ftps", "sftp");

  Scripts {
    interpreters = Map.copyOf(interpreters);
  }

  /** Reads them; all mistakes are reported. */
  static Scripts read(Fields fields, Machine machine) {
    return new Scripts(
        Origins.read(fields),
        interpreters(fields),
        Surroundings.size(fields, "most", MOST, LARGEST),
        Surroundings.read(fields, machine));
  }

  private static Map<String, List<String>> interpreters(Fields fields) {
    Map<String, List<String>> interpreters = new LinkedHashMap<>();
    Boolean unused = fields.nested(
        "interpreters",
        all -> {
          for (String name : all.names()) {
            List<String> argv = all.list(name, "texts: a program, and what it is given", a -> a);
            all.attempt(
                name,
                () -> {
                  if (argv.isEmpty()) {
                    throw new IllegalArgumentException("the absolute path of a program comes here");
                  }
                  return Surroundings.program(argv.get(0));
                },
                Path.of("/"));
            interpreters.put(name, argv);
          }
          return true;
        },
        true);
    if (interpreters.isEmpty()) {
      Surroundings.refuse(
          fields, "interpreters", "names none; one comes here, such as \"sh\": [\"/bin/sh\"]");
    }
    return interpreters;
  }

  /** A URL as it is told: what stands behind the question mark may let somebody in. */
  static String shown(String url) {
    int query = url.indexOf('?');
    return query < 0 ? url : url.substring(0, query);
  }

  /**
   * Refuses a script that may not come.
   *
   * @throws IllegalArgumentException with what to do instead
   */
  void check(String url) {
    Matcher matcher = SCHEME.matcher(url);
    String scheme = matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "";
    if (OLD.contains(scheme)) {
      throw new IllegalArgumentException(
          "found " + scheme
              + ", which is not spoken here: it tells nobody's name and carries text that others can change; serve the file by https");
    }
    if (!SCHEMES.contains(scheme)) {
      throw new IllegalArgumentException(
          "found '" + Quote.of(shown(url))
              + "', which is no http or https URL; a script is not written into a job, where nobody reviews it: put it where it is reviewed, and give its URL and checksum");
    }
    origins.check(url);
  }
}
