package io.shardkeeper.core.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.client.Defined;
import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Routing;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.JobView;
import io.shardkeeper.view.Revision;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Definitions that are written, read and deleted. */
final class DefinitionsTest {
  private final Town town = new Town();

  private JobView.Known read(String name) {
    return (JobView.Known) town.get(town.client.job(name));
  }

  private static Reason reason(Throwable failure) {
    return ((JobClientException) failure).reason();
  }

  @Test
  void aDefinitionIsWrittenOnce() {
    Job job = Job.builder("bill").handler("work").cron("0 0 3 * * ?").build();
    Defined first = town.get(town.client.define(job));
    Defined again = town.get(town.client.define(job));

    assertThat(first.changed()).isTrue();
    assertThat(first.firstFire()).isEqualTo(Instant.parse("2027-01-05T03:00:00Z"));
    assertThat(again).isEqualTo(new Defined("bill", first.revision(), false, first.firstFire()));
    assertThat(read("bill").actor()).isEqualTo("ann");
    assertThat(read("bill").nextFires()).hasSize(5);
  }

  @Test
  void aDefinitionWhoseAnswerIsLostIsWrittenOnce() {
    Defined first = town.get(town.client.define(town.job("bill")));
    town.loseNextCommit(true);
    Job changed = town.job("bill").toBuilder().description("monthly").build();
    Defined lost = town.get(town.client.update("bill", first.revision(), job -> changed));
    town.loseNextCommit(false);
    Job more = changed.toBuilder().description("weekly").build();
    Defined late = town.get(town.client.update("bill", lost.revision(), job -> more));

    assertThat(lost.revision().number()).isEqualTo(1);
    assertThat(lost.changed()).isTrue();
    assertThat(late.revision().number()).isEqualTo(2);
    assertThat(read("bill").job()).isEqualTo(more);
  }

  @Test
  void aTriggerCountsFromWhenItWasChanged() {
    Job job = Job.builder("bill").handler("work").cron("0 0 3 * * ?").build();
    town.get(town.client.define(job));
    Instant since = read("bill").since();
    assertThat(Duration.between(since, town.loop.wall()).abs()).isLessThan(Duration.ofMillis(500));
    town.world.run(Duration.ofMinutes(1));

    town.get(town.client.define(job.toBuilder().description("new").build()));
    assertThat(read("bill").since()).isEqualTo(since);
    town.get(town.client.define(job.toBuilder().cron("0 0 4 * * ?").build()));
    assertThat(read("bill").since()).isAfter(since.plusSeconds(59));
  }

  @Test
  void nobodysChangeIsLost() {
    Defined first = town.get(town.client.define(town.job("bill")));
    town.get(town.client.update(
        "bill", first.revision(), job -> job.toBuilder().owner("ann").build()));

    Throwable conflict = town.failure(town.client.update(
        "bill", first.revision(), job -> job.toBuilder().owner("bob").build()));

    assertThat(reason(conflict)).isEqualTo(Reason.CONFLICT);
    assertThat(conflict).hasMessageContaining("is at revision");
    assertThat(read("bill").job().owner()).isEqualTo("ann");
    assertThat(reason(town.failure(town.client.update("none", first.revision(), job -> job))))
        .isEqualTo(Reason.NO_SUCH_JOB);
    assertThat(Revision.parse(first.revision().toString())).isEqualTo(first.revision());
  }

  @Test
  void whoLacksARouteOrACalendarPausesTheJobThatHasThemAllTheSame() {
    town.get(town.client.define(town.job("other")));
    Job job = town.job("bill").toBuilder()
        .routing(Routing.named("mine"))
        .trigger(Trigger.cron("0 0 3 * * ?").except("holidays"))
        .build();
    town.write(
        Layout.job("bill"), JobDocument.of(job).written("bob", town.loop.wall()).toJson());

    assertThat(town.get(town.client.pause("bill", "stocktaking"))).isTrue();
    assertThat(town.get(town.client.resume("bill"))).isTrue();
    assertThat(town.failure(
            town.client.define(job.toBuilder().description("another one").build())))
        .hasMessageContaining("holidays");
  }

  @Test
  void aDeletedJobIsGone() {
    town.get(town.client.define(town.job("bill")));
    town.loseNextCommit(true);

    assertThat(town.get(town.client.delete("bill"))).isTrue();
    assertThat(town.get(town.client.delete("bill"))).isFalse();
    assertThat(reason(town.failure(town.client.job("bill")))).isEqualTo(Reason.NO_SUCH_JOB);
    assertThat(town.get(town.client.jobs())).isEmpty();
  }

  @Test
  void namesThatLeadElsewhereAreRefused() {
    for (String name : List.of("a/b", "..", "", "ä")) {
      assertThatThrownBy(() -> town.client.job(name)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> town.client.delete(name))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> town.client.runs(name, 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> town.client.why(name, Instant.EPOCH))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void whatANewerVersionWroteIsShownAndNotTouched() {
    town.get(town.client.define(town.job("other")));
    String newer = "{\"v\":9,\"minReader\":9,\"name\":\"bill\"}";
    town.write(Layout.job("bill"), newer);

    assertThat(town.get(town.client.job("bill")))
        .isInstanceOfSatisfying(JobView.Unreadable.class, job -> {
          assertThat(job.newer()).isTrue();
          assertThat(job.mistake()).contains("format 9");
        });
    assertThat(reason(town.failure(town.client.define(town.job("bill")))))
        .isEqualTo(Reason.NEWER_FORMAT);
    assertThat(
            town.get(town.ledger.read(Layout.job("bill"))).orElseThrow().data().text())
        .isEqualTo(newer);
  }

  @Test
  void aDamagedDefinitionHidesNoOther() {
    town.get(town.client.define(town.job("a")));
    town.get(town.client.define(town.job("z")));
    town.write(Layout.job("m"), "{\"v\":1,\"na");

    List<JobView> jobs = town.get(town.client.jobs());

    assertThat(jobs).extracting(JobView::name).containsExactly("a", "m", "z");
    assertThat(jobs.get(1)).isInstanceOf(JobView.Unreadable.class);
    assertThat(town.get(town.client.jobs("a", 1))).extracting(JobView::name).containsExactly("m");
    assertThat(town.get(town.client.define(town.job("m"))).changed()).isTrue();
    assertThat(read("m").job()).isEqualTo(town.job("m"));
  }

  @Test
  void whatIsNotCarriedOutIsRefused() {
    Job after = town.job("bill").toBuilder().trigger(Trigger.afterJobs("other")).build();
    Throwable refusal = town.failure(town.client.define(after));
    assertThat(reason(refusal)).isEqualTo(Reason.NOT_CARRIED_OUT);
    Job unknown = town.job("bill").toBuilder()
        .trigger(Trigger.every(Duration.ofHours(1)).except("holidays"))
        .build();
    assertThat(town.failure(town.client.define(unknown))).hasMessageContaining("'holidays'");
    Job lost = town.job("bill").toBuilder().routing(Routing.named("my-own")).build();
    assertThat(town.failure(town.client.define(lost)))
        .hasMessageContaining("'my-own'")
        .hasMessageContaining("round-robin");
    assertThat(town.get(town.client.jobs())).isEmpty();
  }

  @Test
  void jobsThatWouldStartEachOtherForEverAreRefused() {
    town.get(town.client.define(town.job("first")));
    Job b = town.job("b").toBuilder().trigger(Trigger.afterJobs("a")).build();
    town.write(Layout.job("b"), JobDocument.of(b).toJson());

    assertThat(town.failure(town.client.define(
            town.job("a").toBuilder().trigger(Trigger.afterJobs("b", "first")).build())))
        .hasMessageContaining("a after b after a");
    assertThat(Cycle.of("a", Map.of("a", Set.of("b", "c"), "c", Set.of("d"), "b", Set.of())))
        .isEmpty();
  }

  @Test
  void aJobWithAnUnknownCalendarStopsNobodyElse() {
    town.get(town.client.define(town.job("bill")));
    Job unknown = town.job("odd").toBuilder()
        .trigger(Trigger.every(Duration.ofHours(1)).except("holidays"))
        .build();
    town.write(Layout.job("odd"), JobDocument.of(unknown).toJson());

    town.coordinated().staffed();

    assertThat(town.get(town.client.start("bill"))).startsWith("bill.");
    assertThat(town.failure(town.client.start("odd"))).hasMessageContaining("no job 'odd'");
  }
}
