package io.shardkeeper.core.ledger;

import java.util.ArrayList;
import java.util.List;

/**
 * Checks and writes that happen all together, in their order, or not at all.
 *
 * <pre>{@code
 * Transaction.builder()
 *     .check(TERM, version)           // a deposed coordinator's commit fails as a whole
 *     .set(CURSOR, end, ANY_VERSION)  // moves with the tickets
 *     .create(inbox.child("7"), ticket)
 *     .build();
 * }</pre>
 */
public final class Transaction {
  /** Stands for whatever version the node has, as long as it is there. */
  public static final int ANY_VERSION = -1;

  /** Steps of a transaction, at most. */
  public static final int MOST_STEPS = 1_000;

  /** Size of a transaction, at most: paths, contents, and {@link #STEP_BYTES} a step. */
  public static final int MOST_BYTES = 512 * 1024;

  /** Content of a node, at most. */
  public static final int NODE_BYTES = 256 * 1024;

  /** What a step costs besides path and content. */
  public static final int STEP_BYTES = 100;

  private final List<Step> steps;
  private final int bytes;

  private Transaction(List<Step> steps, int bytes) {
    this.steps = steps;
    this.bytes = bytes;
  }

  /** A new one, without a step. */
  public static Builder builder() {
    return new Builder();
  }

  /** What is to happen, in this order. */
  public List<Step> steps() {
    return steps;
  }

  /** The size, as it counts against {@link #MOST_BYTES}. */
  public int bytes() {
    return bytes;
  }

  @Override
  public String toString() {
    return steps.toString();
  }

  /** How long a created node lives. */
  public enum Lifetime {
    /** Until somebody deletes it. */
    PERSISTENT,
    /** Until somebody deletes it, or the session that created it ends. */
    EPHEMERAL,
    /** Until somebody deletes it, or, some time after the last node below it went, the ledger does. */
    CONTAINER
  }

  /** One check or write. */
  public sealed interface Step {
    /** The node that it is about. */
    NodePath path();

    /** The node is there, in this version or, with {@link #ANY_VERSION}, in any. */
    record Check(NodePath path, int version) implements Step {}

    /** The node is not there, and the one above it is; now it is there too. */
    record Create(NodePath path, Bytes data, Lifetime lifetime) implements Step {}

    /** The node is there, in this version; now it has another content, and the next version. */
    record Put(NodePath path, Bytes data, int version) implements Step {}

    /** The node is there, in this version, and none below it; now it is gone. */
    record Delete(NodePath path, int version) implements Step {}
  }

  /** Gathers steps. What goes over a limit is refused at once, and by name. Not for several threads. */
  public static final class Builder {
    private final List<Step> steps = new ArrayList<>();
    private int bytes;

    private Builder() {}

    /** The node is there in this version. */
    public Builder check(NodePath path, int version) {
      return add(new Step.Check(path, version), Bytes.NONE);
    }

    /** The node is there, in whatever version. */
    public Builder checkPresent(NodePath path) {
      return check(path, ANY_VERSION);
    }

    /** The node is not there; the one above it is. Watchers may be told that it came and went. */
    public Builder checkAbsent(NodePath path) {
      return create(path, Bytes.NONE).delete(path, ANY_VERSION);
    }

    /** A node that stays. */
    public Builder create(NodePath path, Bytes data) {
      return create(path, data, Lifetime.PERSISTENT);
    }

    /** A node that vanishes with the session that commits this. */
    public Builder createEphemeral(NodePath path, Bytes data) {
      return create(path, data, Lifetime.EPHEMERAL);
    }

    /** A node that lives as long as that. */
    public Builder create(NodePath path, Bytes data, Lifetime lifetime) {
      return add(new Step.Create(path, data, lifetime), data);
    }

    /** Another content for a node in this version. */
    public Builder set(NodePath path, Bytes data, int version) {
      return add(new Step.Put(path, data, version), data);
    }

    /** The node goes, if it has this version. */
    public Builder delete(NodePath path, int version) {
      return add(new Step.Delete(path, version), Bytes.NONE);
    }

    /** Whether one more step of that size would still be within the limits. */
    public boolean fits(NodePath path, Bytes data) {
      return steps.size() < MOST_STEPS && bytes + cost(path, data) <= MOST_BYTES;
    }

    private Builder add(Step step, Bytes data) {
      NodePath path = step.path();
      if (path.isRoot()) {
        throw new IllegalArgumentException("Transaction: step " + steps.size()
            + " is about the root, which nobody writes or checks");
      }
      if (data.length() > NODE_BYTES) {
        throw new IllegalArgumentException("Transaction: the content of " + path + " has "
            + data.length() + " bytes; a node has at most " + NODE_BYTES);
      }
      if (steps.size() == MOST_STEPS) {
        throw new IllegalArgumentException("Transaction: " + path + " would be step "
            + (MOST_STEPS + 1) + "; at most " + MOST_STEPS + " go together: divide it");
      }
      if (bytes + cost(path, data) > MOST_BYTES) {
        throw new IllegalArgumentException("Transaction: with " + path + " it would have "
            + (bytes + cost(path, data)) + " bytes; at most " + MOST_BYTES
            + " go together: divide it");
      }
      bytes += cost(path, data);
      steps.add(step);
      return this;
    }

    private static int cost(NodePath path, Bytes data) {
      return STEP_BYTES + path.text().length() + data.length();
    }

    /** The transaction, if it has a step at all. */
    public Transaction build() {
      if (steps.isEmpty()) {
        throw new IllegalArgumentException("Transaction: it has no step; commit what has one");
      }
      return new Transaction(List.copyOf(steps), bytes);
    }
  }
}
