package io.vic4j.testkit.demo;

import io.vic4j.core.ProgressEvent;
import io.vic4j.core.ProgressEvent.State;
import io.vic4j.core.ProgressListener;
import java.io.PrintStream;
import java.util.HashSet;
import java.util.Set;

/** Two plain lines a task, when it begins and when it ends: for logs and pipes. Thread-safe. */
final class ProgressLines implements ProgressListener {
  private final PrintStream out;
  private final Set<Long> begun = new HashSet<>();

  ProgressLines(PrintStream out) {
    this.out = out;
  }

  @Override
  public synchronized void onProgress(ProgressEvent event) {
    if (event.isLast()) {
      begun.remove(event.taskId());
      String end = event.state() == State.COMPLETED ? "done" : "failed";
      out.println((event.name() + ": " + end + " " + Sizes.of(event)).stripTrailing());
    } else if (event.totalBytes().isPresent() && begun.add(event.taskId())) {
      out.println(event.name() + ": " + Sizes.of(event.totalBytes().getAsLong()));
    }
  }
}
