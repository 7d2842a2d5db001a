package io.shardkeeper.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.job.Job;
import io.shardkeeper.job.Pause;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.view.InstanceView;
import io.shardkeeper.view.JobView;
import io.shardkeeper.view.LogPage;
import io.shardkeeper.view.Revision;
import io.shardkeeper.view.RunProgress;
import io.shardkeeper.view.RunView;
import io.shardkeeper.view.Why;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

final class StatLinesTest {
  private static final Instant NINE = Instant.parse("2027-01-04T09:00:00Z");
  private static final Job BILLING =
      Job.builder("billing").handler("bill").every(Duration.ofMinutes(1)).build();
  private static final JobView KNOWN = new JobView.Known(
      "billing",
      new Revision(71, 3),
      BILLING,
      NINE,
      "anna",
      Pause.NONE,
      List.of(NINE.plusSeconds(60)));
  private static final JobView DAMAGED =
      new JobView.Unreadable("broken", new Revision(72, 0), "is not JSON", false);
  private static final RunView ENDED = new RunView.Ended(
      "billing.1.f.a",
      "billing",
      3,
      NINE,
      NINE,
      NINE.plusSeconds(2),
      Outcome.PARTIAL,
      "shard 1 failed",
      2,
      List.of(
          new RunView.Part(0, "i1", 1, Outcome.SUCCEEDED, NINE, NINE, "", ""),
          new RunView.Part(1, "", 2, Outcome.FAILED, NINE, NINE, "no", "")),
      Map.of(),
      Origin.NONE,
      List.of(new RunView.Overrun(1, 1, "i2", NINE, NINE.plusSeconds(3))));
  private static final RunView OPEN = new RunView.Open(
      "billing.1.f.b",
      "billing",
      NINE.plusSeconds(60),
      RunView.State.WAITING,
      List.of("i1", "i2"),
      "it is not its turn");

  private final Canned client = new Canned();

  /** A client that knows its answers by heart. */
  private static final class Canned implements JobClient {
    private String asked = "";
    private JobView job = KNOWN;
    private LogPage page = new LogPage("billing.1.f.a", 1, 2, "i1", 0, "one\ntwo\n", 8, 8, true);
    private List<RunView> runs = List.of(OPEN, ENDED);

    @Override
    public CompletionStage<Defined> define(Job job) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Defined> update(
        String name, Revision expected, UnaryOperator<Job> change) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Boolean> delete(String name) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<RunResult> await(String runId, Consumer<RunProgress> progress) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<RunProgress> progress(String runId) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<LogPage> log(LogRequest request) {
      asked = "log " + request;
      return CompletableFuture.completedStage(page);
    }

    @Override
    public CompletionStage<String> stack(String runId, int shard) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Boolean> pause(String job, String note, Instant until) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Boolean> resume(String job) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Boolean> drain(String instance) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<String> trigger(RunRequest request) {
      asked = "trigger " + request.job() + " " + request.parameters();
      return CompletableFuture.completedStage("billing.1.r.c");
    }

    @Override
    public CompletionStage<String> rerun(Rerun what) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<List<Submitted>> submit(List<RunRequest> requests) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<RunResult> await(String runId) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Boolean> kill(String runId) {
      asked = "kill " + runId;
      return CompletableFuture.completedStage(true);
    }

    @Override
    public CompletionStage<List<JobView>> jobs() {
      return CompletableFuture.completedStage(List.of(KNOWN, DAMAGED));
    }

    @Override
    public CompletionStage<List<JobView>> jobs(String behind, int most) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<JobView> job(String name) {
      return CompletableFuture.completedStage(name.equals("broken") ? DAMAGED : job);
    }

    @Override
    public CompletionStage<List<InstanceView>> instances() {
      var handlers = new TreeMap<>(Map.of("bill", "writes bills"));
      return CompletableFuture.completedStage(List.of(
          new InstanceView("i1", "one", "h1", handlers, new TreeMap<>(), 4, "1", false, ""),
          new InstanceView(
              "i2", "two", "h2", handlers, new TreeMap<>(), 8, "1", true, "is not JSON")));
    }

    @Override
    public CompletionStage<List<RunView>> runs(String job, int most) {
      asked = "runs " + job + " " + most;
      return CompletableFuture.completedStage(runs);
    }

    @Override
    public CompletionStage<RunView> run(String runId) {
      return CompletableFuture.completedStage(runId.endsWith("a") ? ENDED : OPEN);
    }

    @Override
    public CompletionStage<Why> why(String job, Instant at) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      throw new UnsupportedOperationException();
    }
  }

  private List<String> stat(Stat kind, Map<String, String> parameters) {
    return client.stat(kind, parameters).toCompletableFuture().join();
  }

  @Test
  void jobsAreTold() {
    assertThat(stat(Stat.JOB, Map.of()))
        .containsExactly(
            "billing revision 1z-3 handler bill by anna",
            "broken revision 20-0 cannot be read: is not JSON");
    assertThat(stat(Stat.JOB, Map.of("job", "billing")))
        .containsExactly(
            "billing revision 1z-3 handler bill by anna", "  fires at 2027-01-04T09:01:00Z");
    assertThat(stat(Stat.JOB, Map.of("job", "broken"))).hasSize(1);
  }

  @Test
  void whatIsNotKnownOfAJobTakesNoRoom() {
    client.job =
        new JobView.Known("billing", new Revision(71, 4), BILLING, NINE, "", Pause.NONE, List.of());
    assertThat(stat(Stat.JOB, Map.of("job", "billing")))
        .containsExactly("billing revision 1z-4 handler bill");
  }

  @Test
  void whatIsNotKnownOfARunTakesNoRoom() {
    client.runs = List.of(
        new RunView.Open(
            "billing.1.f.c", "billing", NINE, RunView.State.RUNNING, List.of("i1"), ""),
        new RunView.Open("billing.1.f.d", "billing", NINE, RunView.State.WAITING, List.of(), ""),
        new RunView.Ended(
            "billing.1.f.e",
            "billing",
            3,
            NINE,
            NINE,
            NINE,
            Outcome.SUCCEEDED,
            "",
            1,
            List.of(),
            Map.of(),
            Origin.NONE,
            List.of()));
    assertThat(stat(Stat.RUN, Map.of("job", "billing")))
        .containsExactly(
            "billing.1.f.c of 2027-01-04T09:00:00Z is RUNNING on i1",
            "billing.1.f.d of 2027-01-04T09:00:00Z is WAITING",
            "billing.1.f.e of 2027-01-04T09:00:00Z ended SUCCEEDED at 2027-01-04T09:00:00Z");
  }

  @Test
  void anEmptyParameterIsNone() {
    assertThat(stat(Stat.JOB, Map.of("job", ""))).hasSize(2);
    assertThat(stat(Stat.INSTANCE, Map.of("instance", ""))).hasSize(2);
    assertThat(stat(Stat.HANDLERS, Map.of("handler", ""))).hasSize(1);
    stat(Stat.RUN, Map.of("run", "", "job", "billing", "most", ""));
    assertThat(client.asked).isEqualTo("runs billing 20");
    refused(Stat.RUN, Map.of("run", "", "job", ""), "name a run or a job");
  }

  @Test
  void aRunIsToldByItselfEvenIfItsJobIsNamed() {
    assertThat(stat(Stat.RUN, Map.of("run", "billing.1.f.a", "job", "billing"))).hasSize(4);
    assertThat(client.asked).as("no list").isEmpty();
  }

  @Test
  void runsAreTold() {
    assertThat(stat(Stat.RUN, Map.of("job", "billing", "most", "7")))
        .containsExactly(
            "billing.1.f.b of 2027-01-04T09:01:00Z is WAITING on i1, i2: it is not its turn",
            "billing.1.f.a of 2027-01-04T09:00:00Z ended PARTIAL at 2027-01-04T09:00:02Z: shard 1 failed");
    assertThat(client.asked).isEqualTo("runs billing 7");
    stat(Stat.RUN, Map.of("job", "billing"));
    assertThat(client.asked).isEqualTo("runs billing 20");
    assertThat(stat(Stat.RUN, Map.of("run", "billing.1.f.a")))
        .hasSize(4)
        .contains(
            "  shard 0 on i1, attempt 1: SUCCEEDED",
            "  shard 1, attempt 2: FAILED",
            "  attempt 1 of shard 1 went on until 2027-01-04T09:00:03Z on i2,"
                + " PT3S after the lease of that had ended");
    assertThat(stat(Stat.RUN, Map.of("run", "billing.1.f.b"))).hasSize(1);
  }

  @Test
  void instancesAndHandlersAreTold() {
    assertThat(stat(Stat.INSTANCE, Map.of()))
        .containsExactly(
            "i1 (one) on h1, 4 slots",
            "i2 (two) on h2, 8 slots, leaving, cannot be read: is not JSON");
    assertThat(stat(Stat.INSTANCE, Map.of("instance", "two"))).hasSize(1);
    assertThat(stat(Stat.INSTANCE, Map.of("instance", "i1"))).hasSize(1);
    assertThat(stat(Stat.INSTANCE, Map.of("instance", "three"))).isEmpty();
    assertThat(stat(Stat.HANDLERS, Map.of())).containsExactly("bill on one, two: writes bills");
    assertThat(stat(Stat.HANDLERS, Map.of("handler", "bill"))).hasSize(1);
    assertThatThrownBy(() -> stat(Stat.HANDLERS, Map.of("handler", "pay")))
        .isInstanceOf(CompletionException.class)
        .hasMessageContaining("offers the handler 'pay'; offered are [bill]")
        .cause()
        .isInstanceOfSatisfying(
            JobClientException.class,
            e -> assertThat(e.reason()).isEqualTo(JobClientException.Reason.NO_SUCH_HANDLER));
  }

  @Test
  void logsAreTheEndOfWhatAShardHasLogged() {
    assertThat(stat(Stat.LOG, Map.of("run", "billing.1.f.a", "shard", "1")))
        .containsExactly("one", "two");
    assertThat(client.asked).contains("shard=1").contains("offset=-" + LogRequest.PAGE);
  }

  @Test
  void whatCannotBeAskedIsRefused() {
    refused(Stat.JOB, Map.of("run", "x"), "JOB does not know the parameter 'run'; it knows [job]");
    refused(Stat.RUN, Map.of("id", "x"), "the parameter 'id'; it knows [job, most, run]");
    refused(Stat.LOG, Map.of("most", "1"), "the parameter 'most'; it knows [run, shard]");
    refused(Stat.LOG, Map.of("shard", "1"), "name a run, and perhaps a shard by its number");
    refused(Stat.LOG, Map.of("run", "a", "shard", "x"), "shard 'x'; name a run");
    refused(Stat.INSTANCE, Map.of("name", "x"), "the parameter 'name'; it knows [instance]");
    refused(Stat.HANDLERS, Map.of("job", "x"), "the parameter 'job'; it knows [handler]");
    refused(Stat.JOB, Map.of("z", "", "job", "billing", "y", ""), "the parameter 'y'");
    refused(Stat.JOB, Map.of("a\nb", ""), "the parameter 'a\\u000ab'");
    refused(Stat.RUN, Map.of(), "name a run or a job");
    for (String most : List.of("none", "0", "-1", "07", "10000", "1.5", " ")) {
      refused(
          Stat.RUN,
          Map.of("job", "billing", "most", most),
          "is asked for '" + most + "' runs; that is a number from 1 to 1000");
    }
    assertThat(client.asked).as("nothing is asked then").isEmpty();
  }

  private void refused(Stat kind, Map<String, String> parameters, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.stat(kind, parameters))
        .withMessageContaining(why);
  }

  @Test
  void startAndStopAreTriggerAndKill() {
    client.start("billing");
    assertThat(client.asked).isEqualTo("trigger billing {}");
    client.start("invoices", RunRequest.of("billing").parameter("year", "2026"));
    assertThat(client.asked).isEqualTo("trigger invoices {year=2026}");
    assertThat(client.stop("billing.1.r.c").toCompletableFuture().join()).isTrue();
    assertThat(client.asked).isEqualTo("kill billing.1.r.c");
  }
}
