package io.vic4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CancelledExceptionTest {
  @AfterEach
  void clearInterrupt() {
    Thread.interrupted();
  }

  @Test
  void throwIfInterrupted_keepsTheInterruptStatus() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> CancelledException.throwIfInterrupted("build"))
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("build");
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
  }

  @Test
  void throwIfInterrupted_withoutInterrupt_doesNothing() {
    assertThatCode(() -> CancelledException.throwIfInterrupted("build")).doesNotThrowAnyException();
  }

  @Test
  void from_setsTheInterruptStatusAgain() {
    CancelledException e = CancelledException.from(new InterruptedException(), "wait");
    assertThat(e).hasCauseInstanceOf(InterruptedException.class);
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
  }
}
