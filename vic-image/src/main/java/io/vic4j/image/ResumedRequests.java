package io.vic4j.image;

import java.util.List;

/**
 * What became of the requests that other services left behind.
 *
 * @param resumed those that go on
 * @param abandoned those that were forgotten
 */
public record ResumedRequests(List<ImageRequest> resumed, List<StoredRequest> abandoned) {
  /** Copies the lists. */
  public ResumedRequests {
    resumed = List.copyOf(resumed);
    abandoned = List.copyOf(abandoned);
  }
}
