package io.shardkeeper.core.assign;

import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.text.Quote;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where each shard of each job is at home: evenly, with as few moves as possible. Not for several threads.
 *
 * <p>No two instances of a job differ by more than one of its shards. As far as that and the eligibility of the instances allow it, no two
 * instances differ by more than one shard of all jobs together. Three jobs of 10 shards on 3 instances have 4, 3, 3 shards of each job and
 * 10 of all; a fourth instance takes 7, 2 or 3 of each job, and nothing else moves.
 *
 * <p>Beside the places stand the positions of the routes that go round, so that one write keeps both.
 */
public final class Spread {
  // Looked up only: whatever goes through all of them goes through the buckets, whose order is the
  // same on every machine.
  private final Map<String, Places> places = new HashMap<>();
  private final Map<String, Integer> load = new HashMap<>();
  private final List<Bucket> buckets = new ArrayList<>();
  private final SortedSet<Integer> changed = new TreeSet<>();
  private final SortedSet<Integer> urgent = new TreeSet<>();

  /** The instances for which a job was settled last, and their ids: most jobs share them, so they are kept once. */
  private List<Instance> latest = List.of();

  private List<String> latestIds = List.of();

  /** With no places. */
  public Spread() {
    for (int i = 0; i < Layout.BUCKETS; i++) {
      buckets.add(new Bucket(new TreeMap<>(), new TreeMap<>()));
    }
  }

  /**
   * What a job wants: so many places, on these instances.
   *
   * @param total how many shards it has
   * @param eligible the ids of the instances, sorted; with none, the job stays where it is
   */
  public record Shape(int total, List<String> eligible) {
    /** Checks the number and the order. */
    public Shape {
      eligible = List.copyOf(eligible);
      if (total < 1) {
        throw new IllegalArgumentException(
            "Places for " + total + " shards were asked for; a job has at least one");
      }
      for (int i = 1; i < eligible.size(); i++) {
        if (eligible.get(i - 1).compareTo(eligible.get(i)) >= 0) {
          throw new IllegalArgumentException("Eligible instances came as '"
              + Quote.of(eligible.get(i - 1)) + "', '" + Quote.of(eligible.get(i))
              + "'; they are sorted by id, each once");
        }
      }
    }
  }

  /**
   * The instance at which a shard of a job is at home. Settles the job, and no other, if it has no places yet, has another number of shards,
   * or its instances changed.
   *
   * @param eligible not empty, sorted by id; a list that nobody changes: it is known again without a look into it
   * @return the id of one of them
   */
  public String home(String job, int shard, int total, List<Instance> eligible) {
    Places known = places.get(job);
    if (known == null || !known.fit(total, eligible)) {
      known = settle(job, total, eligible);
    }
    return known.homes[shard];
  }

  private Places settle(String job, int total, List<Instance> eligible) {
    if (eligible.isEmpty()) {
      throw new IllegalArgumentException("A home for job '" + Quote.of(job)
          + "' was asked for with no instance; it takes one that is eligible");
    }
    if (eligible != latest) {
      latestIds = eligible.stream().map(Instance::id).toList();
      latest = eligible;
    }
    var shape = new Shape(total, latestIds);
    Places known = known(job);
    int[] whereabouts = whereabouts(known, shape);
    int[] members = new int[eligible.size()];
    int[] loads = new int[eligible.size()];
    for (int i = 0; i < members.length; i++) {
      members[i] = i;
      loads[i] = load.getOrDefault(shape.eligible().get(i), 0);
    }
    for (int member : whereabouts) {
      if (member != Share.NOWHERE) {
        loads[member]--;
      }
    }
    var share = new Share(members, whereabouts);
    share.keep(loads);
    share.choose(loads);
    put(new Settling(known, shape, share));
    known.seen = eligible;
    return known;
  }

  /**
   * Balances all jobs together after the fleet changed.
   *
   * @param jobs all jobs that want places; the places of other jobs are forgotten
   * @return how many shards moved, not counting those that had no home before
   */
  public int settle(SortedMap<String, Shape> jobs) {
    forgetPlacesOfOthers(jobs);
    var ids = new TreeSet<String>();
    new HashSet<>(jobs.values().stream().map(Shape::eligible).toList()).forEach(ids::addAll);
    var numbers = new HashMap<String, Integer>();
    ids.forEach(id -> numbers.put(id, numbers.size()));
    Map<List<String>, int[]> members = new HashMap<>();
    var settling = new ArrayList<Settling>();
    jobs.forEach((job, shape) -> {
      if (!shape.eligible().isEmpty()) {
        Places known = known(job);
        int[] numbered = members.computeIfAbsent(
            shape.eligible(), all -> all.stream().mapToInt(numbers::get).toArray());
        settling.add(new Settling(known, shape, new Share(numbered, whereabouts(known, shape))));
      }
    });
    int[] loads = new int[ids.size()];
    settling.forEach(job -> job.share().keep(loads));
    settling.forEach(job -> job.share().choose(loads));
    if (!isEven(loads)) {
      var shares =
          settling.stream().map(Settling::share).filter(Share::hasChoice).toList();
      new Balance(shares, loads).settle();
    }
    return settling.stream().mapToInt(this::put).sum();
  }

  private void forgetPlacesOfOthers(SortedMap<String, Shape> jobs) {
    if (jobs.keySet().stream().filter(places::containsKey).count() == places.size()) {
      return;
    }
    for (int bucket = 0; bucket < buckets.size(); bucket++) {
      for (String job : List.copyOf(buckets.get(bucket).jobs().keySet())) {
        if (!jobs.containsKey(job)) {
          drop(bucket, job);
        }
      }
    }
  }

  private static boolean isEven(int[] loads) {
    var range = Arrays.stream(loads).summaryStatistics();
    return loads.length == 0 || range.getMax() - range.getMin() <= 1;
  }

  /** For each shard, which of the eligible instances it is at. */
  private static int[] whereabouts(Places known, Shape shape) {
    int[] whereabouts = new int[shape.total()];
    for (int shard = 0; shard < whereabouts.length; shard++) {
      int member = shard < known.homes.length
          ? Collections.binarySearch(shape.eligible(), known.homes[shard])
          : Share.NOWHERE;
      whereabouts[shard] = Math.max(member, Share.NOWHERE);
    }
    return whereabouts;
  }

  /** Takes over what was settled, and returns how many shards it moved. */
  private int put(Settling settled) {
    Places known = settled.places();
    known.eligible = settled.shape().eligible();
    known.seen = List.of();
    if (known.homes.length == settled.shape().total() && settled.share().isDealt()) {
      return 0;
    }
    int[] dealt = settled.share().deal();
    String[] homes = new String[dealt.length];
    for (int shard = 0; shard < dealt.length; shard++) {
      homes[shard] = known.eligible.get(dealt[shard]);
    }
    int moved = 0;
    for (int shard = 0; shard < Math.min(homes.length, known.homes.length); shard++) {
      String before = known.homes[shard];
      moved += before.equals(StoredPlaces.NOWHERE) || before.equals(homes[shard]) ? 0 : 1;
    }
    weigh(known.homes, -1);
    weigh(homes, 1);
    known.homes = homes;
    changed.add(known.bucket);
    return moved;
  }

  /** The places of a job; none of its shards has one if it is new. */
  private Places known(String job) {
    return places.computeIfAbsent(job, name -> {
      var fresh = new Places(Layout.bucket(name));
      buckets.get(fresh.bucket).jobs().put(name, fresh);
      return fresh;
    });
  }

  private void weigh(String[] homes, int sign) {
    for (String home : homes) {
      load.merge(home, sign, Spread::sumUnlessZero);
    }
  }

  /** None rather than zero, or instances that left would stay here for ever. */
  @SuppressWarnings("NullAway") // how Map.merge says that the entry goes
  private static Integer sumUnlessZero(Integer a, Integer b) {
    return a + b == 0 ? null : Integer.valueOf(a + b);
  }

  /** Forgets the places of a job, and its position. */
  public void forget(String job) {
    int bucket = Layout.bucket(job);
    if (buckets.get(bucket).last().remove(job) != null) {
      changed.add(bucket);
    }
    drop(bucket, job);
  }

  private void drop(int bucket, String job) {
    Places known = places.remove(job);
    if (known != null) {
      buckets.get(bucket).jobs().remove(job);
      weigh(known.homes, -1);
      changed.add(bucket);
    }
  }

  /** The id of the instance that was chosen last for a job that goes round. */
  Optional<String> last(String job) {
    return Optional.ofNullable(buckets.get(Layout.bucket(job)).last().get(job));
  }

  /** Remembers which instance was chosen last for a job that goes round. */
  void setLast(String job, String id) {
    int bucket = Layout.bucket(job);
    if (!id.equals(buckets.get(bucket).last().put(job, id))) {
      urgent.add(bucket);
    }
  }

  /** Buckets whose homes changed since this was asked last. They can be written at leisure: losing them costs moves, nothing else. */
  public SortedSet<Integer> takeChanged() {
    return take(changed);
  }

  /**
   * Buckets in which the position of a route that goes round changed since this was asked last. They are written with the tickets that moved
   * it, or a new coordinator would choose the same instance again. Homes that changed are written along, as the bucket is one.
   */
  public SortedSet<Integer> takeUrgent() {
    return take(urgent);
  }

  private static SortedSet<Integer> take(SortedSet<Integer> from) {
    var taken = new TreeSet<>(from);
    from.clear();
    return taken;
  }

  /** A bucket as it is stored; no bytes if there is nothing in it. */
  public Bytes bucket(int bucket) {
    var homes = new TreeMap<String, List<String>>();
    buckets.get(bucket).jobs().forEach((job, known) -> homes.put(job, Arrays.asList(known.homes)));
    return new StoredPlaces(homes, buckets.get(bucket).last()).bytes();
  }

  /**
   * Takes over a stored bucket in place of what is known of it. Whatever is damaged in it, or needs a newer version to read it, is ignored:
   * it costs moves, nothing else.
   */
  public void load(int bucket, Bytes stored) {
    Bucket known = buckets.get(bucket);
    List.copyOf(known.jobs().keySet()).forEach(job -> drop(bucket, job));
    known.last().clear();
    StoredPlaces read = StoredPlaces.read(bucket, stored);
    known.last().putAll(read.last());
    read.homes().forEach((job, homes) -> {
      Places loaded = known(job);
      loaded.homes = homes.toArray(String[]::new);
      weigh(loaded.homes, 1);
    });
    changed.remove(bucket);
    urgent.remove(bucket);
  }

  /** What is stored together: the places of jobs, and the instances that were chosen last. */
  private record Bucket(SortedMap<String, Places> jobs, SortedMap<String, String> last) {}

  /** A job on its way to new places. */
  private record Settling(Places places, Shape shape, Share share) {}

  /** The homes of the shards of one job. */
  private static final class Places {
    final int bucket;
    String[] homes = {};

    /** For which instances they were settled; none if they were only read. */
    List<String> eligible = List.of();

    /** The same as it came last, to be known again at a glance. */
    List<Instance> seen = List.of();

    Places(int bucket) {
      this.bucket = bucket;
    }

    boolean fit(int total, List<Instance> instances) {
      return total == homes.length && (instances == seen || areEligible(instances));
    }

    private boolean areEligible(List<Instance> instances) {
      if (instances.isEmpty() || instances.size() != eligible.size()) {
        return false;
      }
      for (int i = 0; i < eligible.size(); i++) {
        if (!eligible.get(i).equals(instances.get(i).id())) {
          return false;
        }
      }
      seen = instances;
      return true;
    }
  }
}
