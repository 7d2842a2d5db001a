package io.shardkeeper.core.books;

import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.mail.Question;
import io.shardkeeper.core.mail.Report;
import io.shardkeeper.core.mail.Ticket;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far a shard is, as the ledger tells: at which of its tries, with whom, or how it ended. It is shown nodes, in the order in which a run goes
 * through them; what it has seen of a later try, or of the end, counts more. One thread has it.
 */
public final class ShardSight {
  private static final Logger LOG = LoggerFactory.getLogger(ShardSight.class);

  private final RunId run;
  private final int shard;
  private boolean underWay;
  private int attempt;
  private String instance = "";
  private boolean settled;
  private Entry.@Nullable Part part;

  /** Nothing was seen of it. */
  public ShardSight(RunId run, int shard) {
    this.run = run;
    this.shard = shard;
  }

  /** Shows it a node of what is parked, given, reported or partly done. */
  public void see(NodePath path, Node node) {
    try {
      if (path.parent().equals(Layout.PARKED)) {
        Parked.read(node.data()).items().forEach(this::seeParked);
      } else if (path.parent().parent().equals(Layout.INBOX)) {
        if (!Question.isOne(path.name())) {
          Ticket.read(node.data())
              .assignments()
              .forEach(what -> see(what, path.parent().name()));
        }
      } else if (path.parent().parent().equals(Layout.REPORTS)) {
        Report.read(node.data())
            .told()
            .forEach(told -> see(told.what(), path.parent().name()));
      } else if (path.parent().parent().equals(Layout.RUNS) && path.name().equals(run.text())) {
        see(RunCard.read(node.data()));
      }
    } catch (IllegalArgumentException e) {
      LOG.warn("What stands at {} cannot be read: {}", path, e.getMessage());
    }
  }

  private void seeParked(Parked.Item item) {
    if (item instanceof Parked.Shard one) {
      see(one.what(), "");
    }
    underWay |= item.run().id().equals(run);
  }

  private void see(Assignment what, String with) {
    if (!what.run().id().equals(run)) {
      return;
    }
    underWay = true;
    if (what.shard() == shard
        && (what.attempt() > attempt || (what.attempt() == attempt && !with.isEmpty()))) {
      attempt = what.attempt();
      instance = with;
    }
  }

  private void see(RunCard card) {
    underWay = true;
    // What is not divided yet has no open shards, and no ended ones.
    if (card.isPartlyDone() && !card.isClosed() && !card.open().get(shard)) {
      end(card.part(shard));
    }
  }

  /** Shows it what the history keeps of its run, which has ended. */
  public void see(Entry.Run ended) {
    end(ended.parts().stream().filter(one -> one.shard() == shard).findFirst());
  }

  private void end(Optional<Entry.Part> kept) {
    underWay = true;
    settled = true;
    part = kept.orElse(null);
    attempt = kept.map(Entry.Part::attempt).orElse(0);
    instance = kept.map(Entry.Part::instance).orElse("");
  }

  /** Whether anything was seen of its run. */
  public boolean isKnown() {
    return underWay;
  }

  /** Whether its outcome is known: there is no further try. */
  public boolean isSettled() {
    return settled;
  }

  /** Its latest try; 0 if that is not known. */
  public int attempt() {
    return attempt;
  }

  /** Who has that, or had it; empty if nobody has it, or it is not known. */
  public String instance() {
    return instance;
  }

  /** Whether a try is over, and another one has followed it. */
  public boolean isPast(int one) {
    return one < attempt;
  }

  /** The end of what it logged, if that came with its outcome, and is kept; of a try, or of the last one for 0. */
  public Optional<Entry.Part> kept(int one) {
    Entry.Part end = part;
    return end != null && (one == 0 || end.attempt() == one) && !end.log().isEmpty()
        ? Optional.of(end)
        : Optional.empty();
  }
}
