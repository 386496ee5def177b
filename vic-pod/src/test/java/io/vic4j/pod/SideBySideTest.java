package io.vic4j.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SideBySideTest {
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void end() {
    boolean unused = Thread.interrupted();
    threads.shutdownNow();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "wait");
    }
  }

  @Test
  void results_areInOrder_andThePiecesRunAtOnce() {
    CountDownLatch both = new CountDownLatch(2);
    Supplier<String> meets =
        () -> {
          both.countDown();
          await(both);
          return "met";
        };
    assertThat(SideBySide.run(List.of(meets, meets, () -> "last"), threads, "test"))
        .containsExactly("met", "met", "last");
  }

  @Test
  void callersThread_doesWhatNobodyElseDoes() {
    List<Supplier<String>> work = List.of(() -> "a", () -> "b");
    assertThat(
            SideBySide.run(
                work,
                task -> {
                  throw new RejectedExecutionException();
                },
                "test"))
        .containsExactly("a", "b");
    assertThat(SideBySide.run(work, task -> {}, "test")).containsExactly("a", "b");
  }

  @Test
  void failure_cancelsTheOthers_andIsThrownWhenTheyAreOver() {
    AtomicReference<CountDownLatch> begun = new AtomicReference<>(new CountDownLatch(1));
    AtomicBoolean over = new AtomicBoolean();
    Supplier<String> waits =
        () -> {
          begun.get().countDown();
          try {
            await(new CountDownLatch(1));
            return "never";
          } finally {
            over.set(true);
          }
        };
    Supplier<String> fails =
        () -> {
          await(begun.get());
          throw new IllegalArgumentException("first");
        };
    for (List<Supplier<String>> order : List.of(List.of(fails, waits), List.of(waits, fails))) {
      over.set(false);
      begun.set(new CountDownLatch(1));
      assertThatThrownBy(() -> SideBySide.run(order, threads, "test")).hasMessage("first");
      assertThat(over).isTrue();
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
  }

  @Test
  void interruption_cancelsAll() {
    AtomicBoolean over = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1);
    Thread caller = Thread.currentThread();
    Supplier<String> interrupts =
        () -> {
          begun.countDown();
          caller.interrupt();
          try {
            await(new CountDownLatch(1));
            return "never";
          } finally {
            over.set(true);
          }
        };
    Supplier<String> first =
        () -> {
          await(begun);
          return "done";
        };
    assertThatThrownBy(() -> SideBySide.run(List.of(first, interrupts), threads, "test"))
        .isInstanceOf(CancelledException.class);
    assertThat(over).isTrue();
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
  }
}
