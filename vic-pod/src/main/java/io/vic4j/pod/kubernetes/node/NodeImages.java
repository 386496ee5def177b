package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.ContainerImage;
import io.vic4j.core.ImageReference;
import io.vic4j.image.Images;
import io.vic4j.image.ListedImage;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The images that a node tells of: those of its host that have names, the largest first, and no
 * more than a kubelet tells of by default. An image is as large as its layers when they are
 * transferred, as containerd has it.
 *
 * <p>Nobody tells of changes in a store that others share. So it is listed at intervals, apart from
 * the node's heartbeat, which never waits for that. {@link #known} is for all threads.
 */
final class NodeImages {
  static final Duration INTERVAL = Duration.ofMinutes(5);
  private static final int MAX_IMAGES = 50; // The kubelet's nodeStatusMaxImages.
  private static final int MAX_NAMES = 5; // Its MaxNamesPerImageInNodeStatus.
  private static final Comparator<ContainerImage> LARGEST_FIRST =
      Comparator.comparing(ContainerImage::getSizeBytes)
          .reversed()
          .thenComparing(it -> it.getNames().get(0));

  private final Images images;
  private volatile @Nullable List<ContainerImage> known;

  NodeImages(Images images) {
    this.images = images;
  }

  /** Those that were there when they were last listed; empty if they never were. */
  Optional<List<ContainerImage>> known() {
    return Optional.ofNullable(known);
  }

  /** Lists them. */
  void list() {
    known =
        images.list().images().stream()
            .filter(it -> !it.names().isEmpty())
            .map(NodeImages::told)
            .sorted(LARGEST_FIRST)
            .limit(MAX_IMAGES)
            .toList();
  }

  private static ContainerImage told(ListedImage listed) {
    List<String> names =
        Stream.concat(listed.image().pinned().stream(), listed.names().stream())
            .map(ImageReference::toString)
            .distinct()
            .limit(MAX_NAMES)
            .toList();
    return new ContainerImage(names, listed.image().transferBytes());
  }
}
