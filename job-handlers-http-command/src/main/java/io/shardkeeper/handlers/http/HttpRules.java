package io.shardkeeper.handlers.http;

import io.shardkeeper.config.Amount;
import io.shardkeeper.core.json.Fields;
import java.time.Duration;
import java.util.Map;

/**
 * What an instance lets jobs call, and how much of it. Immutable.
 *
 * <pre>
 *   {
 *     "allow": ["https://api.example.com", "https://*.shop.example.com"],
 *     "networks": ["10.1.0.0/16"],
 *     "credentials": {
 *       "billing": {"header": "Authorization", "prefix": "Bearer ", "file": "/etc/billing/token", "for": ["https://api.example.com"]}
 *     },
 *     "connect-timeout": "5s", "timeout": "30s", "response": "1MB", "redirects": 0, "trust": "/etc/shardkeeper/ca.pem"
 *   }
 * </pre>
 *
 * @param origins where calls may go
 * @param credentials by their names
 * @param connectTimeout how long it may take until there is a connection, TLS included
 * @param timeout how long a call may take from its beginning to the last byte
 * @param response bytes of an answer's body
 * @param redirects how many are followed
 */
public record HttpRules(
    Origins origins,
    Map<String, Credential> credentials,
    Duration connectTimeout,
    Duration timeout,
    long response,
    int redirects) {
  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofHours(24);
  private static final long RESPONSE = 1L << 20;
  private static final long LARGEST = 64L << 20;
  private static final int MOST_REDIRECTS = 3;

  /** Checks each. */
  public HttpRules {
    checkTime(connectTimeout);
    checkTime(timeout);
    checkResponse(response);
    checkRedirects(redirects);
    credentials = Map.copyOf(credentials);
  }

  private static Duration checkTime(Duration found) {
    if (found.compareTo(SHORTEST) < 0 || found.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(found + " is out of range; it runs from 1ms to 24h");
    }
    return found;
  }

  private static long checkResponse(long found) {
    if (found < 1 || found > LARGEST) {
      throw new IllegalArgumentException(
          found
              + " bytes are out of range; it runs from 1 byte to 64MB, which each call may hold in memory");
    }
    return found;
  }

  private static int checkRedirects(int found) {
    if (found < 0 || found > MOST_REDIRECTS) {
      throw new IllegalArgumentException(
          found + " are out of range; 0 to " + MOST_REDIRECTS + " are followed");
    }
    return found;
  }

  /** Reads them; whatever is wrong with them is reported. */
  public static HttpRules read(Fields fields) {
    Origins origins = Origins.read(fields);
    Map<String, Credential> credentials =
        fields.each("credentials", (name, one) -> Credential.read(name, one, origins));
    long size = fields.parsed("response", Amount.SIZE, Amount::size, RESPONSE);
    int redirects = fields.number("redirects", 0);
    return new HttpRules(
        origins,
        credentials,
        time(fields, "connect-timeout", Duration.ofSeconds(5)),
        time(fields, "timeout", Duration.ofSeconds(30)),
        fields.attempt("response", () -> checkResponse(size), RESPONSE),
        fields.attempt("redirects", () -> checkRedirects(redirects), 0));
  }

  private static Duration time(Fields fields, String name, Duration otherwise) {
    Duration found = fields.parsed(name, Amount.DURATION, Amount::duration, otherwise);
    return fields.attempt(name, () -> checkTime(found), otherwise);
  }
}
