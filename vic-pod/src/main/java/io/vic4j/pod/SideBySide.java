package io.vic4j.pod;

import io.vic4j.core.CancelledException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Does several pieces of work at once. The caller's thread does its share, and whatever no thread
 * of the executor has begun by then; so it never waits for a thread, however few there are. The
 * first failure, or an interruption of the caller, cancels all the others; it is thrown when no
 * piece is under way any more.
 */
final class SideBySide<T> {
  private final List<Piece> pieces;
  private final String what;
  private @Nullable Throwable failure;

  private SideBySide(List<Supplier<T>> work, String what) {
    this.pieces = work.stream().map(Piece::new).toList();
    this.what = what;
  }

  /**
   * The results of all pieces, in their order.
   *
   * @param what all of it, for the message of a cancellation
   */
  static <T> List<T> run(List<Supplier<T>> work, Executor executor, String what) {
    if (work.size() == 1) {
      return List.of(work.get(0).get()); // Nothing is beside it.
    }
    return new SideBySide<>(work, what).run(executor);
  }

  private List<T> run(Executor executor) {
    for (Piece piece : pieces.subList(Math.min(1, pieces.size()), pieces.size())) {
      try {
        executor.execute(piece);
      } catch (RejectedExecutionException e) {
        break; // The caller's thread does it.
      }
    }
    pieces.forEach(Piece::run);
    try {
      for (Piece piece : pieces) {
        piece.ended.get();
      }
    } catch (InterruptedException e) {
      fail(CancelledException.from(e, what));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // Pieces end well, whatever their work does.
    }
    awaitAll();
    Throwable first = failure();
    if (first instanceof RuntimeException e) {
      throw e;
    } else if (first instanceof Error e) {
      throw e;
    }
    return pieces.stream().map(Piece::result).toList();
  }

  private void awaitAll() {
    boolean interrupted = Thread.interrupted();
    try {
      CompletableFuture.allOf(
              pieces.stream().map(piece -> piece.ended).toArray(CompletableFuture[]::new))
          .join();
    } catch (CompletionException e) {
      throw new IllegalStateException(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized @Nullable Throwable failure() {
    return failure;
  }

  private void fail(Throwable e) {
    synchronized (this) {
      if (failure != null) {
        return;
      }
      failure = e;
    }
    pieces.forEach(Piece::cancel);
  }

  private final class Piece implements Runnable {
    private final Supplier<T> work;
    private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
    private boolean taken;
    private boolean cancelled;
    private @Nullable Thread worker;
    private @Nullable T result;

    Piece(Supplier<T> work) {
      this.work = work;
    }

    @Override
    public void run() {
      synchronized (this) {
        if (taken) {
          return;
        }
        taken = true;
        worker = Thread.currentThread();
      }
      try {
        T value = work.get();
        synchronized (this) {
          result = value;
        }
      } catch (RuntimeException | Error e) {
        fail(e);
      } finally {
        synchronized (this) {
          worker = null;
          if (cancelled) {
            // Our interruption, not the thread's own business after this.
            Thread.interrupted();
          }
        }
        ended.complete(null);
      }
    }

    /** Interrupts the work, or lets it never begin. */
    synchronized void cancel() {
      if (!taken) {
        taken = true;
        ended.complete(null);
      } else if (worker != null && worker != Thread.currentThread()) {
        cancelled = true;
        worker.interrupt();
      }
    }

    synchronized T result() {
      if (result == null) {
        throw new IllegalStateException(what + " is not done");
      }
      return result;
    }
  }
}
