package io.vic4j.image;

import io.vic4j.core.ImageReference;
import java.time.Instant;

/**
 * A request that is written down in a scope, so that it outlives its process.
 *
 * @param id what it is known by
 * @param reference what was requested
 * @param options how
 * @param service the service whose it is; that holds the {@linkplain ImageStore#claim claim} on
 *     {@link #owner} while it lives
 * @param asked when it was first requested, by the clock of the service it was requested from
 * @param attempts how many services have had it
 */
public record StoredRequest(
    String id,
    ImageReference reference,
    RequestOptions options,
    String service,
    Instant asked,
    int attempts) {
  /** What the service whose it is has claimed. */
  public String owner() {
    return owner(service);
  }

  static String owner(String service) {
    return "service " + service;
  }

  StoredRequest takenOverBy(String newService) {
    return new StoredRequest(id, reference, options, newService, asked, attempts + 1);
  }
}
