package io.shardkeeper.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.job.Job;
import io.shardkeeper.job.Pause;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.view.InstanceView;
import io.shardkeeper.view.JobView;
import io.shardkeeper.view.Revision;
import io.shardkeeper.view.RunView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a client tells is a picture of one moment: nothing that happens later is seen in it. */
final class ViewsTest {
  private static final Instant NINE = Instant.parse("2027-01-04T09:00:00Z");

  @Test
  void theFiresOfAJobAreThoseOfThen() {
    Job job =
        Job.builder("billing").handler("bill").every(Duration.ofMinutes(1)).build();
    var fires = new ArrayList<>(List.of(NINE));
    var view =
        new JobView.Known("billing", new Revision(1, 0), job, NINE, "anna", Pause.NONE, fires);
    fires.clear();

    assertThat(view.nextFires()).containsExactly(NINE);
    assertThatThrownBy(() -> view.nextFires().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void theInstancesOfARunAreThoseOfThen() {
    var instances = new ArrayList<>(List.of("i1"));
    var view =
        new RunView.Open("billing.1.f.a", "billing", NINE, RunView.State.RUNNING, instances, "");
    instances.clear();

    assertThat(view.instances()).containsExactly("i1");
    assertThatThrownBy(() -> view.instances().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void thePartsOfARunAreThoseOfThen() {
    var part = new RunView.Part(0, "i1", 1, Outcome.SUCCEEDED, NINE, NINE, "", "");
    var parts = new ArrayList<>(List.of(part));
    var overrun = new RunView.Overrun(0, 1, "i1", NINE, NINE.plusMillis(3_100));
    var overruns = new ArrayList<>(List.of(overrun));
    var view = new RunView.Ended(
        "billing.1.f.a",
        "billing",
        1,
        NINE,
        NINE,
        NINE,
        Outcome.SUCCEEDED,
        "",
        1,
        parts,
        Map.of(),
        Origin.NONE,
        overruns);
    parts.clear();
    overruns.clear();

    assertThat(view.parts()).containsExactly(part);
    assertThat(view.overruns()).containsExactly(overrun);
    assertThat(overrun.length()).isEqualTo(Duration.ofMillis(3_100));
    assertThatThrownBy(() -> view.parts().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void theHandlersAndLabelsOfAnInstanceAreThoseOfThen() {
    var handlers = new TreeMap<>(Map.of("bill", "writes bills"));
    var labels = new TreeMap<>(Map.of("zone", "a"));
    var view = new InstanceView("i1", "one", "h1", handlers, labels, 4, "1", false, "");
    handlers.clear();
    labels.clear();

    assertThat(view.handlers()).isEqualTo(Map.of("bill", "writes bills"));
    assertThat(view.labels()).isEqualTo(Map.of("zone", "a"));
    assertThatThrownBy(() -> view.handlers().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> view.labels().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
