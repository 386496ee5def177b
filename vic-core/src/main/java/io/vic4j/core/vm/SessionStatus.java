package io.vic4j.core.vm;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How one session is.
 *
 * @param name the session's name in its VM
 * @param started when its process began, the last time; empty if it never did
 * @param ended when its process was over; empty if it is not, or if nobody knows
 * @param exit how its process ended; empty while it runs or before it began
 * @param restarts how often the guest has started it again
 * @param message what went wrong, for people: {@code "exec: /bin/nope: no such file"}; else empty
 * @param health what its checks have said of its process, the last time that it ran; empty if it
 *     has none, or never began
 * @param outOfMemory whether the kernel has killed a process of it for want of memory, the last
 *     time that it ran
 * @param up whether it runs and is {@linkplain SessionLifecycle up}
 * @param ready whether it runs and is {@linkplain SessionLifecycle ready}
 * @param trouble what its probes and hooks have last complained of since the VM was powered on, in
 *     the words of a kubelet: {@code "Liveness probe failed: HTTP probe failed with statuscode:
 *     500"}; else empty. It stays when they go well again
 * @param restartDelay how long after its end its process begins again; empty if it does not, or is
 *     not over
 * @param previous how its process ended the time before this one; empty if there was none since the
 *     VM was powered on
 */
public record SessionStatus(
    String name,
    Optional<Instant> started,
    Optional<Instant> ended,
    Optional<ExitStatus> exit,
    int restarts,
    String message,
    Optional<Health> health,
    boolean outOfMemory,
    boolean up,
    boolean ready,
    String trouble,
    Optional<Duration> restartDelay,
    Optional<SessionRun> previous) {
  /** One without checks, probes and hooks, which is up and ready while it runs. */
  public SessionStatus(
      String name,
      Optional<Instant> started,
      Optional<Instant> ended,
      Optional<ExitStatus> exit,
      int restarts,
      String message) {
    this(
        name,
        started,
        ended,
        exit,
        restarts,
        message,
        Optional.empty(),
        false,
        started.isPresent() && exit.isEmpty(),
        started.isPresent() && exit.isEmpty(),
        "",
        Optional.empty(),
        Optional.empty());
  }

  /** A session of which nothing is known yet. */
  public static SessionStatus waiting(String name) {
    return new SessionStatus(name, Optional.empty(), Optional.empty(), Optional.empty(), 0, "");
  }

  /** Whether its process has begun and is not over. */
  public boolean isRunning() {
    return started.isPresent() && exit.isEmpty();
  }

  /** The same, but over in this way, nobody knows when. */
  SessionStatus lost(ExitStatus.Unknown how) {
    return new SessionStatus(
        name,
        started,
        ended,
        Optional.of(how),
        restarts,
        message,
        health,
        outOfMemory,
        false,
        false,
        trouble,
        Optional.empty(),
        previous);
  }
}
