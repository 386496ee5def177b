package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.VchName;
import io.vic4j.core.VicException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notes in scopes when their images are used, but not each time. Thread-safe. */
final class ImageUses {
  private static final Logger log = LoggerFactory.getLogger(ImageUses.class);
  private static final Duration PRECISION = Duration.ofHours(1);

  private final InstantSource clock;
  private final Map<Use, Instant> noted = new ConcurrentHashMap<>();

  ImageUses(InstantSource clock) {
    this.clock = clock;
  }

  /** An image that a VCH uses. */
  private record Use(VchName vch, Digest imageId) {}

  /** Notes that an image is used; what fails is logged, for who uses it has no need of the note. */
  void note(ImageScope scope, Digest imageId) {
    Instant now = clock.instant();
    Use use = new Use(scope.vch(), imageId);
    Instant before = noted.get(use);
    if (before != null && now.isBefore(before.plus(PRECISION))) {
      return;
    }
    try {
      scope.use(imageId, now);
      noted.put(use, now);
    } catch (CancelledException e) {
      throw e;
    } catch (VicException e) {
      log.warn("could not note that {} uses image {}", scope.vch(), imageId, e);
    }
  }
}
