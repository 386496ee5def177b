package io.vic4j.testkit;

/**
 * What a probe or a hook over the network finds in an in-memory VM: {@link #ok}, a {@link #status},
 * nobody, or somebody who never answers. Immutable.
 */
public sealed interface ProbeAnswer {
  /** It goes well: HTTP's 200, a connection, gRPC's {@code SERVING}. */
  record Ok() implements ProbeAnswer {}

  /**
   * There is a server, and it says this.
   *
   * @param code the status of an HTTP answer: 100 to 599. 200 to 399 is well; a gRPC service is
   *     {@code NOT_SERVING} with others, a connection is made whatever it is
   */
  record Status(int code) implements ProbeAnswer {
    /** Checks that it is a status. */
    public Status {
      if (code < 100 || code > 599) {
        throw new IllegalArgumentException("HTTP has no status " + code);
      }
    }
  }

  /** Nobody listens at the port. */
  record Refused() implements ProbeAnswer {}

  /** Nothing comes, until the timeout; to a hook, nothing ever. */
  record Hangs() implements ProbeAnswer {}

  /** It goes well. */
  static ProbeAnswer ok() {
    return new Ok();
  }

  /** There is a server, and it says this. */
  static ProbeAnswer status(int code) {
    return new Status(code);
  }

  /** Nobody listens at the port. */
  static ProbeAnswer refused() {
    return new Refused();
  }

  /** Nothing comes. */
  static ProbeAnswer hangs() {
    return new Hangs();
  }
}
