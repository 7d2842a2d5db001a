package io.shardkeeper.job;

import io.shardkeeper.text.Quote;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Into which shards a run is divided. */
public sealed interface Sharding {
  /** One shard for each eligible instance. */
  record All() implements Sharding {}

  /** One shard, on one instance. */
  record One() implements Sharding {}

  /** One shard for each eligible instance that a condition picks, or one shard on one of these. */
  record Filtered(Filter condition, boolean each) implements Sharding {
    /** Checks that there is a condition. */
    public Filtered {
      if (condition.labels().isEmpty()) {
        throw new IllegalArgumentException(
            "A sharding by condition has none; without one, all() and one() are meant");
      }
    }
  }

  /**
   * A fixed number of shards, spread evenly over the eligible instances.
   *
   * @param total how many
   * @param parameters one for each shard, in order; empty if the shards have none
   */
  record Fixed(int total, List<String> parameters) implements Sharding {
    /** Checks the number and the parameters. */
    public Fixed {
      Limits.checkRange("A number of shards", total, 1, Limits.SHARDS);
      parameters = List.copyOf(parameters);
      if (!parameters.isEmpty() && parameters.size() != total) {
        throw new IllegalArgumentException("The parameters of " + total + " shards are "
            + parameters.size() + "; it takes one for each, or none");
      }
      parameters.forEach(parameter -> Limits.checkText("The parameter of a shard", parameter));
      int bytes = parameters.stream().mapToInt(Limits::bytes).sum();
      if (bytes > Limits.ITEM_BYTES) {
        throw new IllegalArgumentException("The parameters of " + total + " shards have " + bytes
            + " bytes together; at most " + Limits.ITEM_BYTES + " are kept");
      }
    }

    /** The parameter of a shard; empty if it has none. */
    public String parameter(int index) {
      return parameters.isEmpty() ? "" : parameters.get(index);
    }
  }

  /** One shard for each eligible instance. */
  static Sharding all() {
    return new All();
  }

  /** One shard, on one instance. */
  static Sharding one() {
    return new One();
  }

  /** One shard for each eligible instance that a condition picks, as in {@code zone == 'a'}. */
  static Sharding eachWhere(String condition) {
    return new Filtered(Filter.parse(condition), true);
  }

  /** One shard, on one of the eligible instances that a condition picks. */
  static Sharding oneWhere(String condition) {
    return new Filtered(Filter.parse(condition), false);
  }

  /** So many shards, told apart by their index. */
  static Sharding shards(int total) {
    return new Fixed(total, List.of());
  }

  /** A shard for each of these parameters. */
  static Sharding shards(List<String> parameters) {
    return new Fixed(parameters.size(), parameters);
  }

  /**
   * So many shards with a list of parameters: {@code 0=Beijing,1=Shanghai,2=Guangzhou}.
   *
   * @throws IllegalArgumentException if the list does not name each shard exactly once
   */
  static Sharding shards(int total, String parameters) {
    Limits.checkRange("A number of shards", total, 1, Limits.SHARDS);
    if (parameters.length() > 2 * Limits.ITEM_BYTES) {
      throw new IllegalArgumentException("A list of parameters of shards has " + parameters.length()
          + " characters; all together have at most " + Limits.ITEM_BYTES + " bytes");
    }
    String[] found = new String[total];
    for (String item : parameters.split(",", -1)) {
      int sign = item.indexOf('=');
      String number = sign < 0 ? "" : item.substring(0, sign).strip();
      if (!number.matches("\\d{1,6}")) {
        throw new IllegalArgumentException(
            "The parameters of shards have the item '" + Quote.of(item)
                + "'; items are written 0=a,1=b, and a value with a comma goes into shards(List)");
      }
      int index = Integer.parseInt(number);
      if (index >= total) {
        throw new IllegalArgumentException("The parameters name shard " + index + "; of " + total
            + " shards the last is " + (total - 1));
      }
      if (found[index] != null) {
        throw new IllegalArgumentException("The parameters name shard " + index + " twice");
      }
      found[index] = item.substring(sign + 1).strip();
    }
    var missing = new ArrayList<Integer>();
    for (int i = 0; i < total; i++) {
      if (found[i] == null) {
        missing.add(i);
      }
    }
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException("The parameters leave out shard " + missing.get(0)
          + (missing.size() > 1 ? " and " + (missing.size() - 1) + " more" : "")
          + "; a list names each of the " + total + " shards, an empty value is written "
          + missing.get(0) + "=");
    }
    return new Fixed(total, Collections.unmodifiableList(Arrays.asList(found)));
  }
}
