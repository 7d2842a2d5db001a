package io.shardkeeper.handlers.command;

import io.shardkeeper.handler.Cancellation;
import java.io.IOException;
import java.time.Duration;

/** From where a script is fetched. Threads share it. Whatever it returns is compared with a checksum before anything is done with it. */
@FunctionalInterface
public interface ScriptSource {
  /**
   * The bytes of a script.
   *
   * @param url an http or https URL of an origin that the file of the instance allows; where that leads is for the source to check
   * @param most bytes that it may have; a longer one is to be refused, and not cut
   * @param timeout how long it may take
   * @param cancellation tells when nobody waits for it any longer
   * @throws IOException if it does not come
   */
  byte[] fetch(String url, long most, Duration timeout, Cancellation cancellation)
      throws IOException, InterruptedException;
}
