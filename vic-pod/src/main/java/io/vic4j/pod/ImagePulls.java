package io.vic4j.pod;

import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.image.Image;
import io.vic4j.image.ImageSource;
import io.vic4j.image.ImageSources;
import io.vic4j.image.Images;
import io.vic4j.image.PullOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** Brings the images of containers here, as their pull policies say: side by side, each once. */
final class ImagePulls {
  private final Images images;
  private final Executor executor;

  ImagePulls(Images images, Executor executor) {
    this.images = images;
    this.executor = executor;
  }

  /**
   * The images of these containers, by what the containers call them. Where several containers want
   * one image, the most eager policy counts for all.
   *
   * @param sources where they are pulled from; where the host has its images from if empty
   * @param title for whom, for messages
   */
  Map<String, Image> pull(
      Iterable<ContainerSpec> containers,
      Optional<ImageSources> sources,
      String title,
      Progress progress) {
    Map<String, ContainerSpec> wanted = new LinkedHashMap<>();
    for (ContainerSpec container : containers) {
      wanted.merge(
          container.image(),
          container,
          (one, other) -> one.pullPolicy().compareTo(other.pullPolicy()) < 0 ? other : one);
    }
    List<Supplier<Image>> work = new ArrayList<>();
    wanted.values().forEach(container -> work.add(() -> pull(container, sources, progress)));
    List<Image> pulled = SideBySide.run(work, executor, "pull of the images of " + title);
    Map<String, Image> byName = new LinkedHashMap<>();
    int next = 0;
    for (String name : wanted.keySet()) {
      byName.put(name, pulled.get(next++));
    }
    return byName;
  }

  private Image pull(ContainerSpec container, Optional<ImageSources> sources, Progress progress) {
    if (container.imageId().isPresent()) {
      return images
          .scope()
          .find(container.imageId().get())
          .orElseThrow(
              () ->
                  missing(container, "no image of host " + images.vch() + " has this ID; pull it"));
    }
    var reference = container.reference().orElseThrow();
    return switch (container.pullPolicy()) {
      case ALWAYS -> pull(reference, sources, progress);
      case IF_NOT_PRESENT ->
          images.find(reference).orElseGet(() -> pull(reference, sources, progress));
      case NEVER ->
          images
              .find(reference)
              .orElseThrow(
                  () ->
                      missing(
                          container, "it is not here, and its pull policy is never to pull it"));
    };
  }

  private Image pull(ImageReference reference, Optional<ImageSources> sources, Progress progress) {
    try {
      if (sources.isEmpty()) {
        return images.pull(reference, progress);
      }
      try (ImageSource source = sources.get().open(reference)) {
        return images.pull(source, PullOptions.DEFAULT.withNames(reference), progress).image();
      }
    } catch (OutOfSpaceException e) {
      throw e; // The image is not at fault.
    } catch (UnavailableException e) {
      throw new ImageUnavailableException(reference.toString(), e);
    }
  }

  private static NotFoundException missing(ContainerSpec container, String problem) {
    return new NotFoundException(
        "image", container.image(), "image not found: " + container.image() + ": " + problem, null);
  }
}
