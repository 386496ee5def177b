package io.vic4j.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A bearer token for one repository.
 *
 * @param value what to send; shown by nothing here
 * @param expires when to get another one: a little before it ends
 */
record Token(String value, Instant expires) {
  /** Distribution project, "Token Authentication Specification": expires_in, its default. */
  private static final long DEFAULT_LIFETIME_SECONDS = 60;

  private static final Duration LONGEST_MARGIN = Duration.ofSeconds(10);
  private static final long LONGEST_LIFETIME_SECONDS = Duration.ofDays(30).toSeconds();
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The token in a token server's answer; empty if there is none that could be sent. */
  static Optional<Token> read(byte[] content, Instant now) {
    JsonNode answer;
    try {
      answer = JSON.readTree(content);
    } catch (IOException e) {
      return Optional.empty(); // Not told: the parser's message may quote the token.
    }
    String value = answer.path("token").asText("");
    if (value.isEmpty()) {
      value = answer.path("access_token").asText("");
    }
    // RFC 6750, section 2.1, allows fewer characters; these are safe in a header.
    if (!value.matches("[\\x21-\\x7e]+")) {
      return Optional.empty();
    }
    long seconds = answer.path("expires_in").asLong(0);
    Duration lifetime =
        Duration.ofSeconds(
            seconds <= 0 ? DEFAULT_LIFETIME_SECONDS : Math.min(seconds, LONGEST_LIFETIME_SECONDS));
    Duration tenth = lifetime.dividedBy(10);
    Duration margin = tenth.compareTo(LONGEST_MARGIN) < 0 ? tenth : LONGEST_MARGIN;
    return Optional.of(new Token(value, now.plus(lifetime).minus(margin)));
  }

  boolean isFresh(Instant now) {
    return now.isBefore(expires);
  }

  String header() {
    return "Bearer " + value;
  }

  @Override
  public String toString() {
    return "Token[expires=" + expires + "]";
  }
}
