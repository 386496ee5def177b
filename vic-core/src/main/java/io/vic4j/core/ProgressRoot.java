package io.vic4j.core;

import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listener, guarded: what it throws is logged and breaks nothing. Numbers the tasks. */
record ProgressRoot(ProgressListener listener, AtomicLong lastId) implements Progress {
  private static final Logger log = LoggerFactory.getLogger(Progress.class);

  @Override
  public ProgressTask begin(String name) {
    return new ProgressTask(this, null, name);
  }

  void publish(ProgressEvent event) {
    try {
      listener.onProgress(event);
    } catch (RuntimeException e) {
      log.warn("progress listener failed at '{}'", event.name(), e);
    }
  }
}
