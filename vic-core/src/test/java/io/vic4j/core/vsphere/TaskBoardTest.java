package io.vic4j.core.vsphere;

import static org.assertj.core.api.Assertions.assertThat;

import com.vmware.vim25.LocalizedMethodFault;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.TaskInfoState;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.vsphere.TaskBoard.Outcome;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class TaskBoardTest {
  private static final ManagedObjectReference TASK = Moref.of("Task", "task-1");
  private final TaskBoard board = new TaskBoard();

  private void changed(String property, Object value) {
    board.changed(TASK.getVal(), property, value);
  }

  @Test
  void outcome_isToldWhenAllThatBelongsToItHasCome() {
    changed("info.state", TaskInfoState.success);
    CompletableFuture<Outcome> future = board.expect(TASK);
    assertThat(future).isNotDone();
    changed("info.result", "found");
    assertThat(future).isNotDone();
    board.settle();
    assertThat(future).isCompletedWithValue(new Outcome("found", null));
    assertThat(board.isAwaited()).isFalse();
  }

  @Test
  void endThatCameBeforeSomebodyWaits_isRemembered() {
    changed("info.state", TaskInfoState.success);
    changed("info.result", "found");
    board.settle();
    assertThat(board.expect(TASK)).isCompletedWithValue(new Outcome("found", null));
  }

  @Test
  void error_isToldWithoutAResult() {
    LocalizedMethodFault error = new LocalizedMethodFault();
    CompletableFuture<Outcome> future = board.expect(TASK);
    changed("info.state", TaskInfoState.error);
    changed("info.error", error);
    board.settle();
    assertThat(future).isCompletedWithValue(new Outcome(null, error));
  }

  @Test
  void taskThatRuns_isWaitedFor() {
    CompletableFuture<Outcome> future = board.expect(TASK);
    changed("info.state", TaskInfoState.running);
    board.settle();
    assertThat(future).isNotDone();
    assertThat(board.overdue(Duration.ZERO)).hasSize(1);
    board.lost(TASK, new UnavailableException("lost", null));
    assertThat(future).isCompletedExceptionally();
    assertThat(board.isAwaited()).isFalse();
  }

  @Test
  void oldEnds_areForgotten_butNoneThatSomebodyWaitsFor() {
    CompletableFuture<Outcome> future = board.expect(TASK);
    changed("info.state", TaskInfoState.running);
    for (int other = 0; other < 1000; other++) {
      board.changed("other-" + other, "info.state", TaskInfoState.success);
      board.settle();
    }
    assertThat(board.expect(Moref.of("Task", "other-0"))).isNotDone();
    assertThat(board.expect(Moref.of("Task", "other-999"))).isDone();
    changed("info.state", TaskInfoState.success);
    board.settle();
    assertThat(future).isDone();
  }
}
