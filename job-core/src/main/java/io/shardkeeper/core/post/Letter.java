package io.shardkeeper.core.post;

import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Command.Request;
import java.time.Instant;
import java.util.List;

/** What is asked in one command, and who is told what becomes of that. Lives on the loop. */
sealed interface Letter permits Requests.Bundle, Ends.Wait {
  /** What is asked, by the time at which it is sent. */
  List<Request> requests(Instant now);

  /** How many answers there will be. */
  int size();

  /** The answers have come, one to each request. */
  void answered(List<Box.Answer> answers);

  /** There will be none. */
  void failed(Throwable why);

  /** Its box is gone: what may be asked again is asked before everything else that waits. */
  void lost();

  /**
   * It went from its box, and its answer stands there no more.
   *
   * @param name what the command is called in the log
   */
  void unanswered(String name);
}
