package io.vic4j.testkit;

import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.Signal;
import io.vic4j.pod.ContainerState;
import io.vic4j.pod.ContainerStatus;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What is to be so of a container of a pod, now or {@linkplain PodAssert#within within} the time
 * that was said of the pod. For use by one thread.
 */
public final class ContainerAssert {
  private final PodAssert pod;
  private final String name;

  ContainerAssert(PodAssert pod, String name) {
    this.pod = pod;
    this.name = name;
  }

  /** Its process runs. */
  public ContainerAssert isRunning() {
    return check("running", it -> it.state().isRunning());
  }

  /** It is ready, as its probe says; an init container is ready once it is done. */
  public ContainerAssert isReady() {
    return check("ready", ContainerStatus::ready);
  }

  /** It is not ready. */
  public ContainerAssert isNotReady() {
    return check("not ready", it -> !it.ready());
  }

  /** It waits, for this reason: {@code CrashLoopBackOff}, {@code PodInitializing}. */
  public ContainerAssert isWaitingFor(String reason) {
    return check(
        "waiting for " + reason,
        it ->
            it.state() instanceof ContainerState.Waiting waiting
                && waiting.reason().equals(reason));
  }

  /** Its last process that is over ended for this reason: {@code OOMKilled}, {@code Error}. */
  public ContainerAssert endedFor(String reason) {
    return check(
        "last ended for " + reason,
        it -> lastEnd(it).filter(end -> end.reason().equals(reason)).isPresent());
  }

  /** Its last process that is over exited with this code. */
  public ContainerAssert exitedWith(int code) {
    return ended(ExitStatus.exited(code));
  }

  /** Its last process that is over was killed by this signal. */
  public ContainerAssert wasKilledBy(Signal signal) {
    return ended(ExitStatus.signalled(signal));
  }

  private ContainerAssert ended(ExitStatus exit) {
    return check(
        "one that " + exit, it -> lastEnd(it).filter(end -> end.exit().equals(exit)).isPresent());
  }

  private static Optional<ContainerState.Terminated> lastEnd(ContainerStatus container) {
    return container.state() instanceof ContainerState.Terminated end
        ? Optional.of(end)
        : container.lastTermination();
  }

  /** It was started again as often as this. */
  public ContainerAssert restarted(int times) {
    return check("restarted " + times + " times", it -> it.restarts() == times);
  }

  /** It has printed this, over all its starts, among other things. */
  public ContainerAssert hasPrinted(String part) {
    PodAssert unused =
        pod.checkPod(
            "to have a container " + name + " that has printed '" + part + "'",
            it -> it.find().isPresent() && it.log(name).contains(part),
            () -> "it has not");
    return this;
  }

  /** The pod, for more to be said of it. */
  public PodAssert and() {
    return pod;
  }

  private ContainerAssert check(String what, Predicate<ContainerStatus> condition) {
    PodAssert unused =
        pod.check(
            "to have container " + name + " " + what,
            status -> condition.test(status.container(name)));
    return this;
  }
}
