package io.shardkeeper.core.books;

import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import java.time.Instant;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What could not be understood, and whose reports were among it. */
public final class Quarantine {
  /** Nodes that stay set aside, at most: beyond that the oldest ones go. */
  public static final int MOST = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);

  private final Draft draft;
  private long setAside;

  /** Instances of which a report was set aside. */
  private final SortedSet<String> toAudit = new TreeSet<>();

  public Quarantine(Draft draft) {
    this.draft = draft;
  }

  /** Sets aside what could not be handled, so that everything else goes on. */
  public void setAside(NodePath path, Bytes data, String why, Instant now) {
    LOG.error(
        "Found what cannot be handled at {}: {}; it is set aside in {}",
        path,
        why,
        Layout.QUARANTINE);
    Bytes kept = data.length() <= 64 * 1024 ? data : Bytes.of("(" + data.length() + " bytes)");
    if (path.isWithin(Layout.REPORTS)) {
      toAudit.add(path.parent().name());
    }
    draft.begin(kept.length() + 600, now);
    String name = Layout.number(draft.cursor().commits() + 1) + "-" + ++setAside;
    draft.act(kept.length() + 400, (to, number) -> {
      to.create(Layout.QUARANTINE.child(name), kept);
      to.delete(path, Transaction.ANY_VERSION);
    });
    draft.end();
  }

  /** Instances whose inboxes have to be looked at, because a report of theirs was set aside since this was asked last. */
  public SortedSet<String> takeToAudit() {
    SortedSet<String> taken = new TreeSet<>(toAudit);
    toAudit.clear();
    return taken;
  }
}
