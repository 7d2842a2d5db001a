package io.shardkeeper.handlers.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.shardkeeper.core.json.Fields;
import io.shardkeeper.handlers.http.Url.Origin;
import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A secret that jobs name and never see. Immutable; it knows where the secret lies, and not the secret: that is read for each call, so that it can be
 * changed.
 *
 * @param prefix what stands in front of it in the header, such as "Bearer "
 * @param file where it lies; empty if it is in the environment
 * @param environment the variable that holds it; empty if it is in a file
 * @param entries who gets it
 */
record Credential(
    String name,
    String header,
    String prefix,
    String file,
    String environment,
    List<Origins.Entry> entries) {
  private static final int LARGEST = 8_192;

  /** Checks what can be checked without the secret. */
  Credential {
    Order.checkHeaderName(header);
    if (Order.belongsToTheConnection(header)) {
      throw new IllegalArgumentException("header: '" + header
          + "' belongs to the connection; a secret comes in Authorization or a header of its own");
    }
    Escape.checkHeader(prefix);
    if (file.isEmpty() == environment.isEmpty()) {
      throw new IllegalArgumentException("has " + (file.isEmpty() ? "neither" : "both")
          + " of 'file' and 'environment'; one of them says where the secret is");
    }
    if (!file.isEmpty() && !Path.of(file).isAbsolute()) {
      throw new IllegalArgumentException("file: '" + Quote.of(file)
          + "' depends on where the process was started; a whole path comes here");
    }
    entries = List.copyOf(entries);
  }

  /**
   * Reads where a secret lies.
   *
   * @throws IllegalArgumentException if that does not fit together
   */
  static Credential read(String name, Fields fields, Origins origins) {
    List<Origins.Entry> entries = Origins.entries(fields, "for");
    if (!fields.has("for")) {
      Origins.mistake(fields, "for", "is missing; it lists the origins that get this credential");
    }
    for (Origins.Entry entry : entries) {
      if (!origins.cover(entry)) {
        Origins.mistake(
            fields, "for", "'" + entry + "' is not in 'allow'; nothing there is ever called");
      }
    }
    return new Credential(
        name,
        fields.text("header", "Authorization"),
        fields.text("prefix", ""),
        fields.text("file", ""),
        fields.text("environment", ""),
        entries);
  }

  boolean isFor(Origin origin) {
    return entries.stream().anyMatch(entry -> entry.has(origin));
  }

  /**
   * The secret as it is now.
   *
   * @throws IllegalArgumentException if there is none, or none that can stand in a header; it never tells a part of it
   */
  String secret(Map<String, String> variables) throws IOException {
    String read = (file.isEmpty() ? variables.getOrDefault(environment, "") : content()).strip();
    try {
      Escape.checkHeader(read);
    } catch (IllegalArgumentException e) {
      // Without the cause: it tells a character of the secret.
      throw new IllegalArgumentException(
          this
              + " cannot stand in a header; it has visible ASCII characters, and no line behind the first");
    }
    if (read.isEmpty()) {
      throw new IllegalArgumentException(
          this + " is empty; whoever runs this instance has to put it there");
    }
    return read;
  }

  private String content() throws IOException {
    Path path = Path.of(file);
    byte[] bytes;
    try (var in = Files.newInputStream(path)) {
      bytes = in.readNBytes(LARGEST + 1);
    } catch (IOException e) {
      throw new IOException(this + " cannot be read: " + e.getClass().getSimpleName(), e);
    }
    if (bytes.length > LARGEST) {
      throw new IOException(this + " is larger than " + LARGEST + " bytes");
    }
    return new String(bytes, UTF_8);
  }

  /** Where it lies. */
  @Override
  public String toString() {
    return "credential '" + Quote.of(name) + "' ("
        + (file.isEmpty() ? "environment " + Quote.of(environment) : "file " + Quote.of(file))
        + ")";
  }
}
