package io.shardkeeper.zookeeper;

import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.LedgerException.Kind;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import java.time.Instant;
import java.util.List;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/** ZooKeeper's answers in the words of the ledger. Whatever does not say for certain that nothing happened is UNKNOWN. */
final class Codes {
  private Codes() {}

  static CommitResult ofCommit(int rc, @Nullable List<OpResult> results) {
    if (rc == Code.OK.intValue()) {
      return CommitResult.APPLIED;
    }
    if (results != null) {
      for (int step = 0; step < results.size(); step++) {
        if (results.get(step) instanceof OpResult.ErrorResult error) {
          Refusal refusal = refusal(error.getErr());
          if (refusal != Refusal.NONE) {
            return CommitResult.conflict(step, refusal);
          }
        }
      }
    }
    return CommitResult.UNKNOWN;
  }

  /** Why a step was refused; for a step that only fell with others, or of which that is not certain, nothing. */
  private static Refusal refusal(int error) {
    Code code = Code.get(error);
    if (code == null) {
      return Refusal.NONE;
    }
    return switch (code) {
      case NONODE -> Refusal.ABSENT;
      case NODEEXISTS -> Refusal.EXISTS;
      case BADVERSION -> Refusal.VERSION;
      case NOTEMPTY -> Refusal.NOT_EMPTY;
      case NOCHILDRENFOREPHEMERALS -> Refusal.BELOW_EPHEMERAL;
      case NOAUTH, INVALIDACL, QUOTAEXCEEDED -> Refusal.DENIED;
      default -> Refusal.NONE;
    };
  }

  static boolean isLost(int rc) {
    return rc == Code.CONNECTIONLOSS.intValue();
  }

  /** Why a question has no answer. */
  static LedgerException ofQuestion(int rc, NodePath path) {
    Code code = Code.get(rc);
    if (code == Code.NOAUTH) {
      return new LedgerException(
          Kind.DENIED,
          "Reading " + path
              + ": ZooKeeper does not let these credentials see it; who created it had others");
    }
    return new LedgerException(
        Kind.UNAVAILABLE,
        "Reading " + path + ": ZooKeeper does not answer at present (" + code + ")");
  }

  static Node node(byte @Nullable [] data, Stat stat) {
    return new Node(
        data == null ? Bytes.NONE : Bytes.wrap(data),
        stat.getVersion(),
        stat.getCzxid(),
        owner(stat),
        Instant.ofEpochMilli(stat.getMtime()),
        stat.getNumChildren());
  }

  /** ZooKeeper marks containers by an owner that is no session. */
  private static long owner(Stat stat) {
    return stat.getEphemeralOwner() == Long.MIN_VALUE ? Node.NOBODY : stat.getEphemeralOwner();
  }
}
