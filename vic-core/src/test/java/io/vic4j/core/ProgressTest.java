package io.vic4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ProgressEvent.State;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final List<ProgressEvent> events = new ArrayList<>();
  private final Progress progress = Progress.to(events::add);

  @Test
  void tasksWithinTasks_nameTheirParent() {
    try (ProgressTask image = progress.begin("image");
        ProgressTask layer = image.begin("layer", 10)) {
      layer.complete();
      image.complete();
    }
    ProgressEvent layerEnd =
        events.stream().filter(e -> e.name().equals("layer") && e.isLast()).findFirst().get();
    assertThat(layerEnd.parentId()).isEqualTo(OptionalLong.of(events.get(0).taskId()));
    assertThat(layerEnd.doneBytes()).isEqualTo(10);
  }

  @Test
  void closedWithoutComplete_isFailed_andNotAtItsTotal() {
    try (ProgressTask task = progress.begin("layer", 100)) {
      task.advance(40);
    }
    ProgressEvent last = events.get(events.size() - 1);
    assertThat(last.state()).isEqualTo(State.FAILED);
    assertThat(last.doneBytes()).isEqualTo(40);
  }

  @Test
  void nothingIsTold_afterTheEnd() {
    ProgressTask task = progress.begin("layer", 1);
    task.complete();
    int told = events.size();
    task.close();
    task.complete();
    task.advance(ProgressTask.STEP_BYTES);
    assertThat(events).hasSize(told);
  }

  @Test
  void smallSteps_areHandedOnTogether() {
    ProgressTask task = progress.begin("layer");
    for (int i = 0; i < 1024; i++) {
      task.advance(1024);
    }
    assertThat(events.stream().filter(e -> e.state() == State.ADVANCED)).hasSize(4);
  }

  @Test
  void aListenerThatThrows_breaksNothing() {
    Progress broken =
        Progress.to(
            event -> {
              throw new IllegalStateException("listener");
            });
    assertThatCode(() -> broken.begin("layer", 5).complete()).doesNotThrowAnyException();
  }

  @Test
  void negativeSteps_areRefused() {
    ProgressTask task = progress.begin("layer");
    assertThatThrownBy(() -> task.advance(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> task.total(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
