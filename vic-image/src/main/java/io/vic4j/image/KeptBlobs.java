package io.vic4j.image;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * The blobs of images as they came from their sources, kept on a datastore beside the disks that
 * are made of them: so that an image can be given away with the same digests, and that a transfer
 * that broke off goes on where it was, in another process and on another host, too.
 *
 * <pre>{@code
 * KeptBlobs kept = KeptBlobs.in(datastore);
 * ImageService service =
 *     ImageService.builder(store, disks).sources(kept.keeping(client)).build();
 * }</pre>
 *
 * <p>A blob is kept in pieces while it is read, and counts as kept when it was read to its end and
 * had its digest. To keep is a service of the side: where it fails, the blob is delivered all the
 * same. What is kept is given to the next who asks, without asking the source.
 *
 * <p>Thread-safe. Several, in other processes too, may work on one datastore.
 */
public final class KeptBlobs {
  /*
   * blobs/<algorithm>/<hex>/<start>            whole blobs, in pieces named by where they begin
   * partial/<algorithm>/<hex>/<attempt>/<start>
   *
   * A piece is written under a temporary name and moved. Who goes on with an attempt takes it over
   * by moving its folder: so no two go on with one, and a writer who lost it this way finds a gap
   * in what it has written since, and gives up keeping. An attempt with all pieces is moved to the
   * whole blobs as one step.
   */
  private static final DatastorePath WHOLE = DatastorePath.parse("blobs");
  private static final DatastorePath PARTIAL = DatastorePath.parse("partial");

  private final Datastore datastore;
  private final IdSource ids;
  private final boolean forGood;
  private final Set<Digest> underway;

  private KeptBlobs(Datastore datastore, IdSource ids, boolean forGood, Set<Digest> underway) {
    this.datastore = datastore;
    this.ids = ids;
    this.forGood = forGood;
    this.underway = underway;
  }

  /** The blobs on this datastore, kept until they are {@linkplain #collect collected}. */
  public static KeptBlobs in(Datastore datastore) {
    return new KeptBlobs(datastore, IdSource.random(), true, ConcurrentHashMap.newKeySet());
  }

  /** The same, but each blob is kept only until it has been read to its end. */
  public KeptBlobs onlyWhileIncomplete() {
    return new KeptBlobs(datastore, ids, false, underway);
  }

  /** These sources, whose blobs are kept as they are read. */
  public ImageSources keeping(ImageSources sources) {
    return reference -> keeping(sources.open(reference));
  }

  /** This source, whose blobs are kept as they are read. Closing it closes the other. */
  public ImageSource keeping(ImageSource source) {
    return new KeepingSource(source, this);
  }

  Datastore datastore() {
    return datastore;
  }

  /** Whether this blob is here, whole. */
  public boolean has(Descriptor blob) {
    return pieces(blob).isPresent();
  }

  /**
   * A blob that is here. It was verified when it was kept; who cannot do with what happened to it
   * since verifies it again. The caller closes the stream.
   *
   * @throws NotFoundException if it is not here
   */
  public InputStream read(Descriptor blob) {
    List<DatastorePath> pieces =
        pieces(blob)
            .orElseThrow(() -> new NotFoundException("kept blob", blob.digest().toString()));
    return new PiecesStream(datastore, pieces);
  }

  private Optional<List<DatastorePath>> pieces(Descriptor blob) {
    Pieces pieces = Pieces.in(datastore, folder(WHOLE, blob.digest()));
    return pieces.sizeBytes() == blob.sizeBytes() && pieces.exist()
        ? Optional.of(pieces.files())
        : Optional.empty();
  }

  private static DatastorePath folder(DatastorePath root, Digest digest) {
    return root.resolve(digest.algorithm().label()).resolve(digest.hex());
  }

  /**
   * Begins to keep a blob, with what an attempt before has left; empty if this process is doing so
   * already.
   */
  Optional<KeptAttempt> begin(Descriptor blob) {
    if (!underway.add(blob.digest())) {
      return Optional.empty();
    }
    boolean begun = false;
    try {
      KeptAttempt attempt = takeUp(blob);
      begun = true;
      return Optional.of(attempt);
    } finally {
      if (!begun) {
        underway.remove(blob.digest());
      }
    }
  }

  private KeptAttempt takeUp(Descriptor blob) {
    DatastorePath attempts = folder(PARTIAL, blob.digest());
    DatastorePath mine = attempts.resolve(ids.next().substring(0, 32));
    List<DatastoreEntry> others =
        datastore.list(attempts).stream().filter(DatastoreEntry::isFolder).toList();
    Optional<DatastorePath> best =
        others.stream()
            .map(DatastoreEntry::path)
            .max(Comparator.comparingLong(other -> Pieces.in(datastore, other).sizeBytes()));
    best.ifPresent(other -> takeOver(other, mine));
    Pieces there = Pieces.in(datastore, mine);
    // More than there should be is of no use.
    if (there.sizeBytes() > blob.sizeBytes()) {
      datastore.delete(mine);
      there = Pieces.in(datastore, mine);
    }
    return new KeptAttempt(this, datastore, blob, mine, there);
  }

  private void takeOver(DatastorePath from, DatastorePath to) {
    try {
      datastore.move(from, to);
    } catch (NotFoundException | AlreadyExistsException e) {
      // Somebody else was faster; then this begins at the first byte.
    }
  }

  /** An attempt has all of the blob, verified. */
  void complete(KeptAttempt attempt) {
    if (forGood) {
      try {
        datastore.move(attempt.folder(), folder(WHOLE, attempt.blob().digest()));
        return;
      } catch (AlreadyExistsException e) {
        // It is kept already, unless it is damaged.
        if (!has(attempt.blob())) {
          datastore.delete(folder(WHOLE, attempt.blob().digest()));
          complete(attempt);
          return;
        }
      }
    }
    datastore.delete(attempt.folder());
  }

  void end(KeptAttempt attempt) {
    underway.remove(attempt.blob().digest());
  }

  /** The bytes of each blob that is here, by its digest. */
  Map<Digest, Long> sizes() {
    Map<Digest, Long> sizes = new HashMap<>();
    whole((digest, folder) -> sizes.put(digest, Pieces.in(datastore, folder).sizeBytes()));
    return sizes;
  }

  /** The blobs that are not needed and of which nothing was written since {@code limit}, sorted. */
  List<Digest> unneeded(Set<Digest> needed, Instant limit) {
    List<Digest> unneeded = new ArrayList<>();
    whole(
        (digest, folder) -> {
          if (!needed.contains(digest) && isStale(folder, limit)) {
            unneeded.add(digest);
          }
        });
    unneeded.sort(null);
    return unneeded;
  }

  private void whole(BiConsumer<Digest, DatastorePath> each) {
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      DatastorePath folder = WHOLE.resolve(algorithm.label());
      for (String name : datastore.names(folder)) {
        digest(algorithm, name).ifPresent(digest -> each.accept(digest, folder.resolve(name)));
      }
    }
  }

  /**
   * Removes the blobs that no image of a store has, and attempts that nobody goes on with, those to
   * send one {@linkplain io.vic4j.image.registry.KeptUploads included}. While the store has damaged
   * images, of which nobody can say what they need, whole blobs stay. A store that {@linkplain
   * ImageStoreBuilder#keptBlobs knows} of them does this whenever it collects.
   *
   * @param store whose images' blobs stay
   * @param now the time by the datastore's clock
   * @param staleAfter what was written since less than this stays: it may belong to an image that
   *     is not in the store yet, and to attempts under way
   * @return the digests of the blobs that were removed, sorted
   */
  public List<Digest> collect(ImageStore store, Instant now, Duration staleAfter) {
    Set<Digest> needed = new HashSet<>();
    ImageListing listing = store.list();
    for (ListedImage listed : listing.images()) {
      listed.image().layers().forEach(layer -> needed.add(layer.blob().digest()));
    }
    Instant limit = now.minus(staleAfter);
    List<Digest> removed = listing.damaged().isEmpty() ? unneeded(needed, limit) : List.of();
    removed.forEach(digest -> datastore.delete(folder(WHOLE, digest)));
    // By algorithms, and the notes of uploads: those of blobs that were begun and not ended.
    for (DatastoreEntry kind : datastore.list(PARTIAL)) {
      for (DatastoreEntry blob : datastore.list(kind.path())) {
        for (DatastoreEntry attempt : datastore.list(blob.path())) {
          if (isStale(attempt.path(), limit)) {
            datastore.delete(attempt.path());
          }
        }
      }
    }
    return removed;
  }

  private boolean isStale(DatastorePath folder, Instant limit) {
    return datastore.stat(folder).filter(entry -> !entry.modified().isAfter(limit)).isPresent()
        && datastore.list(folder).stream().allMatch(piece -> !piece.modified().isAfter(limit));
  }

  private static Optional<Digest> digest(Digest.Algorithm algorithm, String hex) {
    try {
      return Optional.of(new Digest(algorithm, hex));
    } catch (InvalidArgumentException e) {
      return Optional.empty();
    }
  }
}
