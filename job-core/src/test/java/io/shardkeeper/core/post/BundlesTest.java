package io.shardkeeper.core.post;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Command;
import io.shardkeeper.core.mail.Command.Request;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Requests in line, in a command, and back again. */
final class BundlesTest {
  private static final Instant NOW = Instant.parse("2027-01-04T09:00:00Z");

  private int told;
  private final Requests requests = new Requests("ann", () -> told++);

  private CompletionStage<Box.Answer> start(String job) {
    return requests.start(RunRequest.of(job).key("key-of-" + job));
  }

  private static List<String> jobs(Letter letter) {
    return letter.requests(NOW).stream()
        .map(request -> ((Request.Start) request).job())
        .toList();
  }

  private static Box.Answer accepted(String run) {
    return Box.Answer.of(Box.Answer.Kind.ACCEPTED, run, "");
  }

  private static Reason reason(CompletionStage<?> answer) {
    Throwable failure = answer.handle((value, why) -> why).toCompletableFuture().join();
    return ((JobClientException) Asking.told(failure)).reason();
  }

  @Test
  void asManyGoTogetherAsFit() {
    for (int i = 0; i < 3; i++) {
      requests.start(RunRequest.of("job-" + i).parameter("big", "x".repeat(50_000)));
    }

    assertThat(jobs(requests.take())).containsExactly("job-0", "job-1");
    assertThat(jobs(requests.take())).containsExactly("job-2");
  }

  @Test
  void theOrderIsKeptAndNoCommandIsTooLarge() {
    List<String> all = IntStream.range(0, 2_000).mapToObj(i -> "job-" + i).toList();
    all.forEach(this::start);

    List<String> taken = new ArrayList<>();
    while (!requests.isEmpty()) {
      Letter letter = requests.take();
      taken.addAll(jobs(letter));
      assertThat(new Command("ann", letter.requests(NOW)).bytes().length())
          .isLessThanOrEqualTo(Command.MOST_BYTES);
    }

    assertThat(taken).isEqualTo(all);
    assertThat(told).isEqualTo(2_000);
  }

  @Test
  void eachIsToldItsOwnAnswer() {
    var bill = start("bill");
    var mail = start("mail");

    requests.take().answered(List.of(accepted("run of bill"), accepted("run of mail")));

    assertThat(bill).isCompletedWithValue(accepted("run of bill"));
    assertThat(mail).isCompletedWithValue(accepted("run of mail"));
  }

  @Test
  void anInstantBecomesAWaitWhenItIsSent() {
    requests.start(RunRequest.of("bill").at(NOW.plusSeconds(5)));
    Letter letter = requests.take();

    assertThat(((Request.Start) letter.requests(NOW).get(0)).after())
        .isEqualTo(Duration.ofSeconds(5));
    assertThat(((Request.Start) letter.requests(NOW.plusSeconds(4)).get(0)).after())
        .isEqualTo(Duration.ofSeconds(1));
    assertThat(((Request.Start) letter.requests(NOW.plusSeconds(6)).get(0)).after())
        .isZero();
  }

  @Test
  void whatIsLostWithTheBoxIsAskedFirstIfItDoesNoHarm() {
    var bill = start("bill");
    var twice = requests.start(RunRequest.of("twice"));
    var mail = start("mail");
    Letter lost = requests.take();
    start("later");

    lost.lost();

    assertThat(reason(twice)).isEqualTo(Reason.IN_DOUBT);
    assertThat(jobs(requests.take())).containsExactly("bill", "mail", "later");
    assertThat(bill).isNotDone();
    assertThat(mail).isNotDone();
  }

  @Test
  void whatIsGoneWithoutAnAnswerIsInDoubt() {
    var drain = requests.drain("one");
    var kill = requests.kill(RunId.parse("bill.7.f.lx3k9qd4"));
    Letter letter = requests.take();
    assertThat(letter.requests(NOW))
        .hasExactlyElementsOfTypes(Request.Drain.class, Request.Kill.class);

    letter.unanswered("Command 1 of client c");

    assertThat(List.of(reason(drain), reason(kill))).containsOnly(Reason.IN_DOUBT);
    assertThat(requests.isEmpty()).isTrue();
  }

  @Test
  void theLineIsBounded() {
    List<CompletionStage<Box.Answer>> all = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      all.add(start("job-" + i));
    }
    assertThat(reason(start("one-more"))).isEqualTo(Reason.BUSY);
    assertThat(told).isEqualTo(10_000);

    Letter taken = requests.take();
    assertThat(start("now")).isNotDone();
    requests.failAll(new JobClientException(Reason.UNAVAILABLE, "no box"));

    assertThat(requests.isEmpty()).isTrue();
    assertThat(reason(all.get(5_000))).isEqualTo(Reason.UNAVAILABLE);
    assertThat(all.get(0)).isNotDone();
    taken.failed(new JobClientException(Reason.UNAVAILABLE, "no box"));
    assertThat(reason(all.get(0))).isEqualTo(Reason.UNAVAILABLE);
  }
}
