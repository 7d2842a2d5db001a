package io.shardkeeper.handlers.command;

import io.shardkeeper.core.json.Fields;
import io.shardkeeper.text.Quote;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * From where scripts may come, and what runs them. Immutable.
 *
 * @param allow origins such as {@code https://scripts.example.com}
 * @param networks networks into which a fetch may go although they are not public; whoever fetches reads them
 * @param interpreters what runs a script, by a name: a program and its arguments
 * @param most bytes of a script
 * @param surroundings in what they run
 */
record Scripts(
    List<String> allow,
    List<String> networks,
    Map<String, List<String>> interpreters,
    long most,
    Surroundings surroundings) {
  static final long MOST = 1024 * 1024;
  static final long LARGEST = 16 * 1024 * 1024;

  private static final Set<String> SCHEMES = Set.of("http", "https");

  Scripts {
    allow = List.copyOf(allow);
    networks = List.copyOf(networks);
    interpreters = Map.copyOf(interpreters);
  }

  /** Reads them; all mistakes are reported. */
  static Scripts read(Fields fields, Isolation.Tools tools) {
    List<String> allow = new ArrayList<>();
    for (String origin :
        fields.list("allow", "origins such as https://scripts.example.com", o -> o)) {
      fields.attempt("allow", () -> allow.add(allowed(origin)), false);
    }
    if (allow.isEmpty()) {
      Surroundings.refuse(
          fields,
          "allow",
          "names no origin, so that no script can come; write one or leave 'scripts' out");
    }
    return new Scripts(
        allow,
        fields.list("networks", "networks such as 10.1.0.0/16", network -> network),
        interpreters(fields),
        Surroundings.size(fields, "most", MOST, LARGEST),
        Surroundings.read(fields, tools));
  }

  private static Map<String, List<String>> interpreters(Fields fields) {
    Map<String, List<String>> interpreters = new LinkedHashMap<>();
    Boolean unused = fields.nested(
        "interpreters",
        all -> {
          for (String name : List.copyOf(all.unknown().keySet())) {
            List<String> argv = all.list(name, "texts: a program, and what it is given", a -> a);
            all.attempt(
                name,
                () -> {
                  if (argv.isEmpty()) {
                    throw new IllegalArgumentException("the absolute path of a program comes here");
                  }
                  return Surroundings.program(argv.get(0));
                },
                null);
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

  private static String allowed(String text) {
    URI uri = uri(text);
    String origin = uri == null ? null : origin(uri);
    if (origin == null
        || !(uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "found '" + Quote.of(text)
              + "'; a scheme, a host and perhaps a port come here, such as https://scripts.example.com:8443");
    }
    return origin;
  }

  /**
   * Refuses a script that may not come.
   *
   * @throws IllegalArgumentException with what to do instead
   */
  void check(String url) {
    URI uri = uri(url);
    String scheme =
        uri == null || uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (scheme.equals("ftp") || scheme.equals("ftps") || scheme.equals("sftp")) {
      throw new IllegalArgumentException(
          "found " + scheme
              + ", which is not spoken here: it tells nobody's name and carries text that others can change; serve the file by https");
    }
    if (!SCHEMES.contains(scheme)) {
      throw new IllegalArgumentException(
          "found '" + Quote.of(url)
              + "', which is no http or https URL; a script is not written into a job, where nobody reviews it: put it where it is reviewed, and give its URL and checksum");
    }
    String origin = uri == null ? null : origin(uri);
    if (origin == null) {
      throw new IllegalArgumentException(
          "found a URL without a plain host; one such as " + allow.get(0) + "/clean.sh comes here");
    }
    if (!allow.contains(origin)) {
      throw new IllegalArgumentException("found " + Quote.of(origin)
          + ", from where this instance takes no scripts; it takes them from " + allow);
    }
  }

  private static @Nullable URI uri(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      return null;
    }
  }

  /** Scheme, host and port, as they compare; null if it has none of the plain form. */
  private static @Nullable String origin(URI uri) {
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!SCHEMES.contains(scheme) || uri.getHost() == null || uri.getRawUserInfo() != null) {
      return null;
    }
    int usual = scheme.equals("https") ? 443 : 80;
    int port = uri.getPort() == -1 ? usual : uri.getPort();
    return scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT)
        + (port == usual ? "" : ":" + port);
  }
}
