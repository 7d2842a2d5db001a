package io.shardkeeper.core.history;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonWriter;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.job.Limits;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Entries of the history as they stand in a node: one line of JSON, grouped by job and generation.
 *
 * <pre>{@code
 * {"v":1,"minReader":1,"base":1767225600000,"instances":["a-7f3k"],"jobs":[
 *   {"job":"billing","generation":7,"revision":3,
 *    "runs":[{"at":60000,"st":2,"by":217,"p":[{"i":0,"e":205}]},
 *            {"at":120000,"by":31,"o":"FAILED","why":"No such account","p":[{"i":0,"e":11,"t":"No such account"}]}],
 *    "overruns":[{"at":62000,"to":3100,"by":3350,"m":"loyw3v28","i":0}],
 *    "skips":[{"at":180000,"to":360000,"n":4,"by":180950,"o":"SKIPPED_PAUSED","why":"Paused by ann"}],
 *    "sums":[{"at":-86400000,"to":0,"by":250,"counts":{"SUCCEEDED":1440}}]}]}
 * }</pre>
 *
 * <p>Instants are milliseconds, after the one in the last column; with decimals where they lie between two of those.
 *
 * <table>
 * <caption>The fields. What equals the last column is left out.</caption>
 * <tr><th>of</th><th>field</th><th>what</th><th>if left out</th></tr>
 * <tr><td>run</td><td>at</td><td>scheduledAt, after base</td><td></td></tr>
 * <tr><td></td><td>k, m</td><td>kind and mark of its id</td><td>FIRE; the mark of scheduledAt</td></tr>
 * <tr><td></td><td>r</td><td>revision</td><td>that of the group</td></tr>
 * <tr><td></td><td>st</td><td>started, after scheduledAt</td><td>0</td></tr>
 * <tr><td></td><td>by</td><td>decided, after scheduledAt</td><td>0</td></tr>
 * <tr><td></td><td>o</td><td>outcome, by name</td><td>SUCCEEDED</td></tr>
 * <tr><td></td><td>why</td><td>reason</td><td>empty</td></tr>
 * <tr><td></td><td>n</td><td>shards</td><td>1</td></tr>
 * <tr><td></td><td>p</td><td>parts</td><td>none</td></tr>
 * <tr><td></td><td>par</td><td>parameters of its request</td><td>none</td></tr>
 * <tr><td></td><td>tt</td><td>shards of a whole run</td><td>0: as many as it had</td></tr>
 * <tr><td></td><td>sh</td><td>shards that were asked for, if it was not divided</td><td>all</td></tr>
 * <tr><td></td><td>rerunOf, data, on, trace</td><td>what else its request said</td><td>nothing</td></tr>
 * <tr><td>part</td><td>x</td><td>shard</td><td>its place in the list, from 0</td></tr>
 * <tr><td></td><td>i</td><td>instance, as its place in the list of instances</td><td></td></tr>
 * <tr><td></td><td>a</td><td>attempt</td><td>1</td></tr>
 * <tr><td></td><td>o</td><td>outcome</td><td>that of the run</td></tr>
 * <tr><td></td><td>st, e</td><td>started, ended, both after the start of the run</td><td>0</td></tr>
 * <tr><td></td><td>t</td><td>text</td><td>empty</td></tr>
 * <tr><td></td><td>l</td><td>log</td><td>empty</td></tr>
 * <tr><td>overrun</td><td>at</td><td>from, after base</td><td></td></tr>
 * <tr><td></td><td>to, by</td><td>until, decided, both after from</td><td>0</td></tr>
 * <tr><td></td><td>k, m</td><td>kind and mark of its run</td><td>FIRE, </td></tr>
 * <tr><td></td><td>x, i, a</td><td>shard; instance, as its place in the list of instances; attempt</td><td>0, , 1</td></tr>
 * <tr><td>skip</td><td>at</td><td>first, after base</td><td></td></tr>
 * <tr><td></td><td>to, by</td><td>last, decided, both after first</td><td>0</td></tr>
 * <tr><td></td><td>n</td><td>fires</td><td>1</td></tr>
 * <tr><td></td><td>o, why</td><td>outcome, reason</td><td>, empty</td></tr>
 * <tr><td>sum</td><td>at, to, by, counts</td><td>first; last and decided, both after first; counts by outcome</td><td>, 0, 0, none</td></tr>
 * </table>
 *
 * <p>A plain run of one shard takes about 60 bytes in a group, and its share of the group's beginning, about 60.
 */
public final class Segment {
  /** The format that is written and read here. */
  public static final int FORMAT = 1;

  private Segment() {}

  /**
   * Writes entries. They are read back job by job, each with its runs, overruns, skips and sums in the order that they have here.
   *
   * @throws IllegalArgumentException if a text is larger than {@link Limits#ITEM_BYTES}
   */
  public static Bytes write(Collection<? extends Entry> entries) {
    var text = new StringWriter(100 * (1 + entries.size()));
    try (var writer = new JsonWriter(text)) {
      writer.setStrictness(Strictness.STRICT);
      new SegmentWriter(writer, entries).write(entries);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a text in memory does not fail
    }
    return Bytes.of(text.toString());
  }

  /**
   * Reads what {@link #write} has written. Fields that it does not know it skips.
   *
   * @throws NewerFormatException if it takes a newer version to read it
   * @throws IllegalArgumentException if it is damaged
   */
  public static List<Entry> read(Bytes segment) {
    return SegmentReader.read(segment.text());
  }

  /** What an entry takes when it is written alone, at most; together entries never take more than the sum of these. */
  public static int bytes(Entry entry) {
    return Math.toIntExact(Gauge.alone(entry));
  }

  /**
   * Divides entries, in their order, among segments of a size. An entry that is larger has a segment for itself.
   *
   * @throws IllegalArgumentException if one entry alone is larger than a node
   */
  public static List<List<Entry>> cut(List<? extends Entry> entries, int most) {
    var segments = new ArrayList<List<Entry>>();
    var gauge = new Gauge();
    long size = 0;
    for (Entry entry : entries) {
      size += gauge.add(entry);
      if (segments.isEmpty() || size > most) {
        segments.add(new ArrayList<>());
        gauge = new Gauge();
        size = (long) Gauge.EMPTY + gauge.add(entry);
        if (size > Transaction.NODE_BYTES
            && write(List.of(entry)).length() > Transaction.NODE_BYTES) {
          throw new IllegalArgumentException("Segment of the history: an entry of job '"
              + entry.job() + "' takes up to " + size + " bytes; at most " + Transaction.NODE_BYTES
              + " fit into a node, so keep fewer of its parts");
        }
      }
      segments.get(segments.size() - 1).add(entry);
    }
    return segments;
  }

  /** What entries have in common that stand together. */
  record Group(String job, long generation) {
    static Group of(Entry entry) {
      return new Group(entry.job(), entry.generation());
    }
  }
}
