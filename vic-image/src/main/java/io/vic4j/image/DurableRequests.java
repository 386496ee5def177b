package io.vic4j.image;

import io.vic4j.core.ImageReference;
import io.vic4j.core.VicException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The requests of one service that are written down. Thread-safe. */
final class DurableRequests implements AutoCloseable {
  /*
   * A request is written down with the name of its service, and a service holds a claim on its name
   * while it lives. So whoever gets the claim on a name knows that this service has ended, and that
   * nobody else is taking its requests over.
   */

  private static final Logger log = LoggerFactory.getLogger(DurableRequests.class);

  private final ImageStore store;
  private final Pulse pulse;
  private final String service;
  private final InstantSource clock;
  private @Nullable ImageLease claim;
  private Pulse.@Nullable Beat renewal;

  DurableRequests(ImageStore store, Pulse pulse, String service, InstantSource clock) {
    this.store = store;
    this.pulse = pulse;
    this.service = service;
    this.clock = clock;
  }

  /** Writes a new request down. */
  void remember(ImageRequest request, ImageReference reference) {
    claimName();
    request
        .scope()
        .remember(
            new StoredRequest(
                request.id(), reference, request.options(), service, clock.instant(), 1));
  }

  private synchronized void claimName() {
    if (claim == null) {
      ImageLease taken =
          store
              .claim(StoredRequest.owner(service))
              .orElseThrow(() -> new IllegalStateException("two services are called " + service));
      claim = taken;
      renewal = pulse.beat("claim of service " + service, taken::renew);
    }
  }

  /** A request has ended; what cannot be forgotten now is found again by the next service. */
  static void forget(ImageRequest request) {
    boolean interrupted = Thread.interrupted(); // It was for the transfer.
    try {
      request.scope().forget(request.id());
    } catch (VicException e) {
      log.warn("could not forget {}", request, e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** What is to be done with a request that was left behind. */
  interface Heir {
    void resume(ImageScope scope, StoredRequest request);

    void abandon(ImageScope scope, StoredRequest request);
  }

  /** Takes over the requests in this scope whose services have ended. */
  void takeOver(ImageScope scope, ResumePolicy policy, Heir heir) {
    claimName();
    Map<String, List<StoredRequest>> byService = new HashMap<>();
    for (StoredRequest request : scope.requests()) {
      if (!request.service().equals(service)) {
        byService.computeIfAbsent(request.owner(), owner -> new ArrayList<>()).add(request);
      }
    }
    byService.forEach(
        (owner, requests) -> {
          Optional<ImageLease> inherited = store.claim(owner);
          if (inherited.isPresent()) {
            try (ImageLease held = inherited.get();
                Pulse.Beat beat = pulse.beat("claim of " + owner, held::renew)) {
              requests.forEach(request -> takeOver(scope, request, policy, heir));
            }
          }
        });
  }

  private void takeOver(ImageScope scope, StoredRequest request, ResumePolicy policy, Heir heir) {
    Instant oldest = clock.instant().minus(policy.maxAge());
    if (request.attempts() >= policy.maxAttempts() || request.asked().isBefore(oldest)) {
      if (scope.forget(request.id())) {
        heir.abandon(scope, request);
      }
      return;
    }
    StoredRequest ours = request.takenOverBy(service);
    scope.remember(ours);
    heir.resume(scope, ours);
  }

  @Override
  public void close() {
    ImageLease ended;
    Pulse.Beat endedRenewal;
    synchronized (this) {
      ended = claim;
      endedRenewal = renewal;
      claim = null;
      renewal = null;
    }
    if (endedRenewal != null) {
      endedRenewal.close();
    }
    if (ended != null) {
      try {
        ended.close();
      } catch (VicException e) {
        log.warn("could not end the claim of service {}; it runs out", service, e);
      }
    }
  }
}
