package io.vic4j.pod.kubernetes.node;

import io.vic4j.core.ProgressEvent;
import io.vic4j.core.ProgressListener;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/** Tells as events which images of a pod are pulled. */
final class PullEvents implements ProgressListener {
  private static final String IMAGE = "image ";

  private final BiConsumer<String, String> event;
  private final Set<Long> begun = ConcurrentHashMap.newKeySet();

  /**
   * Events to be told.
   *
   * @param event takes a reason and a message
   */
  PullEvents(BiConsumer<String, String> event) {
    this.event = event;
  }

  @Override
  public void onProgress(ProgressEvent progress) {
    if (progress.parentId().isPresent() || !progress.name().startsWith(IMAGE)) {
      return;
    }
    String image = progress.name().substring(IMAGE.length());
    if (begun.add(progress.taskId())) {
      event.accept("Pulling", "Pulling image \"" + image + "\"");
    }
    if (progress.state() == ProgressEvent.State.COMPLETED) {
      event.accept("Pulled", "Successfully pulled image \"" + image + "\"");
    }
  }

  boolean anyPulled() {
    return !begun.isEmpty();
  }
}
