package io.shardkeeper.core.definition;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.shardkeeper.core.json.Fields;
import io.shardkeeper.job.Filter;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Misfire;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Routing;
import io.shardkeeper.job.Sharding;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.TreeSet;

/**
 * The fields of a job's JSON. Policies are written in full, defaults too: a definition must not change its meaning because a
 * later version has other defaults. What is empty is left out.
 */
final class JobFields {
  private JobFields() {}

  static Job read(Fields fields, JobBuilder job) {
    job.handler(fields.text("handler", ""));
    TriggerFields.read(fields, job);
    job.sharding(fields.nested("sharding", JobFields::readSharding, Sharding.one()));
    job.routing(fields.nested("routing", JobFields::readRouting, Routing.spread()));
    String filter = fields.text("filter", "");
    job.filter(
        filter.isEmpty()
            ? Filter.none()
            : fields.attempt("filter", () -> Filter.parse(filter), Filter.none()));
    job.overlap(fields.nested("overlap", JobFields::readOverlap, Overlap.serial()));
    job.misfire(fields.nested("misfire", JobFields::readMisfire, Misfire.fireOnce()));
    job.retry(fields.nested("retry", JobFields::readRetry, Retry.none()));
    job.timeout(fields.duration("timeout", Duration.ZERO));
    job.atMostOnce(fields.flag("atMostOnce", false));
    job.parameters(fields.texts("parameters"));
    job.labels(fields.texts("labels"));
    job.priority(fields.number("priority", Job.DEFAULT_PRIORITY));
    job.history(fields.number("history", Job.DEFAULT_HISTORY));
    job.description(fields.text("description", ""));
    job.owner(fields.text("owner", ""));
    return job.build();
  }

  static void write(Job job, JsonObject to) {
    to.addProperty("handler", job.handler());
    to.add("trigger", TriggerFields.write(job.trigger()));
    to.add("sharding", write(job.sharding()));
    to.add("routing", write(job.routing()));
    addText(to, "filter", job.filter().toString());
    to.add("overlap", write(job.overlap()));
    to.add("misfire", write(job.misfire()));
    to.add("retry", write(job.retry()));
    if (!job.timeout().isZero()) {
      to.addProperty("timeout", job.timeout().toString());
    }
    if (job.atMostOnce()) {
      to.addProperty("atMostOnce", true);
    }
    addTexts(to, "parameters", job.parameters());
    addTexts(to, "labels", job.labels());
    to.addProperty("priority", job.priority());
    to.addProperty("history", job.history());
    addText(to, "description", job.description());
    addText(to, "owner", job.owner());
  }

  private enum ShardingKind {
    ALL,
    ONE,
    FILTER,
    SHARDS
  }

  private static Sharding readSharding(Fields fields) {
    return switch (fields.oneOf("kind", ShardingKind.class, ShardingKind.ONE)) {
      case ALL -> Sharding.all();
      case ONE -> Sharding.one();
      case FILTER ->
        new Sharding.Filtered(Filter.parse(fields.text("where", "")), fields.flag("each", true));
      case SHARDS ->
        new Sharding.Fixed(
            fields.number("total", fields.has("total") ? 1 : 0),
            fields.list("parameters", "texts", parameter -> parameter));
    };
  }

  private static JsonObject write(Sharding sharding) {
    var to = new JsonObject();
    if (sharding instanceof Sharding.All) {
      to.addProperty("kind", ShardingKind.ALL.name());
    } else if (sharding instanceof Sharding.One) {
      to.addProperty("kind", ShardingKind.ONE.name());
    } else if (sharding instanceof Sharding.Filtered filtered) {
      to.addProperty("kind", ShardingKind.FILTER.name());
      to.addProperty("where", filtered.condition().toString());
      to.addProperty("each", filtered.each());
    } else if (sharding instanceof Sharding.Fixed fixed) {
      to.addProperty("kind", ShardingKind.SHARDS.name());
      to.addProperty("total", fixed.total());
      addList(to, "parameters", fixed.parameters());
    }
    return to;
  }

  private static Routing readRouting(Fields fields) {
    return new Routing(
        fields.text("route", "spread"),
        fields.list("instances", "names", name -> name),
        new TreeSet<>(fields.list("without", "names", name -> name)),
        fields.number("most", 0));
  }

  private static JsonObject write(Routing routing) {
    var to = new JsonObject();
    to.addProperty("route", routing.route());
    addList(to, "instances", routing.instances());
    addList(to, "without", routing.without());
    if (routing.most() > 0) {
      to.addProperty("most", routing.most());
    }
    return to;
  }

  private static Overlap readOverlap(Fields fields) {
    Overlap.Policy policy = fields.oneOf("policy", Overlap.Policy.class, Overlap.Policy.SERIAL);
    int usual = policy == Overlap.Policy.SERIAL ? Overlap.DEFAULT_QUEUE : 0;
    return new Overlap(
        policy,
        fields.number("limit", usual),
        fields.oneOf("scope", Overlap.Scope.class, Overlap.Scope.SHARD));
  }

  private static JsonObject write(Overlap overlap) {
    var to = new JsonObject();
    to.addProperty("policy", overlap.policy().name());
    to.addProperty("limit", overlap.limit());
    to.addProperty("scope", overlap.scope().name());
    return to;
  }

  private static Misfire readMisfire(Fields fields) {
    Misfire.Policy policy = fields.oneOf("policy", Misfire.Policy.class, Misfire.Policy.FIRE_ONCE);
    int usual = switch (policy) {
      case SKIP -> 0;
      case FIRE_ONCE -> 1;
      case FIRE_ALL -> Misfire.DEFAULT_LIMIT;
    };
    return new Misfire(
        policy,
        fields.number("limit", usual),
        fields.duration("threshold", Duration.ZERO),
        fields.duration("window", Misfire.DEFAULT_WINDOW));
  }

  private static JsonObject write(Misfire misfire) {
    var to = new JsonObject();
    to.addProperty("policy", misfire.policy().name());
    to.addProperty("limit", misfire.limit());
    if (!misfire.threshold().isZero()) {
      to.addProperty("threshold", misfire.threshold().toString());
    }
    to.addProperty("window", misfire.window().toString());
    return to;
  }

  private static Retry readRetry(Fields fields) {
    Retry usual = Retry.none();
    return new Retry(
        fields.number("retries", usual.retries()),
        fields.duration("delay", usual.delay()),
        fields.fraction("factor", usual.factor()),
        fields.duration("longest", usual.longest()),
        fields.fraction("jitter", usual.jitter()),
        fields.flag("elsewhere", usual.elsewhere()));
  }

  private static JsonObject write(Retry retry) {
    var to = new JsonObject();
    to.addProperty("retries", retry.retries());
    to.addProperty("delay", retry.delay().toString());
    to.addProperty("factor", retry.factor());
    to.addProperty("longest", retry.longest().toString());
    to.addProperty("jitter", retry.jitter());
    to.addProperty("elsewhere", retry.elsewhere());
    return to;
  }

  static void addText(JsonObject to, String name, String text) {
    if (!text.isEmpty()) {
      to.addProperty(name, text);
    }
  }

  static void addTexts(JsonObject to, String name, Map<String, String> texts) {
    if (!texts.isEmpty()) {
      var object = new JsonObject();
      texts.forEach(object::addProperty);
      to.add(name, object);
    }
  }

  static void addList(JsonObject to, String name, Collection<?> items) {
    if (!items.isEmpty()) {
      var array = new JsonArray();
      items.forEach(item -> array.add(item.toString()));
      to.add(name, array);
    }
  }
}
