package io.vic4j.testkit.demo;

import io.vic4j.core.ProgressEvent;
import io.vic4j.core.ProgressListener;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * One line a task on a terminal, drawn over itself as work goes on. What has ended scrolls up and
 * stays; what is under way stays at the bottom. Thread-safe; draws on the threads that work.
 */
final class ProgressBars implements ProgressListener {
  private static final long REDRAW_NANOS = 80_000_000;
  private static final int NAME_WIDTH = 26;
  private static final int BAR_WIDTH = 30;
  private static final String UP_AND_CLEAR = "\u001b[1A\u001b[2K";

  private final PrintStream out;
  private final LongSupplier nanoTime;
  private final Map<Long, ProgressEvent> active = new LinkedHashMap<>();
  private int drawnLines;
  private long drawnAt;

  ProgressBars(PrintStream out, LongSupplier nanoTime) {
    this.out = out;
    this.nanoTime = nanoTime;
  }

  @Override
  public synchronized void onProgress(ProgressEvent event) {
    StringBuilder text = new StringBuilder();
    if (event.isLast()) {
      active.remove(event.taskId());
      erase(text);
      text.append(line(event)).append('\n');
    } else {
      active.put(event.taskId(), event);
      long now = nanoTime.getAsLong();
      if (drawnLines == active.size() && now - drawnAt < REDRAW_NANOS) {
        return;
      }
      drawnAt = now;
      erase(text);
    }
    for (ProgressEvent task : active.values()) {
      text.append(line(task)).append('\n');
    }
    drawnLines = active.size();
    out.print(text);
    out.flush();
  }

  private void erase(StringBuilder text) {
    text.append(UP_AND_CLEAR.repeat(drawnLines));
  }

  private static String line(ProgressEvent event) {
    String indent = event.parentId().isPresent() ? "  " : "";
    String name = indent + event.name();
    String shown = name.length() > NAME_WIDTH ? name.substring(0, NAME_WIDTH - 1) + "…" : name;
    return String.format("%-" + NAME_WIDTH + "s %s %s", shown, bar(event), Sizes.of(event));
  }

  private static String bar(ProgressEvent event) {
    return switch (event.state()) {
      case COMPLETED -> String.format("%-" + (BAR_WIDTH + 2) + "s", "done");
      case FAILED -> String.format("%-" + (BAR_WIDTH + 2) + "s", "failed");
      default ->
          event.totalBytes().isEmpty()
              ? String.format("%-" + (BAR_WIDTH + 2) + "s", "…")
              : "[" + filling(event) + "]";
    };
  }

  private static String filling(ProgressEvent event) {
    double share =
        event.totalBytes().orElse(0) == 0
            ? 0
            : (double) event.doneBytes() / event.totalBytes().getAsLong();
    int filled = (int) Math.min(BAR_WIDTH, Math.floor(share * BAR_WIDTH));
    String bar = "=".repeat(filled) + (filled < BAR_WIDTH ? ">" : "");
    return bar + " ".repeat(BAR_WIDTH - bar.length());
  }
}
