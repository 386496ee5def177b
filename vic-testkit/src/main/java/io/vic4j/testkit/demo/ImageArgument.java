package io.vic4j.testkit.demo;

import io.vic4j.core.Progress;
import io.vic4j.image.ImageSource;
import io.vic4j.image.Images;
import io.vic4j.image.PullOptions;
import io.vic4j.image.PullResult;
import io.vic4j.image.layout.ImageLocation;
import io.vic4j.image.registry.RegistryClient;
import java.util.function.UnaryOperator;

/** An image as the command line names it. */
final class ImageArgument {
  static final String DESCRIPTION =
      "host:port/name:tag, name@sha256:…, oci:DIR[:tag] or docker-archive:FILE.";

  private ImageArgument() {}

  /** Brings the image to {@code images}, from wherever it is. */
  static PullResult pull(
      String argument, Images images, RegistryOptions options, Progress progress) {
    return pull(argument, images, options, source -> source, progress);
  }

  /** The same, through what {@code decorator} makes of the source; closing that closes it. */
  static PullResult pull(
      String argument,
      Images images,
      RegistryOptions options,
      UnaryOperator<ImageSource> decorator,
      Progress progress) {
    ImageLocation location = ImageLocation.parse(argument);
    PullOptions pullOptions =
        location
            .suggestedName()
            .map(PullOptions.DEFAULT::withNames)
            .orElse(PullOptions.DEFAULT)
            .withPlatform(options.platform());
    if (location instanceof ImageLocation.Registry registry) {
      try (RegistryClient client = options.client(registry.reference());
          ImageSource source = decorator.apply(client.open(registry.reference()))) {
        return images.pull(source, pullOptions, progress);
      }
    }
    try (ImageSource source = decorator.apply(location.open(ImageArgument::noRegistry))) {
      return images.pull(source, pullOptions, progress);
    }
  }

  private static ImageSource noRegistry(io.vic4j.core.ImageReference reference) {
    throw new IllegalStateException("not a local image: " + reference);
  }
}
