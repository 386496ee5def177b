package io.vic4j.core;

import java.util.OptionalLong;

/**
 * One step of a task.
 *
 * @param taskId the task, unique below one {@link Progress#to listener}
 * @param parentId the task it is part of; empty at the top
 * @param name what is done, for people
 * @param state where the task stands
 * @param doneBytes bytes done so far; never decreases within a task
 * @param totalBytes bytes in all, where known
 */
public record ProgressEvent(
    long taskId,
    OptionalLong parentId,
    String name,
    State state,
    long doneBytes,
    OptionalLong totalBytes) {
  /** Where a task stands. */
  public enum State {
    /** It began, or its size became known. */
    STARTED,
    /** It is at work. */
    ADVANCED,
    /** It is done; {@code doneBytes} equals {@code totalBytes} where that is known. */
    COMPLETED,
    /** It ended without success; {@code doneBytes} is as far as it came. */
    FAILED
  }

  /** Whether this is the task's last event. */
  public boolean isLast() {
    return state == State.COMPLETED || state == State.FAILED;
  }
}
