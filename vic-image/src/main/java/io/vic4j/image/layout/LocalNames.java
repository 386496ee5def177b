package io.vic4j.image.layout;

import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Makes references of files' names, as podman does. */
final class LocalNames {
  private static final Pattern NOT_PLAIN = Pattern.compile("[^a-z0-9]+");
  private static final Pattern ENDS = Pattern.compile("^-|-(tar)?$");

  private LocalNames() {}

  static Optional<ImageReference> suggest(Path path, String tag) {
    Path fileName = path.toAbsolutePath().normalize().getFileName();
    String lower = fileName == null ? "" : fileName.toString().toLowerCase(Locale.ROOT);
    String plain = ENDS.matcher(NOT_PLAIN.matcher(lower).replaceAll("-")).replaceAll("");
    try {
      return Optional.of(
          ImageReference.parse("localhost/" + plain + (tag.isEmpty() ? "" : ":" + tag)));
    } catch (InvalidArgumentException e) {
      return Optional.empty();
    }
  }
}
