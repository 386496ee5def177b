package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ContainerVmStatus;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestAction;
import io.vic4j.core.vm.LogReader;
import io.vic4j.core.vm.Probe;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionLifecycle;
import io.vic4j.core.vm.SessionResources;
import io.vic4j.core.vm.SessionRole;
import io.vic4j.core.vm.SessionRun;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.SessionStatus;
import io.vic4j.core.vm.Signal;
import io.vic4j.testkit.Script;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * What a guest must do with the sessions of a pod: roles, probes, hooks, restarts, the deadline.
 * Extend it, and say how to make VMs and how their time passes; or extend {@link
 * ScriptedPodGuestContract}.
 */
public abstract class PodGuestContract {
  /** How long things may take. */
  private static final Duration LONG = Duration.ofMinutes(2);

  /** How long it may take until what begins at once has begun. */
  private static final Duration AT_ONCE = Duration.ofSeconds(5);

  private static final Duration STEP = Duration.ofMillis(250);
  private static final Duration PERIOD = Duration.ofMillis(500);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);

  static final Script SERVING =
      Script.prints("serving\n")
          .runsForever()
          .onSignal(Signal.TERM, Script.after(Duration.ofMillis(500)).exits(0));
  static final String SERVING_SHELL =
      "trap 'sleep 0.5; exit 0' TERM; echo serving; while :; do sleep 0.05; done";

  private static final Program SERVES = Program.of("serves", SERVING, SERVING_SHELL);
  private static final Program STUBBORN =
      Program.of(
          "stubborn",
          Script.prints("serving\n").runsForever().ignores(Signal.TERM),
          "trap '' TERM; echo serving; while :; do sleep 0.05; done");
  private static final Program QUICK =
      Program.of("quick", Script.after(SECOND).exits(0), "sleep 1");
  private static final Program SLOW =
      Program.of("slow", Script.after(Duration.ofSeconds(3)).exits(0), "sleep 3");
  private static final Program FAILS =
      Program.of("fails", Script.after(Duration.ofMillis(500)).exits(3), "sleep 0.5; exit 3");

  /** For subclasses. */
  protected PodGuestContract() {}

  /**
   * Makes a VM, and does not start it. The subclass removes it after the test.
   *
   * @param vm what it is to be, but for disks and sessions
   * @param sessions what it is to run, in this order, but for their roots
   */
  protected abstract ContainerVm create(
      ContainerVmSpec.Builder vm, List<SessionSpec.Builder> sessions) throws Exception;

  /** What runs a program. */
  protected abstract List<String> argv(Program program);

  /** Lets so much time pass for guests. */
  protected abstract void pass(Duration duration) throws Exception;

  /** What time it is for guests. */
  protected abstract Instant now();

  /** One that exits with these codes, one after the other, and complains where it is not 0. */
  private static Program exiting(String name, Integer... codes) {
    List<Script> runs = new ArrayList<>();
    for (int code : codes) {
      runs.add(code == 0 ? Script.exits(0) : Script.prints("sick").exits(code));
    }
    String all = Arrays.stream(codes).map(String::valueOf).collect(Collectors.joining(" "));
    return new Program(
        name,
        runs,
        Program.counting(name)
            + "set -- "
            + all
            + "; [ $n -lt $# ] || n=$(($# - 1)); shift $n; [ $1 = 0 ] || echo sick; exit $1");
  }

  final SessionSpec.Builder session(String name, Program program) {
    return SessionSpec.builder(name).argv(argv(program));
  }

  private SessionSpec.Builder session(String name, Program program, SessionRole role) {
    return session(name, program).lifecycle(SessionLifecycle.DEFAULT.withRole(role));
  }

  private GuestAction exec(Program program) {
    return new GuestAction.Exec(argv(program));
  }

  private Probe probe(Program program, int failures) {
    return Probe.of(exec(program))
        .withPeriod(PERIOD)
        .withTimeout(SECOND)
        .withThresholds(1, failures);
  }

  final ContainerVm started(SessionSpec.Builder... sessions) throws Exception {
    return started(ContainerVmSpec.builder("pod"), sessions);
  }

  private ContainerVm started(ContainerVmSpec.Builder spec, SessionSpec.Builder... sessions)
      throws Exception {
    ContainerVm vm = create(spec, List.of(sessions));
    vm.start();
    vm.awaitStarted(LONG);
    return vm;
  }

  final SessionStatus await(
      ContainerVm vm, String session, String what, Predicate<SessionStatus> condition)
      throws Exception {
    Duration passed = Duration.ZERO;
    while (true) {
      SessionStatus status = vm.status().session(session);
      if (condition.test(status)) {
        return status;
      }
      assertThat(passed).as("until %s is %s: %s", session, what, status).isLessThan(LONG);
      pass(STEP);
      passed = passed.plus(STEP);
    }
  }

  /** Waits until a session's process heeds signals. */
  private void awaitServing(ContainerVm vm, String session) throws Exception {
    await(
        vm,
        session,
        "serving",
        it -> {
          if (!it.isRunning()) {
            return false;
          }
          try (LogReader reader = vm.logs(session)) {
            return reader.text().contains("serving");
          }
        });
  }

  private static Instant started(ContainerVmStatus status, String session) {
    return status.session(session).started().orElseThrow();
  }

  private static Instant ended(ContainerVmStatus status, String session) {
    return status.session(session).ended().orElseThrow();
  }

  private static boolean isWaiting(SessionStatus status) {
    return status.started().isEmpty() && status.exit().isEmpty() && !status.up();
  }

  @Test
  void sessionsBegin_inTheOrderOfTheirRoles_andOthersWait() throws Exception {
    ContainerVm vm =
        started(
            session("main", SERVES),
            session("first", SERVES, SessionRole.INIT),
            session("helper", SERVES, SessionRole.SIDECAR),
            session("second", QUICK, SessionRole.INIT),
            session("other", SERVES));
    awaitServing(vm, "first");
    ContainerVmStatus early = vm.status();
    assertThat(early.state()).isEqualTo(ContainerVmState.RUNNING);
    assertThat(List.of("main", "helper", "second", "other"))
        .allMatch(name -> isWaiting(early.session(name)));

    vm.signal("first", Signal.TERM);
    await(vm, "main", "up", SessionStatus::up);
    await(vm, "other", "running", SessionStatus::isRunning);
    ContainerVmStatus late = vm.status();
    assertThat(late.session("first").exit()).contains(ExitStatus.exited(0));
    assertThat(late.session("helper").ready()).isTrue();
    assertThat(started(late, "helper")).isAfterOrEqualTo(ended(late, "first"));
    assertThat(started(late, "second")).isAfterOrEqualTo(started(late, "helper"));
    assertThat(started(late, "main")).isAfterOrEqualTo(ended(late, "second"));
  }

  @Test
  void failingInit_thatIsNeverRestarted_endsTheVm() throws Exception {
    ContainerVm vm =
        started(
            session("helper", SERVES, SessionRole.SIDECAR),
            session("init", FAILS, SessionRole.INIT).restartPolicy(RestartPolicy.NEVER),
            session("next", SERVES, SessionRole.SIDECAR),
            session("main", SERVES));
    ExitStatus unused = vm.awaitExit(LONG);
    ContainerVmStatus status = vm.status();
    assertThat(status.session("init").exit()).contains(ExitStatus.exited(3));
    assertThat(status.session("helper").exit()).contains(ExitStatus.exited(0));
    assertThat(ended(status, "helper")).isAfterOrEqualTo(ended(status, "init"));
    assertThat(status.session("next").started()).isEmpty();
    assertThat(status.session("main").started()).isEmpty();
  }

  @Test
  void failingInit_isBegunAgain_untilItSucceeds_whateverElseItsPolicySays() throws Exception {
    Program second =
        new Program(
            "second",
            List.of(Script.exits(7), Script.after(Duration.ofSeconds(3)).exits(0)),
            Program.counting("second") + "[ $n -gt 0 ] || exit 7; sleep 3");
    ContainerVm vm =
        started(
            session("main", QUICK),
            session("init", second, SessionRole.INIT).restartPolicy(RestartPolicy.ALWAYS));
    assertThat(isWaiting(vm.status().session("main"))).isTrue();
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    SessionStatus init = vm.status().session("init");
    assertThat(init.exit()).contains(ExitStatus.exited(0));
    assertThat(init.restarts()).isEqualTo(1);
    SessionRun first = init.previous().orElseThrow();
    assertThat(first.exit()).isEqualTo(ExitStatus.exited(7));
    assertThat(Duration.between(first.ended().orElseThrow(), init.started().orElseThrow()))
        .isBetween(Duration.ZERO, AT_ONCE);
  }

  @Test
  void sidecar_isBegunAgain_whateverItsPolicy() throws Exception {
    Program second =
        new Program(
            "second",
            List.of(Script.after(SECOND).exits(0), SERVING),
            Program.counting("second") + "[ $n -gt 0 ] || { sleep 1; exit 0; }; " + SERVING_SHELL);
    ContainerVm vm =
        started(
            session("helper", second, SessionRole.SIDECAR).restartPolicy(RestartPolicy.NEVER),
            session("main", SERVES));
    SessionStatus helper =
        await(vm, "helper", "running again", it -> it.restarts() == 1 && it.isRunning());
    assertThat(helper.previous().orElseThrow().exit()).isEqualTo(ExitStatus.exited(0));
    assertThat(vm.status().session("main").restarts()).isZero();
  }

  @Test
  void sidecarsEnd_inReverse_whenTheMainSessionsAreOver() throws Exception {
    ContainerVm vm =
        started(
            session("main", QUICK),
            session("outer", SERVES, SessionRole.SIDECAR),
            session("inner", SERVES, SessionRole.SIDECAR));
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    assertEndedInReverse(vm.status());
  }

  @Test
  void stop_endsMainSessionsFirst_andSidecarsInReverse() throws Exception {
    ContainerVm vm =
        started(
            session("outer", SERVES, SessionRole.SIDECAR),
            session("inner", SERVES, SessionRole.SIDECAR),
            session("main", SERVES));
    awaitServing(vm, "main");
    vm.stop(LONG);
    assertThat(vm.status().session("main").exit()).contains(ExitStatus.exited(0));
    assertEndedInReverse(vm.status());
  }

  private static void assertEndedInReverse(ContainerVmStatus status) {
    assertThat(status.state()).isEqualTo(ContainerVmState.STOPPED);
    assertThat(status.session("inner").exit()).contains(ExitStatus.exited(0));
    assertThat(status.session("outer").exit()).contains(ExitStatus.exited(0));
    assertThat(ended(status, "inner")).isAfterOrEqualTo(ended(status, "main").plusMillis(400));
    assertThat(ended(status, "outer")).isAfterOrEqualTo(ended(status, "inner").plusMillis(400));
  }

  @Test
  void stop_killsWhatTakesTooLong_sidecarsToo() throws Exception {
    ContainerVm vm =
        started(session("helper", STUBBORN, SessionRole.SIDECAR), session("main", STUBBORN));
    awaitServing(vm, "main");
    vm.stop(SECOND);
    assertThat(vm.status().sessions())
        .allMatch(it -> it.exit().equals(Optional.of(ExitStatus.signalled(Signal.KILL))));
  }

  @Test
  void stop_beginsNoSessionThatWaits() throws Exception {
    ContainerVm vm = started(session("init", SERVES, SessionRole.INIT), session("main", SERVES));
    awaitServing(vm, "init");
    vm.stop(LONG);
    assertThat(vm.status().session("init").exit()).contains(ExitStatus.exited(0));
    assertThat(vm.status().session("main").started()).isEmpty();
  }

  private SessionSpec.Builder alive(Program program, Probe liveness) {
    return session("main", program)
        .lifecycle(SessionLifecycle.DEFAULT.withLiveness(liveness))
        .restartPolicy(RestartPolicy.ALWAYS);
  }

  @Test
  void sessionThatIsNotAlive_isEndedAndBegunAgain() throws Exception {
    ContainerVm vm = started(alive(SERVES, probe(exiting("alive", 0, 1, 0, 1, 1, 0), 2)));
    SessionStatus main =
        await(vm, "main", "running again", it -> it.restarts() == 1 && it.isRunning());
    assertThat(main.trouble()).startsWith("Liveness probe failed: sick");
    SessionRun first = main.previous().orElseThrow();
    assertThat(first.exit()).isEqualTo(ExitStatus.exited(0));
    assertThat(Duration.between(first.started().orElseThrow(), first.ended().orElseThrow()))
        .isGreaterThan(PERIOD.multipliedBy(3));
    assertThat(Duration.between(first.ended().orElseThrow(), main.started().orElseThrow()))
        .isBetween(Duration.ZERO, AT_ONCE);
  }

  @Test
  void sessionThatIsNotAlive_isOver_ifItIsNeverRestarted() throws Exception {
    ContainerVm vm =
        started(
            alive(SERVES, probe(exiting("dead", 1), 1).withInitialDelay(SECOND))
                .restartPolicy(RestartPolicy.NEVER));
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    assertThat(vm.status().session("main").trouble()).startsWith("Liveness probe failed: sick");
  }

  @Test
  void sessionThatIsNotAlive_isKilled_whenTheProbesGraceIsOver() throws Exception {
    Probe probe =
        new Probe(
            exec(exiting("dead", 1)),
            Duration.ZERO,
            SECOND,
            SECOND,
            1,
            1,
            Optional.of(Duration.ofSeconds(2)));
    ContainerVm vm = started(alive(STUBBORN, probe).restartPolicy(RestartPolicy.NEVER));
    assertThat(vm.awaitExit(Duration.ofSeconds(20))).isEqualTo(ExitStatus.signalled(Signal.KILL));
  }

  @Test
  void probeThatTakesTooLong_hasFailed() throws Exception {
    Program hangs = Program.of("hangs", Script.runsForever(), "exec sleep 1000");
    ContainerVm vm = started(alive(SERVES, probe(hangs, 1)).restartPolicy(RestartPolicy.NEVER));
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    assertThat(vm.status().session("main").trouble())
        .contains("Liveness probe failed", "timed out");
  }

  @Test
  void readiness_comesAndGoes_andEndsNothing() throws Exception {
    Program program = exiting("ready", 1, 1, 1, 0, 0, 0, 1);
    ContainerVm vm =
        started(
            session("main", SERVES)
                .lifecycle(SessionLifecycle.DEFAULT.withReadiness(probe(program, 1))));
    assertThat(await(vm, "main", "up", SessionStatus::up).ready()).isFalse();
    await(vm, "main", "ready", SessionStatus::ready);
    SessionStatus main = await(vm, "main", "not ready", it -> !it.ready());
    assertThat(main.trouble()).startsWith("Readiness probe failed: sick");
    assertThat(main.up()).isTrue();
    assertThat(main.restarts()).isZero();
  }

  @Test
  void session_isUp_onlyOnceItsStartupProbeHasGoneWell() throws Exception {
    SessionLifecycle helper =
        SessionLifecycle.DEFAULT
            .withRole(SessionRole.SIDECAR)
            .withStartup(probe(exiting("up", 1, 1, 1, 1, 0), 10))
            .withLiveness(probe(exiting("alive", 0), 1))
            .withReadiness(probe(exiting("ready", 0), 1));
    ContainerVm vm = started(session("helper", SERVES).lifecycle(helper), session("main", SERVES));
    SessionStatus early = await(vm, "helper", "running", SessionStatus::isRunning);
    assertThat(early.up()).isFalse();
    assertThat(early.ready()).isFalse();
    assertThat(isWaiting(vm.status().session("main"))).isTrue();
    await(vm, "helper", "ready", SessionStatus::ready);
    SessionStatus main = await(vm, "main", "up", SessionStatus::up);
    assertThat(Duration.between(early.started().orElseThrow(), main.started().orElseThrow()))
        .isGreaterThan(SECOND);
    assertThat(vm.status().session("helper").restarts()).isZero();
  }

  @Test
  void sessionThatDoesNotComeUp_isEnded() throws Exception {
    ContainerVm vm =
        started(
            session("main", SERVES)
                .lifecycle(SessionLifecycle.DEFAULT.withStartup(probe(exiting("up", 1), 2))));
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    assertThat(vm.status().session("main").trouble()).startsWith("Startup probe failed: sick");
  }

  @Test
  void hookAfterTheBegin_isDoneBeside_andThenItIsUp() throws Exception {
    ContainerVm vm =
        started(
            session("main", SERVES).lifecycle(SessionLifecycle.DEFAULT.withPostStart(exec(SLOW))));
    assertThat(await(vm, "main", "running", SessionStatus::isRunning).up()).isFalse();
    SessionStatus main = await(vm, "main", "up", SessionStatus::up);
    assertThat(main.ready()).isTrue();
    assertThat(main.trouble()).isEmpty();
  }

  @Test
  void failedHookAfterTheBegin_endsTheSession() throws Exception {
    ContainerVm vm =
        started(
            session("main", SERVES).lifecycle(SessionLifecycle.DEFAULT.withPostStart(exec(FAILS))));
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    assertThat(vm.status().session("main").trouble()).startsWith("PostStartHook failed");
  }

  private SessionSpec.Builder sleepingBeforeItsEnd(Program program, Duration time) {
    return session("main", program)
        .lifecycle(SessionLifecycle.DEFAULT.withPreStop(new GuestAction.Sleep(time)));
  }

  @Test
  void hookBeforeTheEnd_isDoneFirst() throws Exception {
    ContainerVm vm = started(sleepingBeforeItsEnd(SERVES, Duration.ofSeconds(3)));
    awaitServing(vm, "main");
    Instant before = now();
    vm.stop(LONG);
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    assertThat(Duration.between(before, now())).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void hookBeforeTheEnd_isCutShort_whenTheGraceIsOver() throws Exception {
    ContainerVm vm = started(sleepingBeforeItsEnd(SERVES, HOUR));
    await(vm, "main", "up", SessionStatus::up);
    vm.stop(SECOND);
    assertThat(vm.awaitExit(SECOND)).isEqualTo(ExitStatus.signalled(Signal.KILL));
  }

  @Test
  void hookBeforeTheEnd_isNotDone_whenItEndsByItself() throws Exception {
    ContainerVm vm = started(sleepingBeforeItsEnd(QUICK, HOUR));
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void deadline_endsAllSessions() throws Exception {
    ContainerVm vm =
        started(
            ContainerVmSpec.builder("pod").deadline(Duration.ofSeconds(5)),
            session("main", STUBBORN)
                .lifecycle(SessionLifecycle.DEFAULT.withGrace(SECOND))
                .restartPolicy(RestartPolicy.ALWAYS),
            session("outer", SERVES, SessionRole.SIDECAR),
            session("inner", SERVES, SessionRole.SIDECAR));
    assertThat(vm.status().deadlineExceeded()).isFalse();
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.signalled(Signal.KILL));
    assertThat(vm.status().deadlineExceeded()).isTrue();
    assertEndedInReverse(vm.status());
  }

  @Test
  void sessionThatWantsTooMuchMemory_isKilled_andToldSo() throws Exception {
    Program greedy = Program.of("greedy", Script.runsOutOfMemory(), "exec tail /dev/zero");
    ContainerVm vm =
        started(
            session("main", greedy)
                .resources(
                    new SessionResources(
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.of(32L << 20))));
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.signalled(Signal.KILL));
    assertThat(vm.status().session("main").outOfMemory()).isTrue();
  }
}
