package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Applies an {@link ImageFilter} to what a scope has. */
final class FilteredListing {
  private FilteredListing() {}

  static ImageListing of(ImageScope scope, ImageFilter filter) {
    ImageListing all = scope.list();
    List<Predicate<ListedImage>> conditions = new ArrayList<>();
    filter.dangling().ifPresent(wanted -> conditions.add(it -> it.names().isEmpty() == wanted));
    filter.before().ifPresent(other -> conditions.add(made(scope, other, -1)));
    filter.since().ifPresent(other -> conditions.add(made(scope, other, 1)));
    if (!filter.labels().isEmpty()) {
      Map<Digest, ImageMetadata> metadata = scope.metadata();
      filter.labels().forEach(label -> conditions.add(it -> has(it, metadata, label)));
    }
    List<ListedImage> images = new ArrayList<>();
    for (ListedImage listed : all.images()) {
      if (conditions.stream().allMatch(condition -> condition.test(listed))) {
        named(listed, filter.references()).ifPresent(images::add);
      }
    }
    return new ImageListing(images, all.damaged());
  }

  /** The image with those of its names that match; empty if none does. */
  private static Optional<ListedImage> named(ListedImage listed, List<NameGlob> patterns) {
    if (patterns.isEmpty()) {
      return Optional.of(listed);
    }
    List<ImageReference> names =
        listed.names().stream()
            .filter(name -> patterns.stream().anyMatch(pattern -> pattern.matches(name)))
            .toList();
    return names.isEmpty() ? Optional.empty() : Optional.of(new ListedImage(listed.image(), names));
  }

  /** As Docker: an image that does not say when it was made is older than all. */
  private static Predicate<ListedImage> made(ImageScope scope, String other, int order) {
    Instant time = created(scope.get(other));
    return listed -> Integer.signum(created(listed.image()).compareTo(time)) == order;
  }

  private static Instant created(Image image) {
    return image.created().orElse(Instant.MIN);
  }

  private static boolean has(
      ListedImage listed, Map<Digest, ImageMetadata> metadata, ImageFilter.Label label) {
    ImageMetadata own = metadata.get(listed.image().id());
    String ofVch = own == null ? null : own.labels().get(label.name());
    String ofImage = listed.image().config().labels().get(label.name());
    return label.value() == null
        ? ofVch != null || ofImage != null
        : label.value().equals(ofVch) || label.value().equals(ofImage);
  }
}
