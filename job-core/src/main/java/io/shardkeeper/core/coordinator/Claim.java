package io.shardkeeper.core.coordinator;

import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.text.Quote;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * How one becomes coordinator: one transaction raises the term, if it is still the one that was read, and puts one's own ephemeral node in
 * the place of the former holder's.
 *
 * <pre>
 *   term 7 v7, holder a  ──check v7, set 8, delete a's holder, create b's──►  term 8 v8, holder b
 *                                                        a's next transaction checks v7: refused as a whole
 * </pre>
 *
 * <p>A claim whose answer was lost is never taken for won: one claims again, and what of the former may still land finds another version.
 * The ledger's clock is asked first; whoever is too far off it would plan for a time that is not now.
 */
public final class Claim {
  /** How far one's own clock may be from the ledger's. */
  public static final Duration MOST_SKEW = Duration.ofSeconds(30);

  private final Ledger ledger;
  private final String candidate;
  private final InstantSource clock;
  private final NodePath directory;
  private final NodePath term;
  private final NodePath holder;
  private final NodePath dial;

  /** What became of an attempt. */
  public sealed interface Result {
    /** One is coordinator. */
    record Won(Tenure tenure) implements Result {}

    /** One is not, or nobody knows: somebody else was faster, or the ledger did not answer. Worth another attempt while one is first. */
    record Missed(String why) implements Result {}

    /** One must not be, until somebody does something about it. */
    record Barred(String why) implements Result {}
  }

  /**
   * A claim on the role that a directory stands for.
   *
   * @param directory where the role lives, such as {@code /coordinator}
   * @param candidate who claims it, as others are to read it: a name that nobody else has, and fit for a node
   * @param clock the wall clock by which one would decide
   */
  public Claim(Ledger ledger, NodePath directory, String candidate, InstantSource clock) {
    if (!NodePath.isName(incarnation(Long.MAX_VALUE, candidate))) {
      throw new IllegalArgumentException("Candidate '" + Quote.of(candidate)
          + "': a name has letters, digits, '.', '_' and '-' only, and at most 174 of them");
    }
    this.ledger = ledger;
    this.candidate = candidate;
    this.clock = clock;
    this.directory = directory;
    this.term = directory.child("term");
    this.holder = directory.child("holder");
    this.dial = directory.child("clock");
  }

  /** Tries once. The stage always ends with a result. */
  public CompletionStage<Result> attempt() {
    return prepare()
        .thenCompose(done -> measureClock())
        .thenCompose(this::claimUnlessTooFarOff)
        .exceptionally(Claim::failed);
  }

  private static Result failed(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof NewerFormatException) {
      return new Result.Barred(String.valueOf(cause.getMessage()));
    }
    if (cause instanceof LedgerException) {
      return new Result.Missed(String.valueOf(cause.getMessage()));
    }
    throw new CompletionException(cause);
  }

  /** Makes the nodes that are always there. Those that are there already stay as they are. */
  private CompletionStage<?> prepare() {
    return ledger
        .read(dial)
        .thenCombine(ledger.read(term), (clockNode, termNode) -> {
          if (clockNode.isPresent() && termNode.isPresent()) {
            return CompletableFuture.completedStage(CommitResult.APPLIED);
          }
          directory.lineage().forEach(path -> create(path, Bytes.NONE));
          create(term, TermRecord.NOBODY.bytes());
          return create(dial, Bytes.NONE);
        })
        .thenCompose(stage -> stage);
  }

  private CompletionStage<CommitResult> create(NodePath path, Bytes data) {
    return ledger.commit(Transaction.builder().create(path, data).build());
  }

  /** By how much the ledger's clock is ahead of ours, if it can be told now: the date of something that was just written. */
  private CompletionStage<Optional<Duration>> measureClock() {
    Instant before = clock.instant();
    return ledger
        .commit(Transaction.builder()
            .set(dial, Bytes.of(candidate), Transaction.ANY_VERSION)
            .build())
        .thenCombine(ledger.read(dial), (result, node) -> {
          if (!result.isApplied() || node.isEmpty()) {
            return Optional.empty();
          }
          Duration taken = Duration.between(before, clock.instant());
          Instant middle = before.plus(taken.dividedBy(2));
          return Optional.of(Duration.between(middle, node.get().modified()));
        });
  }

  private CompletionStage<Result> claimUnlessTooFarOff(Optional<Duration> offset) {
    if (offset.isEmpty()) {
      return missed("the ledger's clock could not be asked");
    }
    if (offset.get().abs().compareTo(MOST_SKEW) > 0) {
      return CompletableFuture.completedStage(
          new Result.Barred("Claiming to coordinate: the ledger's clock is " + offset.get()
              + " ahead of this machine's; at most " + MOST_SKEW
              + " either way will do: set the clock, or have it set by NTP"));
    }
    CompletionStage<Optional<List<String>>> incarnations = ledger.list(term);
    return ledger
        .read(term)
        .thenCombine(
            ledger.read(holder),
            (known, former) -> known.isEmpty()
                ? missed("the node of the term is gone; the next attempt makes it again")
                : incarnations.thenCompose(names -> claim(
                    known.get(),
                    names.orElse(List.of()).stream().findFirst(),
                    former,
                    offset.get())))
        .thenCompose(stage -> stage);
  }

  private CompletionStage<Result> claim(
      Node known, Optional<String> incarnation, Optional<Node> former, Duration offset) {
    var next = new TermRecord(TermRecord.read(known).term() + 1, candidate);
    Transaction.Builder steps = Transaction.builder().set(term, next.bytes(), known.version());
    NodePath present = term.child(incarnation.orElse(incarnation(clock.millis(), candidate)));
    if (incarnation.isEmpty()) {
      steps.create(present, Bytes.NONE);
    } else {
      steps.checkPresent(present);
    }
    // Whoever owns it: a former holder, or a former session of ours that the ledger has not ended
    // yet. It would vanish under our feet.
    former.ifPresent(node -> steps.delete(holder, node.version()));
    steps.createEphemeral(holder, next.bytes());
    return ledger
        .commit(steps.build())
        .thenCompose(result -> result.isApplied()
            ? CompletableFuture.completedStage(new Result.Won(
                new Tenure(next.term(), term, known.version() + 1, present, holder, offset)))
            : missed("the claim on term " + next.term() + " ended " + result));
  }

  private static String incarnation(long since, String candidate) {
    return "since-" + since + "-" + candidate;
  }

  private static CompletionStage<Result> missed(String why) {
    return CompletableFuture.completedStage(new Result.Missed(why));
  }
}
