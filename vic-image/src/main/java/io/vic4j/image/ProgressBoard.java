package io.vic4j.image;

import io.vic4j.core.ProgressEvent;
import io.vic4j.core.ProgressListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far some work is, for watchers that come and go: who comes late hears the last event of each
 * task first. What a watcher throws is logged and breaks nothing. Thread-safe.
 */
final class ProgressBoard implements ProgressListener {
  private static final Logger log = LoggerFactory.getLogger(ProgressBoard.class);

  private final Map<Long, ProgressEvent> last = new TreeMap<>();
  private final List<ProgressListener> watchers = new ArrayList<>();

  @Override
  public synchronized void onProgress(ProgressEvent event) {
    last.put(event.taskId(), event);
    for (ProgressListener watcher : List.copyOf(watchers)) {
      tell(watcher, event);
    }
  }

  private static void tell(ProgressListener watcher, ProgressEvent event) {
    try {
      watcher.onProgress(event);
    } catch (RuntimeException e) {
      log.warn("progress listener failed at '{}'", event.name(), e);
    }
  }

  /** The last event of each task, a task after the one that it is part of. */
  synchronized List<ProgressEvent> events() {
    return List.copyOf(last.values());
  }

  synchronized void watch(ProgressListener watcher) {
    last.values().forEach(event -> tell(watcher, event));
    watchers.add(watcher);
  }

  synchronized void unwatch(ProgressListener watcher) {
    watchers.remove(watcher);
  }
}
