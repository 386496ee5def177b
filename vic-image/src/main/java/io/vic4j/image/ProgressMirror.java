package io.vic4j.image;

import io.vic4j.core.Progress;
import io.vic4j.core.ProgressEvent;
import io.vic4j.core.ProgressListener;
import io.vic4j.core.ProgressTask;
import java.util.Map;
import java.util.TreeMap;

/** Shows tasks that are shared as tasks of one caller. Used under the lock of its board. */
final class ProgressMirror implements ProgressListener {
  private final Progress progress;
  private final Map<Long, Shown> shown = new TreeMap<>();

  ProgressMirror(Progress progress) {
    this.progress = progress;
  }

  private static final class Shown {
    final ProgressTask task;
    long doneBytes;
    long totalBytes = -1;

    Shown(ProgressTask task) {
      this.task = task;
    }
  }

  @Override
  public void onProgress(ProgressEvent event) {
    Shown task = shown.computeIfAbsent(event.taskId(), id -> begin(event));
    long total = event.totalBytes().orElse(-1);
    if (total >= 0 && total != task.totalBytes) {
      task.totalBytes = total;
      task.task.total(total);
    }
    if (event.doneBytes() > task.doneBytes) {
      task.task.advance(event.doneBytes() - task.doneBytes);
      task.doneBytes = event.doneBytes();
    }
    switch (event.state()) {
      case COMPLETED -> task.task.complete();
      case FAILED -> task.task.close();
      case STARTED, ADVANCED -> {}
    }
  }

  private Shown begin(ProgressEvent event) {
    Shown parent = event.parentId().isPresent() ? shown.get(event.parentId().getAsLong()) : null;
    return new Shown((parent == null ? progress : parent.task).begin(event.name()));
  }

  /** Ends what is still shown as going on, for one who does not wait for it. */
  void end(boolean complete) {
    for (Shown task : shown.values()) {
      if (complete) {
        task.task.complete();
      }
      task.task.close();
    }
  }
}
