package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.VicException;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a store to a quota, after each pull that brought something. Thread-safe. */
final class RoomKeeper {
  private static final Logger log = LoggerFactory.getLogger(RoomKeeper.class);

  private enum State {
    IDLE,
    RUNNING,
    /** Something came while it ran, so it has to look again. */
    AGAIN
  }

  private final ImageStore store;
  private final Executor executor;
  private final long quotaBytes;
  private final Supplier<Set<Digest>> inUse;
  private State state = State.IDLE;

  RoomKeeper(ImageStore store, Executor executor, long quotaBytes, Supplier<Set<Digest>> inUse) {
    this.store = store;
    this.executor = executor;
    this.quotaBytes = quotaBytes;
    this.inUse = inUse;
  }

  /** Something has come: makes room on the executor, once for all that comes meanwhile. */
  void grown() {
    synchronized (this) {
      if (state != State.IDLE) {
        state = State.AGAIN;
        return;
      }
      state = State.RUNNING;
    }
    try {
      executor.execute(this::run);
    } catch (RejectedExecutionException e) {
      idle();
      log.debug("no room is made in {}: the executor takes nothing more", store, e);
    }
  }

  private void run() {
    boolean more = true;
    try {
      while (more) {
        makeRoom();
        synchronized (this) {
          more = state == State.AGAIN;
          state = more ? State.RUNNING : State.IDLE;
        }
      }
    } finally {
      if (more) {
        idle(); // By an error.
      }
    }
  }

  private synchronized void idle() {
    state = State.IDLE;
  }

  /** Nobody waits for it, so what fails is logged; the next pull tries again. */
  private void makeRoom() {
    try {
      RoomReport report = store.makeRoom(quotaBytes, inUse);
      if (report.bytesBefore() > quotaBytes) {
        log.info(
            "made room in {}: {} bytes of {} are left, for a quota of {}; evicted {}",
            store,
            report.bytesAfter(),
            report.bytesBefore(),
            quotaBytes,
            report.evicted());
      }
    } catch (CancelledException e) {
      log.debug("making room in {} was cancelled", store, e);
    } catch (VicException e) {
      log.warn("could not make room in {}", store, e);
    }
  }
}
