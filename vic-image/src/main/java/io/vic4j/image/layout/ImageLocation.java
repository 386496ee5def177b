package io.vic4j.image.layout;

import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.image.ImageSource;
import io.vic4j.image.ImageSources;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where an image is to be fetched from, as people write it on a command line:
 *
 * <ul>
 *   <li>{@code oci:DIR[:tag]}, an OCI image layout;
 *   <li>{@code docker-archive:FILE[:reference]}, a tar of {@code docker save};
 *   <li>{@code docker://reference}, or just a reference: a registry.
 * </ul>
 *
 * <p>These are the names that skopeo uses. As there, a folder or file whose name holds a colon
 * cannot be named so.
 */
public sealed interface ImageLocation {
  /** An image in a registry. */
  record Registry(ImageReference reference) implements ImageLocation {
    @Override
    public ImageSource open(ImageSources registry) {
      return registry.open(reference);
    }

    @Override
    public Optional<ImageReference> suggestedName() {
      return Optional.of(reference);
    }

    @Override
    public String toString() {
      return reference.toString();
    }
  }

  /**
   * An image in an OCI image layout.
   *
   * @param folder the layout
   * @param tag which of its images; empty if there is only one
   */
  record Layout(Path folder, String tag) implements ImageLocation {
    @Override
    public ImageSource open(ImageSources registry) {
      return tag.isEmpty() ? OciLayout.open(folder) : OciLayout.open(folder, tag);
    }

    @Override
    public Optional<ImageReference> suggestedName() {
      return LocalNames.suggest(folder, tag);
    }

    @Override
    public String toString() {
      return "oci:" + folder + (tag.isEmpty() ? "" : ":" + tag);
    }
  }

  /**
   * An image in a tar of {@code docker save}.
   *
   * @param file the tar
   * @param reference which of its images; empty if there is only one
   */
  record Archive(Path file, String reference) implements ImageLocation {
    @Override
    public ImageSource open(ImageSources registry) {
      return reference.isEmpty()
          ? DockerArchive.open(file)
          : DockerArchive.open(file, ImageReference.parse(reference));
    }

    @Override
    public Optional<ImageReference> suggestedName() {
      return reference.isEmpty()
          ? LocalNames.suggest(file, "")
          : Optional.of(ImageReference.parse(reference));
    }

    @Override
    public String toString() {
      return "docker-archive:" + file + (reference.isEmpty() ? "" : ":" + reference);
    }
  }

  /**
   * Reads a location.
   *
   * @throws InvalidArgumentException if it is none
   */
  static ImageLocation parse(String text) {
    if (text.startsWith("oci:")) {
      String[] parts = split(text, "oci:");
      return new Layout(path(text, parts[0]), parts[1]);
    }
    if (text.startsWith("docker-archive:")) {
      String[] parts = split(text, "docker-archive:");
      if (!parts[1].isEmpty()) {
        ImageReference.parse(parts[1]);
      }
      return new Archive(path(text, parts[0]), parts[1]);
    }
    return new Registry(
        ImageReference.parse(
            text.startsWith("docker://") ? text.substring("docker://".length()) : text));
  }

  private static String[] split(String text, String scheme) {
    String rest = text.substring(scheme.length());
    int colon = rest.indexOf(':');
    String place = colon < 0 ? rest : rest.substring(0, colon);
    if (place.isEmpty()) {
      throw new InvalidArgumentException(
          "not a place of an image: '" + text + "' (want " + scheme + "PATH[:NAME])");
    }
    return new String[] {place, colon < 0 ? "" : rest.substring(colon + 1)};
  }

  private static Path path(String text, String path) {
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      throw new InvalidArgumentException(
          "not a place of an image: '" + text + "': " + e.getMessage(), e);
    }
  }

  /**
   * Opens the source; the caller closes it.
   *
   * @param registry used if it is in a registry
   * @throws io.vic4j.core.NotFoundException if it is not there
   * @throws InvalidArgumentException if what is there holds no images, or several and this does not
   *     say which
   */
  ImageSource open(ImageSources registry);

  /**
   * What to call the image where people did not say: the reference, or {@code localhost/<folder's
   * name>:<tag>}. Empty if the file's name does not make one.
   */
  Optional<ImageReference> suggestedName();
}
