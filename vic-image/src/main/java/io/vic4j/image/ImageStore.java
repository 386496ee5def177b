package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.storage.LayerDisks;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What images are here, for all VCHs that share a datastore.
 *
 * <p>There are two kinds of metadata. What belongs to an image (manifest, config, layers) is kept
 * once, under its image ID, and never changes: {@link #add} and {@link #find}. What belongs to one
 * VCH's use of it (its names) is kept in that VCH's {@linkplain #scope scope}. {@link #collect}
 * removes what no scope uses any more. {@link ImageService} fills a store; the layer disks
 * themselves are kept by {@link LayerDisks} beside it.
 *
 * <pre>{@code
 * ImageStore store = ImageStore.in(datastore, LayerDisks.in(datastore));
 * ImageScope scope = store.scope(VchName.of("team-a"));
 * Image image = scope.get("debian:12");
 * scope.tag(ImageReference.parse("base:latest"), image);
 * }</pre>
 *
 * <p>Implementations are thread-safe, and so are several stores, in other processes and on other
 * hosts too, on one datastore. All methods throw {@link io.vic4j.core.UnavailableException} if the
 * store cannot be reached and {@link io.vic4j.core.CancelledException} if the thread is
 * interrupted. An implementation is judged by {@code ImageStoreContract} of vic-testkit.
 */
public interface ImageStore {
  /** The store on this datastore, with default settings. */
  static ImageStore in(Datastore datastore, LayerDisks layers) {
    return ImageStoreBuilder.of(datastore, layers).build();
  }

  /**
   * Takes in an image's immutable metadata; does nothing if it is there. To be called under a
   * {@linkplain #lease lease} and with all layer disks in place; a scope then has to name it.
   *
   * @param source where it comes from, for people
   * @return the image, as it is in the store
   * @throws io.vic4j.core.CorruptException if the config is not what the manifest names
   * @throws io.vic4j.core.InvalidArgumentException if they are not a valid manifest and config
   * @throws io.vic4j.core.UnsupportedException if they are of a kind that is not supported
   */
  Image add(RawManifest manifest, Bytes config, String source);

  /**
   * The image of this ID, whatever scopes use it; empty if there is none.
   *
   * @throws io.vic4j.core.CorruptException if its metadata is damaged
   */
  Optional<Image> find(Digest imageId);

  /**
   * The image's manifest, byte for byte.
   *
   * @throws io.vic4j.core.NotFoundException if there is no such image
   * @throws io.vic4j.core.CorruptException if it is damaged
   */
  RawManifest manifest(Digest imageId);

  /**
   * The image's config, byte for byte.
   *
   * @throws io.vic4j.core.NotFoundException if there is no such image
   * @throws io.vic4j.core.CorruptException if it is damaged
   */
  Bytes config(Digest imageId);

  /** All images, whatever scopes use them, sorted by ID and without names. */
  ImageListing list();

  /** One VCH's use of the store. It need not be made first; costs nothing. */
  ImageScope scope(VchName vch);

  /** The scopes that have something in them, sorted. */
  List<VchName> scopes();

  /**
   * Protects an image and layer disks from {@link #collect}: to be taken before one looks whether
   * they are there, and closed when a scope refers to the image.
   *
   * @param imageId the image, which need not be there yet
   * @param diffIds its layers, all of them and lowest first, which protects their {@linkplain
   *     LayerDisks#seam seam} as well
   */
  ImageLease lease(Digest imageId, List<Digest> diffIds);

  /**
   * Claims a piece of work, so that the other processes that share the store can leave it to this
   * one. Claims spare work, and nothing is wrong if two processes hold one: what they make is
   * published by one of them.
   *
   * @param work what is done, such as {@code "layer sha256:…"}
   * @return the claim, to be renewed every few seconds and closed when the work is done or given
   *     up; empty if somebody else has it who has given a sign of life lately
   */
  Optional<ImageLease> claim(String work);

  /**
   * Reads all there is, and compares it with its digests: manifests, configs, the records of scopes
   * and layer disks, as {@link LayerDisks#verify} does. Changes nothing; others may use the store
   * meanwhile.
   *
   * @param progress gets one task, which counts the bytes of layer disks
   */
  StoreReport verify(Progress progress);

  /**
   * Puts a damaged entry away, so that it is in nobody's way and can be had anew; a person finds it
   * where this tells. A name that is put away is a name no more, and does not keep its image.
   *
   * @return where it is now; empty if it was not there
   */
  Optional<DatastorePath> quarantine(DamagedEntry entry);

  /** What was put away, sorted. */
  List<DatastorePath> quarantined();

  /**
   * Removes the metadata of images that no scope uses, and the disks of layers that no image uses;
   * then {@linkplain ImageStoreBuilder#keptBlobs kept blobs} that no image has, if they are not
   * new. What a {@linkplain #lease lease} protects stays, and so does what {@code inUse} tells: the
   * images and layers of containers, which only the caller knows. A disk of several layers stays
   * while all of its layers are needed.
   *
   * @param inUse the image IDs and the {@linkplain io.vic4j.storage.LayerDisk#diffId diff IDs} that
   *     are in use; an image in use protects its layers. Asked a few times, each time after the
   *     leases were listed: so a container that is made under a lease is seen by the one or the
   *     other, if it is there before its lease ends
   * @throws io.vic4j.core.CorruptException if an entry is so damaged that nobody can say what it
   *     needs; nothing was removed then
   */
  CollectedImages collect(Supplier<Set<Digest>> inUse);

  /** What {@link #collect} would remove, if it were called now. Removes nothing. */
  CollectedImages planCollection(Supplier<Set<Digest>> inUse);

  /**
   * Keeps the store to a quota: if it has more bytes, {@linkplain #collect collects}, and takes
   * images out of their scopes, the least recently {@linkplain ImageScope#lastUse used} first,
   * until the rest is within the quota. What is {@linkplain ImageMetadata#pinned pinned} in any
   * scope, leased or in use stays, whatever the quota is.
   *
   * @param quotaBytes for all layer disks, as machines see them, and the {@linkplain
   *     ImageStoreBuilder#keptBlobs kept blobs} of the store; without metadata, which is small
   * @param inUse as for {@link #collect}
   */
  RoomReport makeRoom(long quotaBytes, Supplier<Set<Digest>> inUse);

  /** What {@link #makeRoom} would do, if it were called now. Does nothing. */
  RoomReport planRoom(long quotaBytes, Supplier<Set<Digest>> inUse);
}
