package io.shardkeeper.core.post;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.Box;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * What a client asks of whoever coordinates: it waits until the box has room, goes there as a command, and is answered there.
 *
 * <pre>
 *   start, kill, drain ──► Requests ──room──► as many as fit ─┐
 *   await ───────────────► Ends ─────room──► one ─────────────┴──► Letters ──► the box
 * </pre>
 *
 * <p>Lives on the loop.
 */
public final class Commands {
  private final Postbox box;
  private final Requests requests;
  private final Ends ends;
  private final Letters letters;

  /**
   * Nothing is asked yet.
   *
   * @param actor who asks, for people
   * @param ids makes ids of at most 24 letters, digits and '-' that nobody had before
   */
  public Commands(Ledger ledger, Loop loop, Asking asking, String actor, Supplier<String> ids) {
    this.box = new Postbox(ledger, loop, asking, ids, new InTheBox());
    this.requests = new Requests(actor, box::turnSoon);
    this.ends = new Ends(box::turnSoon);
    this.letters = new Letters(ledger, asking, box, actor);
  }

  /** The box in which they are answered. */
  public Postbox box() {
    return box;
  }

  /** Asks for a run. */
  public CompletionStage<Box.Answer> start(RunRequest run) {
    return requests.start(run);
  }

  /** Asks for the end of a run. */
  public CompletionStage<Box.Answer> kill(RunId run) {
    return requests.kill(run);
  }

  /** Asks for the end of an instance. */
  public CompletionStage<Box.Answer> drain(String instance) {
    return requests.drain(instance);
  }

  /** Asks for the outcome of a run; those who ask for the same share an answer. */
  public CompletionStage<Box.Answer> await(RunId run) {
    return ends.await(run);
  }

  private final class InTheBox implements Postbox.Tenant {
    @Override
    public boolean isIdle() {
      return requests.isEmpty() && ends.isEmpty() && letters.isEmpty();
    }

    @Override
    public boolean leavesNothing() {
      return letters.isEmpty();
    }

    @Override
    public void turn() {
      letters.repeat();
      while (!ends.isEmpty() && letters.hasRoomForWait()) {
        letters.post(ends.take());
      }
      while (!requests.isEmpty() && letters.hasRoomForBundle()) {
        letters.post(requests.take());
      }
    }

    @Override
    public void answered(Node box) {
      letters.answered(box);
    }

    @Override
    public void seen(Set<NodePath> there) {
      letters.seen(there);
    }

    @Override
    public void lost() {
      letters.lost();
    }

    @Override
    public void refused(Throwable why) {
      letters.failAll(why);
      requests.failAll(why);
      ends.failAll(why);
    }
  }
}
