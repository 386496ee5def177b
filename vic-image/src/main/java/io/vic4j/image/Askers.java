package io.vic4j.image;

import io.vic4j.core.VicException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Those who asked for one image, in the order they came, and whether others may come still. Each of
 * them is told once how it ended, by who takes it away here. To be used under the lock of their
 * fetch.
 */
final class Askers {
  private final Set<ImageRequest> all = new LinkedHashSet<>();
  private boolean open = true;

  /** What became of an asker who wants to leave. */
  enum Leaving {
    /** There is no such asker. */
    UNKNOWN,
    /** Gone; others are there. */
    GONE,
    /** It is the last one, and stays until the fetch has ended; nobody comes any more. */
    LAST
  }

  /** One more; false if it is too late for that. */
  boolean add(ImageRequest asker) {
    return open && all.add(asker);
  }

  /** Nobody comes any more. */
  void close() {
    open = false;
  }

  List<ImageRequest> list() {
    return List.copyOf(all);
  }

  /** What the most urgent one wants. */
  Priority priority() {
    Priority most = Priority.PREFETCH;
    for (ImageRequest asker : all) {
      most = asker.priority().compareTo(most) > 0 ? asker.priority() : most;
    }
    return most;
  }

  /** Lets one go, unless it is the last. */
  Leaving leave(ImageRequest asker) {
    if (!all.contains(asker)) {
      return Leaving.UNKNOWN;
    }
    if (all.size() == 1) {
      open = false;
      return Leaving.LAST;
    }
    all.remove(asker);
    return Leaving.GONE;
  }

  /**
   * Takes one away that fails alone.
   *
   * @return false if it had given up before
   * @throws VicException the failure, if it is the last: then the whole fetch fails
   */
  boolean fail(ImageRequest asker, VicException failure) {
    if (!all.contains(asker)) {
      return false;
    }
    if (all.size() == 1) {
      throw failure;
    }
    all.remove(asker);
    return true;
  }

  /** Those who are not among these; if there are none, nobody comes any more. */
  List<ImageRequest> others(Set<ImageRequest> than) {
    List<ImageRequest> others = new ArrayList<>(all);
    others.removeAll(than);
    open = !others.isEmpty();
    return others;
  }
}
