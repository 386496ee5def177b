package io.vic4j.testkit;

import io.vic4j.core.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What an {@link EmbeddedRegistry} does wrong with one request. {@link RegistryFaults} says with
 * which.
 */
public sealed interface RegistryFault {
  /** Answers with this status instead. */
  static Status status(int code) {
    return new Status(code, Map.of(), "");
  }

  /** Leads to another address instead. */
  static Status redirect(String location) {
    return status(307).header("Location", location);
  }

  /** Ends the connection without an answer. */
  static RegistryFault hangUp() {
    return new Broken(OptionalLong.empty(), false);
  }

  /** Begins the right answer, and ends the connection after so many bytes of its body. */
  static RegistryFault dropAfter(long bytes) {
    return new Broken(OptionalLong.of(bytes), false);
  }

  /** Begins the right answer, and sends nothing more after so many bytes of its body. */
  static RegistryFault stallAfter(long bytes) {
    return new Broken(OptionalLong.of(bytes), true);
  }

  /** Answers with one bit wrong, in the byte at this place. */
  static RegistryFault corruptAt(int position) {
    return new Changed(
        body -> {
          byte[] changed = body.clone();
          changed[position] ^= 1;
          return changed;
        },
        true,
        Map.of());
  }

  /** Answers with the first bytes only, and says that this is all. */
  static RegistryFault truncatedTo(int bytes) {
    return new Changed(body -> Arrays.copyOf(body, bytes), true, Map.of());
  }

  /** Answers with the first bytes only, and does not say how many come. */
  static RegistryFault truncatedUnsaid(int bytes) {
    return new Changed(body -> Arrays.copyOf(body, bytes), false, Map.of());
  }

  /** Answers with so many zeros more than there should be, and does not say how many come. */
  static RegistryFault paddedUnsaid(int bytes) {
    return new Changed(body -> Arrays.copyOf(body, body.length + bytes), false, Map.of());
  }

  /** Answers right, but with another Docker-Content-Digest. */
  static RegistryFault promising(Digest digest) {
    return new Changed(body -> body, true, Map.of("Docker-Content-Digest", digest.toString()));
  }

  /** Answers right, but with another Content-Range. */
  static RegistryFault contentRange(String value) {
    return new Changed(body -> body, true, Map.of("Content-Range", value));
  }

  /** Answers with everything, as if no Range had been asked for. */
  static RegistryFault ignoringRange() {
    return new WholeAnswer();
  }

  /**
   * Answers with a status.
   *
   * @param code the status
   * @param headers what else it says
   * @param body the text of its body
   */
  record Status(int code, Map<String, String> headers, String body) implements RegistryFault {
    /** Takes a copy. */
    public Status {
      headers = Map.copyOf(headers);
    }

    /** With one more header. */
    public Status header(String name, String value) {
      Map<String, String> more = new LinkedHashMap<>(headers);
      more.put(name, value);
      return new Status(code, more, body);
    }

    /** With a Retry-After in seconds. */
    public Status retryAfterSeconds(int seconds) {
      return header("Retry-After", Integer.toString(seconds));
    }

    /** With this text as its body. */
    public Status saying(String text) {
      return new Status(code, headers, text);
    }

    byte[] bodyBytes() {
      return body.getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * Answers, but not to the end.
   *
   * @param afterBytes how much of the body is sent; empty for not even a status
   * @param stalling whether the connection stays open
   */
  record Broken(OptionalLong afterBytes, boolean stalling) implements RegistryFault {}

  /**
   * Answers with another body or header.
   *
   * @param change what becomes of the body
   * @param lengthSaid whether there is a Content-Length, which is that of the changed body
   * @param headers what is said otherwise
   */
  record Changed(Change change, boolean lengthSaid, Map<String, String> headers)
      implements RegistryFault {
    /** Takes a copy. */
    public Changed {
      headers = Map.copyOf(headers);
    }
  }

  /** What becomes of a body. */
  @FunctionalInterface
  interface Change {
    /** The bytes that are sent instead of these. */
    byte[] of(byte[] body);
  }

  /** Answers with everything. */
  record WholeAnswer() implements RegistryFault {}
}
