package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.Signal;
import io.vic4j.core.vm.Subscription;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.ContainerState;
import io.vic4j.pod.ContainerStatus;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodListener;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodStatus;
import io.vic4j.pod.PullPolicy;
import io.vic4j.testkit.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * What every {@link PodLifecycle} must do. Extend it, and say how to open one, what its containers
 * do, and how time passes for them.
 */
public abstract class PodLifecycleContract extends PodUpdates {
  private static final int RACERS = 16;

  /** For subclasses. */
  protected PodLifecycleContract() {}

  @Test
  final void createdPod_isPending_andHasWhatItWasMadeWith() throws Exception {
    image(WEB, Script.runsForever());
    PodSpec spec = pod(KEY, RestartPolicy.ALWAYS).label("app", "web").uid("uid-1").build();
    Pod pod = pods.create(spec);
    assertThat(pod.spec()).isEqualTo(spec);
    assertThat(pod.uid()).isEqualTo("uid-1");
    assertThat(pod.phase()).isEqualTo(PodPhase.PENDING);
    assertThat(pod.status().container("web").state()).isInstanceOf(ContainerState.Waiting.class);
    assertThat(pods.get(KEY)).isEqualTo(pod);
    assertThat(pods.list()).containsExactly(pod);
  }

  @Test
  final void podsWithoutUid_getDifferentOnes() throws Exception {
    image(WEB, Script.runsForever());
    Pod first = pods.create(pod(PodKey.of("one"), RestartPolicy.ALWAYS).build());
    Pod second = pods.create(pod(PodKey.of("two"), RestartPolicy.ALWAYS).build());
    assertThat(first.uid()).isNotBlank().isNotEqualTo(second.uid());
  }

  @Test
  final void startedPod_runs_andTellsSinceWhen() throws Exception {
    create(RestartPolicy.ALWAYS, Script.runsForever());
    pods.start(KEY);
    PodStatus status = pods.awaitStarted(KEY, Duration.ofMinutes(1));
    assertThat(status.phase()).isEqualTo(PodPhase.RUNNING);
    assertThat(status.started()).isPresent();
    assertThat(status.container("web").state()).isInstanceOf(ContainerState.Running.class);
  }

  @Test
  final void startedTwice_goesOn() throws Exception {
    PodStatus first = run(RestartPolicy.ALWAYS, Script.runsForever());
    assertThat(pods.start(KEY).status()).isEqualTo(first);
  }

  @Test
  final void containersThatExitWithZero_makeItSucceed() throws Exception {
    run(RestartPolicy.NEVER, Script.after(Duration.ofSeconds(5)).exits(0));
    assertThat(pods.status(KEY).phase()).isEqualTo(PodPhase.RUNNING);
    advance(Duration.ofSeconds(5));
    PodStatus status = pods.awaitEnd(KEY, Duration.ofMinutes(1));
    assertThat(status.phase()).isEqualTo(PodPhase.SUCCEEDED);
    assertThat(terminated(status).reason()).isEqualTo("Completed");
  }

  @Test
  final void containerThatExitsOtherwise_makesItFail() throws Exception {
    PodStatus status = run(RestartPolicy.NEVER, Script.exits(3));
    assertThat(status.phase()).isEqualTo(PodPhase.FAILED);
    assertThat(terminated(status).exit()).isEqualTo(ExitStatus.exited(3));
    assertThat(terminated(status).reason()).isEqualTo("Error");
  }

  @Test
  final void containerKilledByASignal_isNotOneThatExitedWithItsNumber() throws Exception {
    PodStatus status = run(RestartPolicy.NEVER, Script.killedBy(Signal.KILL));
    assertThat(status.phase()).isEqualTo(PodPhase.FAILED);
    assertThat(terminated(status).exit()).isEqualTo(ExitStatus.signalled(Signal.KILL));
  }

  @Test
  final void containerThatRunsOutOfMemory_isOomKilled() throws Exception {
    PodStatus status = run(RestartPolicy.NEVER, Script.runsOutOfMemory());
    assertThat(status.phase()).isEqualTo(PodPhase.FAILED);
    assertThat(terminated(status).reason()).isEqualTo("OOMKilled");
    assertThat(terminated(status).exit()).isEqualTo(ExitStatus.signalled(Signal.KILL));
  }

  @Test
  final void programThatIsNotThere_isAStartError_thatSaysWhy() throws Exception {
    PodStatus status = run(RestartPolicy.NEVER, Script.failsToStart(127, "no such file"));
    assertThat(status.phase()).isEqualTo(PodPhase.FAILED);
    assertThat(terminated(status).reason()).isEqualTo("StartError");
    assertThat(terminated(status).message()).contains("no such file");
  }

  @Test
  final void onFailure_restartsUntilItSucceeds() throws Exception {
    run(RestartPolicy.ON_FAILURE, Script.after(Duration.ofSeconds(1)).exits(1));
    advance(Duration.ofSeconds(1));
    ContainerStatus failed = pods.status(KEY).container("web");
    assertThat(pods.status(KEY).phase()).isEqualTo(PodPhase.RUNNING);
    assertThat(failed.restarts() > 0 || failed.lastTermination().isPresent()).isTrue();
  }

  @Test
  final void onFailure_leavesSuccessAlone() throws Exception {
    PodStatus status = run(RestartPolicy.ON_FAILURE, Script.exits(0));
    assertThat(status.phase()).isEqualTo(PodPhase.SUCCEEDED);
    assertThat(status.container("web").restarts()).isZero();
  }

  @Test
  final void always_restartsSuccessToo() throws Exception {
    run(RestartPolicy.ALWAYS, Script.after(Duration.ofSeconds(1)).exits(0));
    advance(Duration.ofMinutes(10));
    assertThat(pods.status(KEY).phase()).isEqualTo(PodPhase.RUNNING);
    assertThat(pods.status(KEY).container("web").restarts()).isPositive();
  }

  @Test
  final void oneOfTwoContainersIsOver_andThePodRuns() throws Exception {
    image(WEB, Script.runsForever());
    image(LOG, Script.exits(1));
    pods.create(pod(KEY, RestartPolicy.NEVER).container(container("log", LOG)).build());
    PodStatus status = pods.start(KEY).status();
    assertThat(status.phase()).isEqualTo(PodPhase.RUNNING);
    assertThat(status.containers()).extracting(ContainerStatus::name).containsExactly("web", "log");
    assertThat(status.container("web").state().isRunning()).isTrue();
    assertThat(status.container("log").state().exitStatus()).contains(ExitStatus.exited(1));
  }

  @Test
  final void oneOfTwoContainersFailed_andBothAreOver_failsThePod() throws Exception {
    image(WEB, Script.exits(0));
    image(LOG, Script.exits(1));
    pods.create(pod(KEY, RestartPolicy.NEVER).container(container("log", LOG)).build());
    assertThat(pods.start(KEY).phase()).isEqualTo(PodPhase.FAILED);
  }

  @Test
  final void stop_asksFirst_andKeepsThePod() throws Exception {
    run(RestartPolicy.ALWAYS, Script.runsForever().onSignal(Signal.TERM, Script.exits(0)));
    Pod stopped = pods.stop(KEY, Duration.ofSeconds(10));
    assertThat(stopped.phase()).isEqualTo(PodPhase.SUCCEEDED);
    assertThat(pods.list()).hasSize(1);
  }

  @Test
  final void stop_killsWhatDoesNotEndInTime() throws Exception {
    run(RestartPolicy.ALWAYS, Script.runsForever().ignores(Signal.TERM));
    PodStatus status = pods.stop(KEY, Duration.ofSeconds(10)).status();
    assertThat(status.phase()).isEqualTo(PodPhase.FAILED);
    assertThat(terminated(status).exit()).isEqualTo(ExitStatus.signalled(Signal.KILL));
  }

  @Test
  final void stopOfAPodThatIsOff_doesNothing() throws Exception {
    create(RestartPolicy.ALWAYS, Script.runsForever());
    assertThat(pods.stop(KEY).phase()).isEqualTo(PodPhase.PENDING);
  }

  @Test
  final void stoppedPod_startsAnew() throws Exception {
    run(RestartPolicy.NEVER, Script.prints("hello").runsForever());
    pods.stop(KEY);
    assertThat(pods.start(KEY).phase()).isEqualTo(PodPhase.RUNNING);
    assertThat(log("web")).isEqualTo("hello\nhello\n");
  }

  @Test
  final void deletedPod_isGone_andItsNameIsFree() throws Exception {
    run(RestartPolicy.ALWAYS, Script.runsForever());
    pods.delete(KEY);
    assertThat(pods.find(KEY)).isEmpty();
    assertThat(pods.list()).isEmpty();
    pods.create(pod(KEY, RestartPolicy.ALWAYS).build());
  }

  @Test
  final void delete_maybeRepeated() throws Exception {
    create(RestartPolicy.ALWAYS, Script.runsForever());
    pods.delete(KEY, Duration.ZERO);
    pods.delete(KEY, Duration.ZERO);
    pods.delete(KEY);
    assertThat(pods.list()).isEmpty();
  }

  @Test
  final void podThatIsNotThere_isNotFound_byName() {
    List<Runnable> calls =
        List.of(
            () -> pods.get(KEY),
            () -> pods.status(KEY),
            () -> pods.start(KEY),
            () -> pods.stop(KEY),
            () -> pods.update(pod(KEY, RestartPolicy.ALWAYS).build()),
            () -> pods.updateFiles(KEY, "files", List.of()),
            () -> pods.logs(KEY, "web"),
            () -> pods.exec(KEY, ExecSpec.of("web", "/bin/true")),
            () -> pods.attach(KEY, "web"),
            () -> pods.portForward(KEY, 80),
            () -> pods.stats(KEY),
            () -> pods.awaitStarted(KEY, Duration.ZERO),
            () -> pods.awaitEnd(KEY, Duration.ZERO));
    for (Runnable call : calls) {
      assertThatThrownBy(call::run)
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("pod not found: team/web-1");
    }
  }

  @Test
  final void logs_areKeptApart_andOutliveTheEnd() throws Exception {
    image(WEB, Script.prints("from web").exits(0));
    image(LOG, Script.prints("from log").exits(0));
    pods.create(pod(KEY, RestartPolicy.NEVER).container(container("log", LOG)).build());
    pods.start(KEY);
    assertThat(log("web")).isEqualTo("from web\n");
    assertThat(log("log")).isEqualTo("from log\n");
  }

  @Test
  final void logsOfAContainerThatIsNotThere_areNotFound() throws Exception {
    create(RestartPolicy.ALWAYS, Script.runsForever());
    assertThatThrownBy(() -> pods.logs(KEY, "nobody"))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("nobody");
  }

  @Test
  final void secondPodOfAKey_isRefused() throws Exception {
    create(RestartPolicy.ALWAYS, Script.runsForever());
    assertThatThrownBy(() -> pods.create(pod(KEY, RestartPolicy.ALWAYS).build()))
        .isInstanceOfSatisfying(
            AlreadyExistsException.class, e -> assertThat(e.name()).isEqualTo("team/web-1"));
  }

  @Test
  final void namespaces_keepNamesApart() throws Exception {
    image(WEB, Script.runsForever());
    for (String namespace : List.of("b", "a")) {
      pods.create(pod(PodKey.of(namespace, "web"), RestartPolicy.ALWAYS).build());
    }
    assertThat(pods.list())
        .extracting(pod -> pod.key().toString())
        .containsExactly("a/web", "b/web");
    assertThat(pods.list("a")).hasSize(1);
  }

  @Test
  final void longNames_areTold() throws Exception {
    image(WEB, Script.runsForever());
    PodKey one = PodKey.of("team", "a".repeat(200) + "1");
    PodKey other = PodKey.of("team", "a".repeat(200) + "2");
    pods.create(pod(one, RestartPolicy.ALWAYS).build());
    pods.create(pod(other, RestartPolicy.ALWAYS).build());
    assertThat(pods.get(one).key()).isEqualTo(one);
    assertThat(pods.get(other).key()).isEqualTo(other);
  }

  @Test
  final void never_doesNotPull() throws Exception {
    image(WEB, Script.runsForever());
    ContainerSpec never =
        ContainerSpec.builder(WEB).name("web").pullPolicy(PullPolicy.NEVER).build();
    assertThatThrownBy(() -> pods.create(PodSpec.builder(KEY).container(never).build()))
        .isInstanceOfSatisfying(
            NotFoundException.class, e -> assertThat(e.kind()).isEqualTo("image"));
    assertThat(pods.list()).isEmpty();
  }

  @Test
  final void imageThatIsNowhere_isNotFound_andNothingStays() {
    assertThatThrownBy(() -> pods.create(pod(KEY, RestartPolicy.ALWAYS).build()))
        .isInstanceOf(NotFoundException.class);
    assertThat(pods.list()).isEmpty();
  }

  @Test
  final void afterARestart_everythingIsFoundAgain() throws Exception {
    image(WEB, Script.prints("hello").runsForever());
    pods.create(
        pod(KEY, RestartPolicy.ALWAYS)
            .annotation("note", "ünïcode \"quoted\"")
            .container(
                ContainerSpec.builder(WEB)
                    .name("second")
                    .command("/bin/other", "an argument")
                    .env("SECRET", "a=b c")
                    .workingDirectory("/srv")
                    .user("1000:1000")
                    .stopSignal(Signal.INT)
                    .build())
            .build());
    pods.start(KEY);
    Pod before = pods.get(KEY);
    PodLifecycle again = reopen();
    assertThat(again.list()).containsExactly(before);
    assertThat(again.get(KEY)).isEqualTo(before);
    again.delete(KEY, Duration.ZERO);
    assertThat(pods.find(KEY)).isEmpty();
  }

  @Test
  final void awaitEnd_timesOut() throws Exception {
    run(RestartPolicy.ALWAYS, Script.runsForever());
    assertThatThrownBy(() -> pods.awaitEnd(KEY, Duration.ZERO))
        .isInstanceOf(TimedOutException.class);
  }

  @Test
  final void interruptedCaller_getsCancelled_andNothingStays() throws Exception {
    image(WEB, Script.runsForever());
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> pods.create(pod(KEY, RestartPolicy.ALWAYS).build()))
        .isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(pods.list()).isEmpty();
    pods.create(pod(KEY, RestartPolicy.ALWAYS).build());
  }

  @Test
  final void watcher_seesTheWholeLife_inOrder() throws Exception {
    create(RestartPolicy.NEVER, Script.after(Duration.ofSeconds(1)).exits(0));
    List<String> seen = new ArrayList<>();
    PodListener listener =
        new PodListener() {
          @Override
          public void changed(Pod pod) {
            seen.add(pod.phase().toString());
          }

          @Override
          public void removed(Pod pod) {
            seen.add("removed " + pod.phase());
          }
        };
    try (Subscription watch = pods.watch(listener)) {
      pods.start(KEY);
      advance(Duration.ofSeconds(1));
      pods.delete(KEY);
    }
    assertThat(seen).first().isEqualTo("PENDING");
    assertThat(seen).containsSubsequence("PENDING", "RUNNING", "SUCCEEDED", "removed SUCCEEDED");
    assertThat(seen).last().isEqualTo("removed SUCCEEDED");
  }

  @Test
  final void manyCreateOneKey_oneSucceeds() throws Exception {
    image(WEB, Script.runsForever());
    PodLifecycle other = reopen();
    AtomicInteger created = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    race(
        racer -> {
          try {
            (racer % 2 == 0 ? pods : other).create(pod(KEY, RestartPolicy.ALWAYS).build());
            created.incrementAndGet();
          } catch (AlreadyExistsException e) {
            refused.incrementAndGet();
          }
        });
    assertThat(created).hasValue(1);
    assertThat(refused).hasValue(RACERS - 1);
    assertThat(pods.list()).hasSize(1);
  }

  @Test
  final void whatIsAnswered_cannotBeChanged() throws Exception {
    PodStatus status = run(RestartPolicy.ALWAYS, Script.runsForever());
    PodSpec spec = pods.get(KEY).spec();
    for (Collection<?> answer :
        List.of(
            pods.list(),
            pods.list(KEY.namespace()),
            status.containers(),
            status.initContainers(),
            status.addresses(),
            spec.containers(),
            spec.initContainers(),
            spec.volumes(),
            spec.hosts(),
            spec.labels().keySet(),
            spec.annotations().keySet())) {
      assertThatThrownBy(answer::clear).isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Test
  final void manyWorkOnOnePod_andItStaysSound() throws Exception {
    image(WEB, Script.runsForever());
    race(
        racer -> {
          for (int round = 0; round < 5; round++) {
            try {
              switch ((racer + round) % 4) {
                case 0 -> pods.create(pod(KEY, RestartPolicy.ALWAYS).build());
                case 1 -> pods.start(KEY);
                case 2 -> pods.stop(KEY, Duration.ZERO);
                default -> pods.delete(KEY, Duration.ZERO);
              }
            } catch (AlreadyExistsException | NotFoundException e) {
              // What others have done meanwhile.
            }
          }
        });
    pods.delete(KEY, Duration.ZERO);
    pods.create(pod(KEY, RestartPolicy.ALWAYS).build());
    assertThat(pods.start(KEY).phase()).isEqualTo(PodPhase.RUNNING);
  }

  private interface Racer {
    void run(int number) throws Exception;
  }

  private static void race(Racer racer) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(RACERS);
    try {
      CountDownLatch go = new CountDownLatch(1);
      List<Future<?>> racers = new ArrayList<>();
      for (int i = 0; i < RACERS; i++) {
        int number = i;
        Callable<Void> run =
            () -> {
              go.await();
              racer.run(number);
              return null;
            };
        racers.add(threads.submit(run));
      }
      go.countDown();
      for (Future<?> each : racers) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError("a racer failed", e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }
}
