package io.shardkeeper.handlers.process;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories of executions. Each has the name of the cookie that its processes carry: what a process that was killed has left behind is found
 * by them, ended, and taken away by the next one that starts here. Threads share it.
 *
 * <pre>
 *   work/                              only its owner can list it
 *     4711-1790000000000-8f3a.../      a process: its pid, when it started, and something of its own
 *       lock                           held as long as that process lives
 *       0b5e.../                       an execution: where it runs, if nothing else is said
 *         script                       what it runs, if that was fetched
 * </pre>
 *
 * <p>Whether a process lives is told by its lock rather than by its pid: containers that share a disk do not see each other's processes, and
 * count from 1 all of them.
 */
final class Leftovers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
  private static final Pattern PROCESS = Pattern.compile("[0-9]+-[0-9]+-[0-9a-f-]+");
  private static final Pattern EXECUTION = Pattern.compile("[0-9a-f-]{8,64}");
  private static final String LOCK = "lock";
  private static final int DEEPEST = 100;

  /** Others may pass, if they know where to: a program that runs as somebody else has its directory below. */
  private static final Set<PosixFilePermission> PASSED =
      PosixFilePermissions.fromString("rwx--x--x");

  private static final Set<PosixFilePermission> OWN = PosixFilePermissions.fromString("rwx------");

  private final Path work;
  private final Path process;
  private final String alive;
  private final FileChannel lock;

  private Leftovers(Path work, Path process, String alive, FileChannel lock) {
    this.work = work;
    this.process = process;
    this.alive = alive;
    this.lock = lock;
  }

  /**
   * A place for the executions of this process.
   *
   * @param own something that no other process has
   * @throws IOException if there is none
   */
  static Leftovers in(Path work, String own) throws IOException {
    try {
      Files.createDirectories(work.toAbsolutePath().getParent());
      Files.createDirectory(work, permissions(PASSED));
      Files.setPosixFilePermissions(work, PASSED); // whatever the umask has made of it
    } catch (FileAlreadyExistsException e) {
      // From an earlier start, or somebody else's: that is seen below.
    }
    ProcessHandle self = ProcessHandle.current();
    String alive = self.pid() + "-"
        + self.info().startInstant().map(start -> start.toEpochMilli()).orElse(0L) + "-";
    // Made under another name: what has its own is locked, or is being taken away.
    Path made = work.resolve("new-" + own);
    Files.createDirectory(made, permissions(PASSED));
    Files.setPosixFilePermissions(made, PASSED);
    refuseStrangers(work, made);
    FileChannel lock = FileChannel.open(
        made.resolve(LOCK),
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        permissions(PosixFilePermissions.fromString("rw-------")));
    if (lock.tryLock() == null) {
      lock.close();
      throw new IOException("The lock in " + made + " is held by somebody else");
    }
    Path process = Files.move(made, work.resolve(alive + own), StandardCopyOption.ATOMIC_MOVE);
    return new Leftovers(work, process, alive, lock);
  }

  private static FileAttribute<?> permissions(Set<PosixFilePermission> permissions) {
    return PosixFilePermissions.asFileAttribute(permissions);
  }

  /** In a directory of others, a script could be another one when it is read. */
  private static void refuseStrangers(Path work, Path made) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(work, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    var attributes = view.readAttributes();
    boolean ours = attributes.isDirectory()
        && Uid.of(work) == Uid.of(made)
        && !attributes.permissions().contains(PosixFilePermission.GROUP_WRITE)
        && !attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE);
    if (!ours) {
      Files.delete(made);
      throw new IOException(
          "The directory " + work + " belongs to " + attributes.owner().getName()
              + " with " + PosixFilePermissions.toString(attributes.permissions())
              + "; a directory of this process comes here, into which nobody else may write");
    }
  }

  /** Where they are. */
  Path place() {
    return process;
  }

  /** A fresh directory for an execution. */
  Path begin(String id, @Nullable Account account) throws IOException {
    Path directory = process.resolve(id);
    Files.createDirectory(directory, permissions(OWN));
    Files.setPosixFilePermissions(directory, OWN);
    give(directory, account);
    return directory;
  }

  /** A file in it that its owner can read, and nobody else. */
  static Path script(Path directory, byte[] content, @Nullable Account account) throws IOException {
    Path script = directory.resolve("script");
    try (FileChannel channel = FileChannel.open(
        script,
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        permissions(PosixFilePermissions.fromString("r--------")))) {
      var bytes = java.nio.ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
    give(script, account);
    return script;
  }

  private static void give(Path path, @Nullable Account account) throws IOException {
    if (account == null) {
      return;
    }
    FileSystem files = path.getFileSystem();
    UserPrincipalLookupService names = files.getUserPrincipalLookupService();
    PosixFileAttributeView view =
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    view.setGroup(names.lookupPrincipalByGroupName(account.group()));
    view.setOwner(names.lookupPrincipalByName(account.user()));
  }

  /** An execution is over, and nobody of it is left. */
  void over(Path directory) {
    delete(directory);
  }

  /** Ends what processes have left behind that were killed, and takes their directories away. */
  void clear(Tree.Pause pause) throws InterruptedException {
    Set<Path> found = new TreeSet<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(work, Files::isDirectory)) {
      all.forEach(found::add);
    } catch (IOException e) {
      LOG.warn(
          "What earlier processes have left in {} cannot be looked for: {}", work, e.toString());
    }
    for (Path other : found) {
      String name = other.getFileName().toString();
      if (PROCESS.matcher(name).matches() && !name.startsWith(alive)) {
        clear(other, pause);
      }
    }
  }

  private static void clear(Path other, Tree.Pause pause) throws InterruptedException {
    try (FileChannel channel = FileChannel.open(
            other.resolve(LOCK), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        FileLock held = channel.tryLock()) {
      if (held == null) {
        return; // it lives
      }
      Set<String> ids = new TreeSet<>();
      try (DirectoryStream<Path> executions = Files.newDirectoryStream(other, Files::isDirectory)) {
        executions.forEach(execution -> ids.add(execution.getFileName().toString()));
      }
      ids.removeIf(id -> !EXECUTION.matcher(id).matches());
      boolean nobody = Tree.sweep(ids, pause);
      LOG.info(
          "{} executions of a process that was killed were left in {}; {}",
          ids.size(),
          other,
          nobody ? "nobody of them runs any more" : "some of them cannot be ended");
      if (nobody) {
        delete(other);
      }
    } catch (NoSuchFileException e) {
      delete(other); // its lock went first, and who took it away was killed before the rest
    } catch (IOException | OverlappingFileLockException e) {
      LOG.warn("What was left in {} is left there: {}", other, e.toString());
    }
  }

  /** Takes a directory away, and follows no link out of it, whoever puts one there meanwhile. */
  private static void delete(Path directory) {
    Path above = Objects.requireNonNull(directory.getParent(), "a directory below ours");
    try (DirectoryStream<Path> parent = Files.newDirectoryStream(above)) {
      if (parent instanceof SecureDirectoryStream<Path> secure) {
        delete(secure, directory, Uid.of(above) == Uid.ROOT, 0);
      }
    } catch (IOException e) {
      LOG.warn("The directory {} cannot be taken away: {}", directory, e.toString());
    }
  }

  private static void delete(SecureDirectoryStream<Path> in, Path path, boolean root, int depth)
      throws IOException {
    Path name = path.getFileName();
    if (depth > DEEPEST) {
      throw new IOException("it is deeper than " + DEEPEST + " directories");
    }
    if (!root) {
      open(in, path);
    }
    try (SecureDirectoryStream<Path> inside =
        in.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
      for (Path item : inside) {
        Path itemName = item.getFileName();
        boolean directory = inside
            .getFileAttributeView(itemName, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
            .readAttributes()
            .isDirectory();
        if (directory) {
          delete(inside, path.resolve(itemName), root, depth + 1);
        } else {
          inside.deleteFile(itemName);
        }
      }
    }
    in.deleteDirectory(name);
  }

  /**
   * Gives back what a program has taken from its directories: without it, its owner can neither look into them nor empty them.
   *
   * <p>By its path, which somebody could turn into a link meanwhile: without following links Java opens what it changes, and this cannot be opened.
   * So it is not for root, who needs it least. Anybody else can change in this way only what a program that runs as he does can change itself.
   */
  private static void open(SecureDirectoryStream<Path> in, Path path) throws IOException {
    var attributes = in.getFileAttributeView(
            path.getFileName(), PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes();
    if (attributes.isDirectory() && !attributes.permissions().containsAll(OWN)) {
      Files.setPosixFilePermissions(path, OWN);
    }
  }

  /** There will be no more executions. */
  @Override
  public void close() {
    delete(process);
    try {
      lock.close();
    } catch (IOException e) {
      LOG.debug("The lock in {} cannot be closed: {}", process, e.toString());
    }
  }
}
