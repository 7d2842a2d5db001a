package io.shardkeeper.core.ledger;

import io.shardkeeper.text.Quote;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The content of a node: bytes that nobody changes any more. */
public final class Bytes {
  /** No bytes at all. */
  public static final Bytes NONE = new Bytes(new byte[0]);

  private final byte[] content;

  private Bytes(byte[] content) {
    this.content = content;
  }

  /** Takes an array over: whoever hands it in no longer touches it. */
  public static Bytes wrap(byte[] content) {
    return content.length == 0 ? NONE : new Bytes(content);
  }

  /** A text in UTF-8. */
  public static Bytes of(String text) {
    return wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The bytes read as UTF-8. What is no UTF-8 becomes the sign for that. */
  public String text() {
    return new String(content, StandardCharsets.UTF_8);
  }

  /** How many there are. */
  public int length() {
    return content.length;
  }

  /** The array itself, for those who write it somewhere. It is only read. */
  public byte[] array() {
    return content;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(content);
  }

  /** The text, as much of it as fits into a message. */
  @Override
  public String toString() {
    return Quote.of(text());
  }
}
