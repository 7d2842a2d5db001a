package io.shardkeeper.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.shardkeeper.core.execution.RunLogs;
import io.shardkeeper.core.layout.Assignment;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The file of one execution: made with its first entry, written through with each. The threads of a handler share it. Its lock is held
 * while a file is written, so that entries do not mix and none is written behind the end; nobody but the threads of this one handler asks
 * for it.
 */
final class LogFile implements RunLogs.Sheet {
  private final ReentrantLock lock = new ReentrantLock();
  private final LogFiles owner;
  private final Assignment what;
  private @Nullable Path path;
  private @Nullable OutputStream out;
  private long written;
  private long missing;
  private boolean gone;
  private boolean over;

  LogFile(LogFiles owner, Assignment what) {
    this.owner = owner;
    this.what = what;
  }

  @Override
  public void write(byte[] entry) {
    IOException failure = null;
    lock.lock();
    try {
      if (over) {
        return;
      }
      if (!owner.room().isThere()) {
        missing++;
        return;
      }
      try {
        add(entry);
      } catch (IOException e) {
        missing++;
        letGo();
        failure = e;
      }
    } finally {
      lock.unlock();
    }
    if (failure != null) {
      owner.room().failed(failure);
    }
  }

  private void add(byte[] entry) throws IOException {
    if (path != null && !Files.exists(path)) {
      letGo(); // what is written there is read by nobody
    }
    OutputStream to = opened();
    tellWhatIsMissing(to);
    long most = owner.limits().most();
    if (written + entry.length > most) {
      put(
          to,
          ("[cut: the log of this execution has reached " + most + " bytes]\n").getBytes(UTF_8));
      end();
    } else {
      put(to, entry);
    }
  }

  private void tellWhatIsMissing(OutputStream to) throws IOException {
    if (missing > 0) {
      // What failed may have been written in part.
      String line = (written > 0 ? "\n" : "") + "[" + missing
          + " entries are missing here: they could not be written]\n";
      put(to, line.getBytes(UTF_8));
      missing = 0;
    }
  }

  private void put(OutputStream to, byte[] bytes) throws IOException {
    to.write(bytes);
    owner.room().grew(written, written + bytes.length);
    written += bytes.length;
  }

  private OutputStream opened() throws IOException {
    OutputStream present = out;
    if (present != null) {
      return present;
    }
    Path file = path;
    if (file != null && !Files.exists(file)) {
      owner.ended(file);
      file = null;
      path = null;
      gone = true;
    }
    if (file == null) {
      file = owner.create(what);
      path = file;
      written = 0;
    }
    // No channel: a handler is interrupted when it is to end, and a channel would be closed by
    // that.
    OutputStream made = new FileOutputStream(file.toFile(), true);
    out = made;
    if (gone) {
      put(made, "[the beginning is missing: its file was taken away]\n".getBytes(UTF_8));
      gone = false;
    }
    return made;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      end();
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    if (!over && path != null && missing > 0) {
      // Whatever room there is: a line more in a file that is there does no harm.
      try {
        tellWhatIsMissing(opened());
      } catch (IOException e) {
        owner.room().failed(e);
      }
    }
    over = true;
    letGo();
    if (path != null) {
      owner.ended(path);
    }
  }

  private void letGo() {
    OutputStream open = out;
    out = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        owner.room().failed(e);
      }
    }
  }
}
