package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.VchName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One VCH's use of an {@link ImageStore}: the names it gives to images. What one scope does, no
 * other sees.
 *
 * <p>An image is in a scope while it has a name there, or while the scope {@linkplain #keep keeps}
 * it. The last of several who name an image at once wins, and nothing is lost: whoever looks
 * afterwards sees one of the images whole. Thread-safe, also against other processes on the same
 * datastore. All methods throw {@link io.vic4j.core.UnavailableException} if the store cannot be
 * reached, and {@link io.vic4j.core.CancelledException} if the thread is interrupted.
 */
public interface ImageScope {
  /** Whose scope it is. */
  VchName vch();

  /** All images of the scope. One that is damaged is told of, and hides no other. */
  ImageListing list();

  /**
   * What the scope has: one for each name, and one for each image that is kept without one; sorted
   * by image ID and name. Looks at no image, so also tells of those that are damaged or missing.
   */
  List<ScopedImage> uses();

  /**
   * What this name stands for; empty if the scope has no such name. A reference with a digest also
   * finds an image of that registry and repository that has the digest, under whatever tag.
   *
   * @throws io.vic4j.core.CorruptException if what is kept under the name is damaged
   */
  Optional<NamedImage> resolve(ImageReference name);

  /**
   * The image of this name; as {@link #resolve}.
   *
   * @throws io.vic4j.core.CorruptException if it is damaged
   */
  Optional<Image> find(ImageReference name);

  /**
   * The image of the scope with this image ID, or whose manifest or index has this digest.
   *
   * @throws io.vic4j.core.CorruptException if it is damaged
   */
  Optional<Image> find(Digest digest);

  /**
   * The image that a person means: by digest ({@code sha256:…}), by full image ID, by reference, or
   * by the first digits of its image ID, in this order.
   *
   * @throws io.vic4j.core.NotFoundException if the scope has no such image
   * @throws AmbiguousImageException if several image IDs begin so
   * @throws io.vic4j.core.InvalidArgumentException if it can be none of these
   * @throws io.vic4j.core.CorruptException if it is damaged
   */
  Image get(String nameOrId);

  /**
   * Lets a name stand for an image, whatever it stood for before.
   *
   * @throws io.vic4j.core.NotFoundException if the store does not have the image
   * @throws io.vic4j.core.ConflictException if others keep changing the name at the same time
   */
  void tag(NamedImage named);

  /**
   * Lets a name stand for an image; as {@link #tag(NamedImage)}.
   *
   * @throws io.vic4j.core.NotFoundException if the store does not have the image
   */
  default void tag(ImageReference name, Image image) {
    tag(NamedImage.of(name, image));
  }

  /**
   * Keeps an image in the scope, with or without a name, until it is removed.
   *
   * @throws io.vic4j.core.NotFoundException if the store does not have the image
   */
  void keep(Digest imageId);

  /**
   * Takes a name away. The image stays in the store until {@link ImageStore#collect}.
   *
   * @return whether the name was there
   */
  boolean untag(ImageReference name);

  /**
   * Takes an image out of the scope, with all names it has here. It stays in the store until {@link
   * ImageStore#collect}, and in other scopes.
   *
   * @return whether it was there
   */
  boolean remove(Digest imageId);

  /** The images that a filter lets through; as {@link #list()}. */
  ImageListing list(ImageFilter filter);

  /** What this VCH notes of an image, which need not be here. */
  ImageMetadata metadata(Digest imageId);

  /** What this VCH notes of its images, for those of which anything is noted. */
  Map<Digest, ImageMetadata> metadata();

  /**
   * Notes something of an image: what {@link #metadata(Digest)} gave, edited. Of several who edit
   * one revision, one wins.
   *
   * @return what holds now
   * @throws io.vic4j.core.NotFoundException if the scope does not have the image
   * @throws MetadataConflictException if somebody else edited it meanwhile; it has what holds now
   */
  ImageMetadata update(ImageMetadata edited);

  /** Notes that an image is used; of several uses at once, any is noted. */
  void use(Digest imageId, Instant time);

  /** When an image was last used, or when it came if it was not used yet; empty if not known. */
  Optional<Instant> lastUse(Digest imageId);

  /** When the images of this scope were last used; those of which it is not known are left out. */
  Map<Digest, Instant> lastUses();

  /**
   * Writes a request down, so that it outlives its process; replaces the one of this ID. {@link
   * ImageService} does this for requests that are {@linkplain RequestOptions#durable durable}.
   */
  void remember(StoredRequest request);

  /**
   * Forgets a request that is written down.
   *
   * @return whether it was there
   */
  boolean forget(String requestId);

  /** The requests that are written down, in the order they came. Damaged ones are left out. */
  List<StoredRequest> requests();
}
