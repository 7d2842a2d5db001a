package io.shardkeeper.core.layout;

import io.shardkeeper.core.ledger.NodePath;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The paths of a namespace.
 *
 * <pre>
 *   /jobs/{00..ff}/{job}          the definition
 *   /places/{00..ff}              which instance each shard of the jobs of a bucket belongs to, and where routes are
 *   /instances/{id}               ephemeral: what an instance offers
 *   /inbox/{id}/{n}               tickets and messages to an instance; the node's own data is the instance's
 *   /reports/{id}/{n}             what an instance tells
 *   /commands/{client}/{n}        what a client asks; the node's own data are the answers
 *   /parked/{n}                   assignments that wait, addressed to nobody
 *   /runs/{00..ff}/{run}          the standing of runs that are partly done
 *   /history/{segment}            what became of fires and runs
 *   /quarantine/{n}               what could not be understood
 *   /keys/{n}                     outer keys of requests
 *   /coordinator/{latch,holder,term,cursor}
 * </pre>
 */
public final class Layout {
  private static final String ZEROS = "0".repeat(13);

  /** The role of the coordinator: latch, term, holder. */
  public static final NodePath COORDINATOR = NodePath.of("/coordinator");

  /** How far the coordinator has planned. */
  public static final NodePath CURSOR = COORDINATOR.child("cursor");

  /** Definitions, in buckets. */
  public static final NodePath JOBS = NodePath.of("/jobs");

  /** Places of shards, in buckets. */
  public static final NodePath PLACES = NodePath.of("/places");

  /** Instances that live. */
  public static final NodePath INSTANCES = NodePath.of("/instances");

  /** What instances are told. */
  public static final NodePath INBOX = NodePath.of("/inbox");

  /** What instances tell. */
  public static final NodePath REPORTS = NodePath.of("/reports");

  /** What clients ask. */
  public static final NodePath COMMANDS = NodePath.of("/commands");

  /** What waits. */
  public static final NodePath PARKED = NodePath.of("/parked");

  /** Runs that are partly done, in buckets. */
  public static final NodePath RUNS = NodePath.of("/runs");

  /** What became of fires and runs. */
  public static final NodePath HISTORY = NodePath.of("/history");

  /** What could not be understood. */
  public static final NodePath QUARANTINE = NodePath.of("/quarantine");

  /** Outer keys of requests. */
  public static final NodePath KEYS = NodePath.of("/keys");

  /** What has to be there before anything else can be. */
  public static final List<NodePath> ROOTS = List.of(
      COORDINATOR,
      JOBS,
      PLACES,
      INSTANCES,
      INBOX,
      REPORTS,
      COMMANDS,
      PARKED,
      RUNS,
      HISTORY,
      QUARANTINE,
      KEYS);

  /** What has a directory for each instance or client, with numbered nodes in it. */
  private static final Set<NodePath> MAIL = Set.of(INBOX, REPORTS, COMMANDS);

  /** Buckets of a directory that may grow. */
  public static final int BUCKETS = 256;

  private static final Pattern BUCKET_NAME = Pattern.compile("[0-9a-f]{2}");

  private Layout() {}

  /** The bucket of a name, from 0. */
  public static int bucket(String name) {
    var crc = new CRC32();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    return (int) (crc.getValue() & 0xff);
  }

  /** The name of a bucket: 00 to ff. */
  public static String bucketName(int bucket) {
    return (bucket < 16 ? "0" : "") + Integer.toHexString(bucket);
  }

  /** Whether a node in a directory with buckets is one of them: strangers may have put others there. */
  public static boolean isBucketName(String name) {
    return BUCKET_NAME.matcher(name).matches();
  }

  /** The definition of a job. */
  public static NodePath job(String name) {
    return JOBS.child(bucketName(bucket(name))).child(name);
  }

  /** The standing of a run. */
  public static NodePath run(RunId run) {
    return RUNS.child(bucketName(bucket(run.job()))).child(run.text());
  }

  /** The node with which a client owns its box. */
  public static NodePath owner(NodePath box) {
    return box.child("owner");
  }

  /** How the names of questions to an instance begin, in its inbox, and those of its answers, in the box of a client. */
  public static final String QUESTION = "ask-";

  public static final String REPLY = "reply-";

  /** Whether something below a node that comes and goes is of the kind that belongs there: all else was put there by a stranger. */
  public static boolean isOurs(NodePath path) {
    NodePath above = path.parent();
    NodePath root = above.isRoot() ? above : above.parent();
    if (root.equals(COMMANDS) && path.equals(owner(above))) {
      return true;
    }
    boolean asked = path.name().startsWith(QUESTION) && root.equals(INBOX);
    boolean told = path.name().startsWith(REPLY) && root.equals(COMMANDS);
    return asked || told || (MAIL.contains(root) && isNumber(path.name()));
  }

  /** Whether a name is one of those by which tickets, reports and commands are counted. */
  public static boolean isNumber(String name) {
    return name.length() <= 18
        && !name.isEmpty()
        && name.chars().allMatch(c -> c >= '0' && c <= '9')
        && name.equals(number(Long.parseLong(name)));
  }

  /** A number as the name of a node, so that the order of names is that of numbers. */
  public static String number(long n) {
    String digits = Long.toString(n);
    return ZEROS.substring(Math.min(ZEROS.length(), digits.length())) + digits;
  }
}
