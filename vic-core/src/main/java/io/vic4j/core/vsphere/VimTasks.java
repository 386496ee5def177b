package io.vic4j.core.vsphere;

import com.vmware.vim25.LocalizedMethodFault;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.RequestCanceled;
import io.vic4j.core.CancelledException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.vsphere.soap.SoapFault;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts tasks and waits for what becomes of them. Thread-safe. */
final class VimTasks {
  private static final Logger log = LoggerFactory.getLogger(VimTasks.class);

  private static final int ATTEMPTS = 3;

  private final VimSession session;
  private final TaskBoard board;
  private final Duration timeout;

  /**
   * Tasks of a session.
   *
   * @param timeout after which a task counts as hanging, and is cancelled
   */
  VimTasks(VimSession session, TaskBoard board, Duration timeout) {
    this.session = session;
    this.board = board;
    this.timeout = timeout;
  }

  /**
   * Runs a task to its end. An interruption cancels it on the server. Whether it came too late is
   * known when this returns or throws: a task that succeeds all the same is a success, and the
   * thread stays interrupted.
   *
   * @param what what it is for, for messages: {@code "power-on of VM web"}
   * @return what it gave
   * @throws CancelledException if it was cancelled
   * @throws VicException if it failed
   */
  @Nullable Object run(String what, VimCall<ManagedObjectReference> start) {
    ManagedObjectReference task = session.call(what, start);
    CompletableFuture<TaskBoard.Outcome> future = board.expect(task);
    TaskBoard.Outcome outcome = await(what, task, future);
    LocalizedMethodFault error = outcome.error();
    if (error == null) {
      return outcome.result();
    }
    if (error.getFault() instanceof RequestCanceled) {
      throw new CancelledException("cancelled: " + what, error.getFault());
    }
    throw VimFaults.translate(SoapFault.of(error), what);
  }

  /**
   * Runs a task that does no harm if it is run twice: again, if the connection breaks and nobody
   * knows whether it was run.
   *
   * @param done whether a failure after such a break means that it was run, and not that it failed
   * @return what it gave; null as well if that was lost
   */
  @Nullable Object repeat(
      String what, VimCall<ManagedObjectReference> start, Predicate<VicException> done) {
    for (int attempt = 1; ; attempt++) {
      try {
        return run(what, start);
      } catch (BrokenConnectionException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        log.debug("{} is tried again: {}", what, e.getMessage());
      } catch (VicException e) {
        if (attempt == 1 || !done.test(e)) {
          throw e;
        }
        return null;
      }
    }
  }

  private TaskBoard.Outcome await(
      String what, ManagedObjectReference task, CompletableFuture<TaskBoard.Outcome> future) {
    long end = System.nanoTime() + timeout.toNanos();
    boolean interrupted = false;
    boolean cancelled = false;
    try {
      while (true) {
        try {
          return future.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException e) {
          if (cancelled) {
            throw new UnavailableException(
                what + ": the task " + task.getVal() + " neither ends nor can be cancelled", e);
          }
        } catch (ExecutionException e) {
          throw failure(e);
        }
        if (!cancelled) {
          cancelled = true;
          cancel(what, task);
          end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static VicException failure(ExecutionException e) {
    return e.getCause() instanceof VicException known
        ? known
        : new UnavailableException("a task was lost", e.getCause());
  }

  private void cancel(String what, ManagedObjectReference task) {
    try {
      session.run(
          "cancellation of " + what,
          vim -> {
            vim.cancelTask(task);
          });
    } catch (VicException e) {
      log.debug("the task cannot be cancelled; its end is waited for", e);
    }
  }
}
