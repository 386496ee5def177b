package io.vic4j.core.vm;

import java.time.Duration;
import java.util.Optional;

/**
 * How a session lives: when it begins, how the guest finds out how it is, what the guest does when
 * it has begun and before it is to end. As the containers of a Kubernetes pod.
 *
 * <p>A session is <em>up</em> once its process has begun, its {@code postStart} is done and its
 * startup probe, if it has one, has gone well; before that, no other probe is done. It is
 * <em>ready</em> while it is up and its readiness probe, if it has one, says so. A startup or
 * liveness probe that fails ends the process: {@code preStop}, the stop signal, and the kill when
 * the grace is over; the restart policy says what comes then. So does a {@code postStart} that
 * fails. A process that is ended so has failed, whatever it exits with: it is begun again unless
 * the policy is never to. Other probes of a process that is to end are done no more. All this the
 * guest does by itself, also while no program watches it.
 *
 * @param role when it runs, in relation to the others
 * @param startup says that it is up; begun once {@code postStart} is done
 * @param readiness says whether it is ready
 * @param liveness says that it must be ended
 * @param postStart done once its process has begun, beside it
 * @param preStop done before it is sent its stop signal, unless it ends by itself; its time counts
 *     against the grace
 * @param grace how long it has to end well when the guest ends it
 */
public record SessionLifecycle(
    SessionRole role,
    Optional<Probe> startup,
    Optional<Probe> readiness,
    Optional<Probe> liveness,
    Optional<GuestAction> postStart,
    Optional<GuestAction> preStop,
    Duration grace) {
  /** A main session, without probes or hooks, that has 30 seconds to end well. */
  public static final SessionLifecycle DEFAULT =
      new SessionLifecycle(
          SessionRole.MAIN,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Duration.ofSeconds(30));

  /**
   * Checks that what there is fits together.
   *
   * @throws InvalidSpecException if not
   */
  public SessionLifecycle {
    check(
        !isRepeated(startup) && !isRepeated(liveness),
        "successThreshold",
        "of a startup or liveness probe it is 1");
    check(
        readiness.flatMap(Probe::grace).isEmpty(),
        "readiness.grace",
        "a readiness probe ends nothing");
    boolean plain =
        startup.isEmpty()
            && readiness.isEmpty()
            && liveness.isEmpty()
            && postStart.isEmpty()
            && preStop.isEmpty();
    check(
        role != SessionRole.INIT || plain,
        "role",
        "a session that prepares has no probes and no hooks");
    check(isTime(grace), "grace", "it is no time to wait");
    check(
        isHook(postStart) && isHook(preStop),
        "hooks",
        "a hook runs a program, sends GET, or waits");
  }

  private static boolean isRepeated(Optional<Probe> probe) {
    return probe.isPresent() && probe.get().successThreshold() != 1;
  }

  private static boolean isHook(Optional<GuestAction> action) {
    GuestAction hook = action.orElse(null);
    return !(hook instanceof GuestAction.TcpConnect) && !(hook instanceof GuestAction.Grpc);
  }

  /** The same, in this role. */
  public SessionLifecycle withRole(SessionRole other) {
    return new SessionLifecycle(other, startup, readiness, liveness, postStart, preStop, grace);
  }

  /** The same, with this startup probe. */
  public SessionLifecycle withStartup(Probe probe) {
    return new SessionLifecycle(
        role, Optional.of(probe), readiness, liveness, postStart, preStop, grace);
  }

  /** The same, with this readiness probe. */
  public SessionLifecycle withReadiness(Probe probe) {
    return new SessionLifecycle(
        role, startup, Optional.of(probe), liveness, postStart, preStop, grace);
  }

  /** The same, with this liveness probe. */
  public SessionLifecycle withLiveness(Probe probe) {
    return new SessionLifecycle(
        role, startup, readiness, Optional.of(probe), postStart, preStop, grace);
  }

  /** The same, with this done once its process has begun. */
  public SessionLifecycle withPostStart(GuestAction hook) {
    return new SessionLifecycle(
        role, startup, readiness, liveness, Optional.of(hook), preStop, grace);
  }

  /** The same, with this done before it is to end. */
  public SessionLifecycle withPreStop(GuestAction hook) {
    return new SessionLifecycle(
        role, startup, readiness, liveness, postStart, Optional.of(hook), grace);
  }

  /** The same, with so long to end well. */
  public SessionLifecycle withGrace(Duration other) {
    return new SessionLifecycle(role, startup, readiness, liveness, postStart, preStop, other);
  }

  static boolean isTime(Duration duration) {
    return !duration.isNegative()
        && duration.toNanosPart() % 1_000_000 == 0
        && duration.compareTo(Duration.ofDays(100_000)) <= 0;
  }

  private static void check(boolean right, String field, String problem) {
    if (!right) {
      throw new InvalidSpecException("lifecycle." + field, problem);
    }
  }
}
