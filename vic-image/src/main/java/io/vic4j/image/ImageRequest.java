package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.ProgressEvent;
import io.vic4j.core.ProgressListener;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.VchName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An image that somebody asked for, on its way. Several requests for one image share its transfer,
 * and each of them can be cancelled without stopping the others: the transfer ends when the last is
 * cancelled.
 *
 * <pre>{@code
 * ImageRequest request = images.request(reference, RequestOptions.DEFAULT);
 * request.watch(event -> log.info("{}: {} bytes", event.name(), event.doneBytes()));
 * Image image = request.await(Duration.ofMinutes(10)).image();
 * }</pre>
 *
 * <p>Thread-safe. Nothing to close: who does not want it any more cancels it, or forgets it, and it
 * goes on.
 */
public final class ImageRequest {
  /** Where a request stands. */
  public enum State {
    /** Its turn has not come. */
    WAITING,
    /** It is being looked up or fetched. */
    RUNNING,
    /** The image is in the scope. */
    DONE,
    /** It failed; {@link ImageRequest#await()} says how. */
    FAILED,
    /** It was cancelled, or the service was closed. */
    CANCELLED
  }

  private final String id;
  private final ImageScope scope;
  private final RequestOptions options;
  private final List<ImageReference> names;
  private final CompletableFuture<PullResult> ended = new CompletableFuture<>();
  private volatile @Nullable ImageFetch fetch;
  private volatile @Nullable Priority raised;
  private volatile boolean givenUp;

  ImageRequest(
      String id, ImageScope scope, @Nullable ImageReference reference, RequestOptions options) {
    this.id = id;
    this.scope = scope;
    this.options = options;
    this.names =
        options.pull().names().isEmpty() && reference != null
            ? List.of(reference)
            : options.pull().names();
  }

  void isPartOf(ImageFetch itsFetch) {
    this.fetch = itsFetch;
  }

  private ImageFetch fetch() {
    ImageFetch itsFetch = fetch;
    if (itsFetch == null) {
      throw new IllegalStateException("not requested yet");
    }
    return itsFetch;
  }

  /** What it is known by, also to the next process. */
  public String id() {
    return id;
  }

  /** In whose scope the image will be. */
  public VchName vch() {
    return scope.vch();
  }

  ImageScope scope() {
    return scope;
  }

  List<ImageReference> names() {
    return names;
  }

  /** How it was requested. */
  public RequestOptions options() {
    return options;
  }

  /** What was requested; empty if it comes from a source that its caller opened. */
  public Optional<ImageReference> reference() {
    return fetch().reference();
  }

  /** How urgent it is now. */
  public Priority priority() {
    Priority now = raised;
    return now == null ? options.priority() : now;
  }

  /** Makes it as urgent as this at least: a prefetch for which somebody waits by now. */
  public void raise(Priority atLeast) {
    if (atLeast.compareTo(priority()) > 0) {
      raised = atLeast;
      fetch().raise(atLeast);
    }
  }

  /** Where it stands. */
  public State state() {
    if (!ended.isDone()) {
      return fetch().hasBegun() ? State.RUNNING : State.WAITING;
    }
    if (!ended.isCompletedExceptionally()) {
      return State.DONE;
    }
    return failure() instanceof CancelledException ? State.CANCELLED : State.FAILED;
  }

  private @Nullable Throwable failure() {
    return ended.handle((result, failure) -> failure).join();
  }

  /**
   * How far it is: the last event of each task, one for the image and one below it for each layer,
   * a task after the one that it is part of. Shared by all requests for the image.
   */
  public List<ProgressEvent> progress() {
    return fetch().board().events();
  }

  /** Lets somebody hear how far it is: first what {@link #progress} tells, then every step. */
  public void watch(ProgressListener watcher) {
    fetch().board().watch(watcher);
  }

  /** Lets somebody hear no more. */
  public void unwatch(ProgressListener watcher) {
    fetch().board().unwatch(watcher);
  }

  /**
   * Waits for the image.
   *
   * @return what the transfer came to, of which others may have been part
   * @throws TimedOutException if it is not there in time; the request goes on
   * @throws CancelledException if the thread is interrupted, and the request goes on; or if the
   *     request was cancelled, or the service closed
   * @throws io.vic4j.core.VicException if the request failed, as {@link Images#pull} says
   */
  public PullResult await(Duration timeout) {
    try {
      return ended.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new TimedOutException("the image " + fetch().name(), timeout);
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "wait for the image " + fetch().name());
    } catch (ExecutionException e) {
      throw rethrown(e);
    }
  }

  /** Waits for the image, for as long as it takes; as {@link #await(Duration)}. */
  public PullResult await() {
    try {
      return ended.get();
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "wait for the image " + fetch().name());
    } catch (ExecutionException e) {
      throw rethrown(e);
    }
  }

  private static RuntimeException rethrown(ExecutionException e) {
    return e.getCause() instanceof RuntimeException failure
        ? failure
        : new IllegalStateException(e.getCause());
  }

  /** For callers that do not block: completes as {@link #await()} returns or throws. */
  public CompletionStage<PullResult> completion() {
    return ended.copy();
  }

  /**
   * Wants the image no more. The transfer stops if nobody else wants it; layers that are whole by
   * then stay. Does nothing if the request has ended.
   */
  public void cancel() {
    givenUp = true;
    fetch().leave(this);
  }

  /** Whether its asker has given up, rather than the service. */
  boolean isGivenUp() {
    return givenUp;
  }

  /** Waits until nothing is done for this request, whatever happens. */
  void awaitQuiet() {
    boolean interrupted = false;
    while (true) {
      try {
        ended.get();
        break;
      } catch (ExecutionException e) {
        break; // Ended, in whatever way.
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  void complete(PullResult result) {
    ended.complete(result);
  }

  void fail(RuntimeException failure) {
    ended.completeExceptionally(failure);
  }

  boolean isEnded() {
    return ended.isDone();
  }

  @Override
  public String toString() {
    return "ImageRequest[" + fetch().name() + " for " + scope.vch() + ", " + state() + "]";
  }
}
