package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

final class VirtualClockTest {
  private final List<String> ran = new ArrayList<>();

  @Test
  void tasks_runInOrder_andSeeTheirTime() {
    VirtualClock clock = VirtualClock.manual();
    schedule(clock, 2, "second");
    schedule(clock, 1, "first");
    schedule(clock, 2, "third");
    schedule(clock, 9, "late");
    clock.advance(Duration.ofSeconds(5));
    assertThat(ran).containsExactly("first@1", "second@2", "third@2");
    assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusSeconds(5));
  }

  @Test
  void whatATaskMakesDue_runsInTheSameAdvance() {
    VirtualClock clock = VirtualClock.manual();
    clock.schedule(Duration.ofSeconds(1), () -> schedule(clock, 1, "next"));
    clock.advance(Duration.ofSeconds(2));
    assertThat(ran).containsExactly("next@2");
  }

  @Test
  void cancelledTask_doesNotRun() {
    VirtualClock clock = VirtualClock.manual();
    TimeSource.Scheduled task = schedule(clock, 1, "never");
    task.cancel();
    task.cancel();
    clock.advance(Duration.ofSeconds(1));
    assertThat(ran).isEmpty();
  }

  @Test
  void waitOnASelfAdvancingClock_movesTheTimeToItsEvent() throws InterruptedException {
    VirtualClock clock = VirtualClock.selfAdvancing();
    CompletableFuture<String> event = new CompletableFuture<>();
    clock.schedule(Duration.ofSeconds(3), () -> event.complete("done"));
    assertThat(clock.await(event, Duration.ofSeconds(10))).isTrue();
    assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusSeconds(3));
    assertThat(clock.await(new CompletableFuture<>(), Duration.ofSeconds(10))).isFalse();
    assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusSeconds(13));
  }

  @Test
  void timeStandsStill_whileATaskRunsOnAnotherThread() throws Exception {
    VirtualClock clock = VirtualClock.selfAdvancing();
    CompletableFuture<String> event = new CompletableFuture<>();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    clock.schedule(
        Duration.ofSeconds(2),
        () -> {
          begun.countDown();
          await(goOn);
          event.complete("done");
        });
    schedule(clock, 3, "later");
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      Future<?> advance = threads.submit(() -> clock.advance(Duration.ofSeconds(2)));
      await(begun);
      AtomicReference<Thread> waiter = new AtomicReference<>();
      Future<Boolean> wait =
          threads.submit(
              () -> {
                waiter.set(Thread.currentThread());
                return clock.await(event, Duration.ofSeconds(10));
              });
      Awaitility.await()
          .until(() -> waiter.get() != null && waiter.get().getState() == Thread.State.WAITING);
      assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusSeconds(2));
      goOn.countDown();
      advance.get(30, TimeUnit.SECONDS);
      assertThat(wait.get(30, TimeUnit.SECONDS)).isTrue();
      assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusSeconds(2));
      assertThat(ran).isEmpty();
    } finally {
      threads.shutdownNow();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void taskThatWaitsByItsClock_runsWhatIsDueMeanwhile() {
    VirtualClock clock = VirtualClock.selfAdvancing();
    schedule(clock, 2, "inner");
    clock.schedule(
        Duration.ofSeconds(1),
        () -> {
          try {
            assertThat(clock.await(new CompletableFuture<>(), Duration.ofSeconds(5))).isFalse();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    clock.advance(Duration.ofSeconds(1));
    assertThat(ran).containsExactly("inner@2");
    assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusSeconds(6));
  }

  @Test
  void interruptedWait_ends() {
    for (VirtualClock clock : List.of(VirtualClock.manual(), VirtualClock.selfAdvancing())) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> clock.await(new CompletableFuture<>(), Duration.ofSeconds(1)))
          .isInstanceOf(InterruptedException.class);
    }
  }

  @Test
  void endlessWait_doesNotOverflow() {
    VirtualClock clock = VirtualClock.manual();
    schedule(clock, Long.MAX_VALUE, "never");
    clock.advance(Duration.ofDays(1));
    assertThat(ran).isEmpty();
  }

  private TimeSource.Scheduled schedule(VirtualClock clock, long seconds, String name) {
    return clock.schedule(
        Duration.ofSeconds(seconds),
        () ->
            ran.add(
                name + "@" + Duration.between(VirtualClock.START, clock.instant()).toSeconds()));
  }
}
