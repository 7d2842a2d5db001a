package io.shardkeeper.handlers;

import io.shardkeeper.handlers.process.Uid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;

/** A file that nobody but root and whoever runs this process can have written, as far as the system tells that: who writes it says what this process does. */
final class OwnFile {
  private OwnFile() {}

  /**
   * All of it.
   *
   * @throws IllegalArgumentException if somebody else may have written it, or it is none that is read as a whole
   */
  static String read(Path file, int largest) throws IOException {
    Path real = file.toRealPath();
    BasicFileAttributes before = Files.readAttributes(real, BasicFileAttributes.class);
    if (!before.isRegularFile()) {
      throw new IllegalArgumentException("is no file that can be read as a whole");
    }
    if (before.size() > largest) {
      throw new IllegalArgumentException(
          "has " + before.size() + " bytes; at most " + largest + " are read");
    }
    refuseStrangers(real);
    String text = Files.readString(real, StandardCharsets.UTF_8);
    BasicFileAttributes after = Files.readAttributes(real, BasicFileAttributes.class);
    boolean same = String.valueOf(before.fileKey()).equals(String.valueOf(after.fileKey()))
        && before.lastModifiedTime().equals(after.lastModifiedTime())
        && before.size() == after.size();
    if (!same) {
      throw new IllegalArgumentException("was changed while it was read; start again");
    }
    refuseStrangers(real);
    return text;
  }

  private static void refuseStrangers(Path file) throws IOException {
    PosixFileAttributeView posix = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (posix == null) {
      return;
    }
    PosixFileAttributes attributes = posix.readAttributes();
    if (attributes.permissions().contains(PosixFilePermission.GROUP_WRITE)
        || attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new IllegalArgumentException(
          "may be written by others than its owner; chmod go-w takes that away");
    }
    refuseOwner(Uid.of(file), Uid.ofThisProcess(), attributes.owner().getName());
  }

  /** Root can do everything anyway; anybody else could have this process do it for him. */
  static void refuseOwner(int owner, int self, String name) {
    boolean known = owner != Uid.UNKNOWN && self != Uid.UNKNOWN;
    if (known && owner != Uid.ROOT && owner != self) {
      throw new IllegalArgumentException(
          "belongs to " + name
              + ", who could have this process do what he likes; chown it to root, or to whoever runs this process");
    }
  }
}
