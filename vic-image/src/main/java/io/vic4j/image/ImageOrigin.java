package io.vic4j.image;

import io.vic4j.core.ImageReference;
import java.util.Optional;

/** Where an image is fetched from, before that has been opened. */
interface ImageOrigin {
  /** What people call it. */
  String name();

  /** The reference that it is fetched by, if it is. */
  Optional<ImageReference> reference();

  /** Its registry; empty if it has none. */
  default String registry() {
    return reference().map(ImageReference::registry).orElse("");
  }

  /** Opens it; may block. */
  SharedSource open();

  /** What a reference names. */
  static ImageOrigin of(ImageReference reference, ImageSources sources) {
    return new ImageOrigin() {
      @Override
      public String name() {
        return reference.toString();
      }

      @Override
      public Optional<ImageReference> reference() {
        return Optional.of(reference);
      }

      @Override
      public SharedSource open() {
        return new SharedSource(sources.open(reference), true);
      }
    };
  }

  /** A source that its caller has opened and will close. */
  static ImageOrigin of(ImageSource source) {
    return new ImageOrigin() {
      @Override
      public String name() {
        return source.name();
      }

      @Override
      public Optional<ImageReference> reference() {
        return Optional.empty();
      }

      @Override
      public SharedSource open() {
        return new SharedSource(source, false);
      }
    };
  }
}
