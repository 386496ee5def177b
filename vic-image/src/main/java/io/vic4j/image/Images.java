package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VchName;
import io.vic4j.storage.LayerDisk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The images of one VCH: pulls them, finds them by the names this VCH gave them, and forgets them.
 * Joins an {@link ImageScope}, which only remembers, with the {@link ImageService}, which fetches.
 *
 * <pre>{@code
 * Images images = service.images(VchName.of("team-a"));
 * Image image = images.pull(ImageReference.parse("registry.example/app:1.2"), Progress.NONE);
 * List<LayerDisk> disks = images.layerDisks(image);
 * }</pre>
 *
 * <p>Thread-safe. Nothing to close: the service is its owner's.
 */
public final class Images {
  private final ImageService service;
  private final ImageScope scope;

  Images(ImageService service, ImageScope scope) {
    this.service = service;
    this.scope = scope;
  }

  /** Whose images these are. */
  public VchName vch() {
    return scope.vch();
  }

  /** The names this VCH gives to images. */
  public ImageScope scope() {
    return scope;
  }

  /**
   * Pulls an image for {@code linux/amd64}; as {@link #pull(ImageReference, PullOptions,
   * Progress)}.
   */
  public Image pull(ImageReference reference, Progress progress) {
    return pull(reference, PullOptions.DEFAULT, progress).image();
  }

  /**
   * Brings an image and its layer disks here, transferring only layers that are missing, and names
   * it in this VCH's scope. What its source says is verified before anything is kept: the digests
   * of manifest, config and blobs, and the diff IDs. After a failure the scope is as it was; layers
   * that were whole by then stay, and need not be transferred again.
   *
   * @param progress gets a task for the image, with one for each layer below it
   * @throws io.vic4j.core.NotFoundException if there is no such image, or none for the platform
   * @throws io.vic4j.core.CorruptException if something is not what its digest says
   * @throws io.vic4j.core.UnauthorizedException if the registry wants other credentials
   * @throws io.vic4j.core.UnsupportedException if the image is of a kind that is not supported
   * @throws io.vic4j.core.InvalidArgumentException if its manifest, config or a layer is not valid
   * @throws io.vic4j.core.UnavailableException if the registry or the datastore fails
   * @throws io.vic4j.core.CancelledException if the thread is interrupted, or the service closed
   */
  public PullResult pull(ImageReference reference, PullOptions options, Progress progress) {
    return service.pull(scope, reference, options, progress);
  }

  /**
   * Requests an image, and returns at once; the image comes as by {@link #pull(ImageReference,
   * PullOptions, Progress)}. Requests for one image share its transfer.
   */
  public ImageRequest request(ImageReference reference, RequestOptions options) {
    return service.request(scope, reference, options);
  }

  /** The requests of this VCH that have not ended, in the order they came. */
  public List<ImageRequest> requests() {
    return service.requests().stream()
        .filter(request -> request.vch().equals(scope.vch()))
        .toList();
  }

  /**
   * Brings this VCH's images into step with a batch: fetches what is not here, and what its source
   * has another image for by now. One that fails stops no other, and leaves its names as they were.
   *
   * @throws io.vic4j.core.CancelledException if the thread is interrupted, or the service closed
   */
  public BatchReport sync(ImageBatch batch, BatchOptions options) {
    return new BatchSync(this, batch, options).run();
  }

  /**
   * Keeps this VCH's images in step with a file of references, which may be edited meanwhile, until
   * the thread is interrupted. While the file is not valid or not there, all stays as it is.
   *
   * @param interval how long to wait between the end of one look and the next
   * @param listener hears what came of each look
   * @throws io.vic4j.core.CancelledException when the thread is interrupted, or the service closed
   */
  public void keepInStep(
      Path file, BatchOptions options, Duration interval, BatchListener listener) {
    while (true) {
      Optional<ImageBatch> batch = Optional.empty();
      try {
        batch = Optional.of(ImageBatch.read(file));
      } catch (InvalidArgumentException | NotFoundException | UnavailableException e) {
        listener.unreadable(e);
      }
      batch.ifPresent(read -> listener.looked(sync(read, options)));
      service.pause(interval);
    }
  }

  /**
   * Brings an image here from a source that the caller opened and closes; otherwise as {@link
   * #pull(ImageReference, PullOptions, Progress)}. If {@code options} have no names, the scope
   * {@linkplain ImageScope#keep keeps} it without one.
   */
  public PullResult pull(ImageSource source, PullOptions options, Progress progress) {
    return service.pull(scope, source, options, progress);
  }

  /** The image of this name with all its layer disks, if it is here; asks no registry. */
  public Optional<Image> find(ImageReference name) {
    return scope.find(name).filter(image -> service.isComplete(image));
  }

  /** The image that a person means; as {@link ImageScope#get}. */
  public Image get(String nameOrId) {
    return scope.get(nameOrId);
  }

  /** All images of this VCH; as {@link ImageScope#list}. */
  public ImageListing list() {
    return scope.list();
  }

  /** Takes an image out of this VCH's scope; as {@link ImageScope#remove}. */
  public boolean remove(Digest imageId) {
    return scope.remove(imageId);
  }

  /**
   * The disks that make up an image, lowest first: those of its layers, and where layers leave
   * directories implied, a {@linkplain io.vic4j.storage.LayerDisks#seam seam} on top, which puts
   * their attributes right. The disks of empty layers are among them, and have no {@linkplain
   * LayerDisk#entries entries}.
   *
   * <p>This is how images are used, so their {@linkplain ImageScope#lastUse last use} is noted
   * here, to the hour.
   *
   * @throws io.vic4j.core.NotFoundException if one is missing; pull the image again then
   */
  public List<LayerDisk> layerDisks(Image image) {
    service.noteUse(scope, image.id());
    return service.layerDisks(image);
  }
}
