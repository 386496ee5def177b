package io.vic4j.image;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.Staging;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The immutable metadata of images: one folder for each image ID, {@code
 * images/sha256/<hex>/{manifest.json,config.json,image.json}}, published whole. Manifest and config
 * are kept byte for byte, and verified whenever they are read; {@code image.json} says what they do
 * not say themselves. What was read is remembered while memory allows. Thread-safe.
 */
final class ImageFolders {
  private static final DatastorePath IMAGES = DatastorePath.parse("images");
  private static final String MANIFEST = "manifest.json";
  private static final String CONFIG = "config.json";
  private static final String IMAGE = "image.json";

  private final Datastore datastore;
  private final Staging staging;
  private final Trash trash;
  private final Map<Digest, SoftReference<Image>> cache = new ConcurrentHashMap<>();

  ImageFolders(Datastore datastore, Staging staging, Trash trash) {
    this.datastore = datastore;
    this.staging = staging;
    this.trash = trash;
  }

  /** What {@code image.json} says. */
  private record Note(Digest manifestDigest, String manifestMediaType, String source) {
    byte[] write(Digest imageId) {
      return JsonText.bytes(
          JsonText.object()
              .put("version", 1)
              .put("imageId", imageId.toString())
              .put("manifestDigest", manifestDigest.toString())
              .put("manifestMediaType", manifestMediaType)
              .put("source", source));
    }

    static Note read(DatastorePath file, Digest imageId, byte[] content) {
      JsonFields fields = JsonFields.parse("file '" + file + "'", content);
      if (fields.requiredLong("version") != 1) {
        throw new UnsupportedException(
            "file '" + file + "' was written by a newer version of this library");
      }
      if (!fields.requiredDigest("imageId").equals(imageId)) {
        throw fields.invalid("it is about another image");
      }
      return new Note(
          fields.requiredDigest("manifestDigest"),
          fields.requiredText("manifestMediaType"),
          fields.requiredText("source"));
    }
  }

  static DatastorePath folder(Digest imageId) {
    return IMAGES.resolve(imageId.algorithm().label()).resolve(imageId.hex());
  }

  Image add(RawManifest manifest, Bytes config, String source) {
    Image image = Image.parse(manifest, config, source);
    Optional<Image> there = findUndamaged(image.id());
    if (there.isPresent()) {
      return there.get();
    }
    try (Staging.Work work = staging.begin()) {
      DatastorePath folder = work.folder().resolve("image");
      work.writeFile(folder.resolve(MANIFEST), manifest.content().toArray());
      work.writeFile(folder.resolve(CONFIG), config.toArray());
      Note note = new Note(manifest.digest(), image.manifest().mediaType(), source);
      work.writeFile(folder.resolve(IMAGE), note.write(image.id()));
      work.publish(folder, folder(image.id()));
    }
    return find(image.id()).orElse(image);
  }

  /** The image if it is there and whole; what is damaged is put away, for it can be had again. */
  private Optional<Image> findUndamaged(Digest imageId) {
    try {
      return find(imageId);
    } catch (CorruptException e) {
      remove(imageId);
      return Optional.empty();
    }
  }

  /** Forgets what was read of an image. */
  void forget(Digest imageId) {
    cache.remove(imageId);
  }

  /** Removes an image's metadata at once. */
  void remove(Digest imageId) {
    cache.remove(imageId);
    try (Staging.Work work = staging.begin()) {
      datastore.move(folder(imageId), work.folder().resolve("removed"));
    } catch (NotFoundException e) {
      // Somebody else removed it: what was asked for holds.
    }
  }

  Optional<Image> find(Digest imageId) {
    DatastorePath folder = folder(imageId);
    if (datastore.stat(folder.resolve(IMAGE)).isPresent()) {
      return loadUnlessMoved(imageId);
    }
    cache.remove(imageId);
    // It may have come back from the trash meanwhile, so one look has to tell what is there.
    List<String> files = datastore.names(folder);
    if (files.contains(IMAGE)) {
      return loadUnlessMoved(imageId);
    }
    if (!files.isEmpty()) {
      throw damaged(imageId, IMAGE + " is missing", null);
    }
    return Optional.empty();
  }

  /** The image; empty if it goes to the trash while it is read. */
  private Optional<Image> loadUnlessMoved(Digest imageId) {
    try {
      return Optional.of(load(imageId));
    } catch (CorruptException e) {
      if (e.getCause() instanceof NotFoundException && datastore.stat(folder(imageId)).isEmpty()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The image, taken back from the trash if it is there; for who holds a lease on it. */
  Image require(Digest imageId) {
    Optional<Image> found = find(imageId);
    if (found.isEmpty()) {
      trash.restore(folder(imageId));
      found = find(imageId);
    }
    return found.orElseThrow(() -> new NotFoundException("image", imageId.toString()));
  }

  /** The image, wherever it is: it may go from its place to the trash and back meanwhile. */
  Optional<Image> findAnywhere(Digest imageId) {
    Optional<Image> found = find(imageId);
    DatastorePath inTrash = Trash.of(folder(imageId));
    if (found.isEmpty() && datastore.stat(inTrash.resolve(IMAGE)).isPresent()) {
      try {
        return Optional.of(read(imageId, inTrash));
      } catch (CorruptException e) {
        return find(imageId);
      }
    }
    return found.isPresent() ? found : find(imageId);
  }

  /** The image, remembered or read; for one of which it is known that it is there. */
  Image load(Digest imageId) {
    SoftReference<Image> remembered = cache.get(imageId);
    Image image = remembered == null ? null : remembered.get();
    if (image == null) {
      image = read(imageId, folder(imageId));
      cache.put(imageId, new SoftReference<>(image));
    }
    return image;
  }

  /** Reads the image from this folder, which is its own or the one where it was moved to. */
  Image read(Digest imageId, DatastorePath folder) {
    try {
      Note note = note(imageId, folder);
      return Image.parse(manifest(note, folder), config(imageId, folder), note.source);
    } catch (NotFoundException | InvalidArgumentException | CorruptException e) {
      throw damaged(imageId, e.getMessage(), e);
    }
  }

  private CorruptException damaged(Digest imageId, String why, @Nullable Throwable cause) {
    return new CorruptException(
        "image " + imageId + " in '" + folder(imageId) + "' is damaged, pull it again: " + why,
        cause);
  }

  private Note note(Digest imageId, DatastorePath folder) {
    DatastorePath file = folder.resolve(IMAGE);
    return Note.read(file, imageId, SmallFiles.read(datastore, file));
  }

  private RawManifest manifest(Note note, DatastorePath folder) {
    byte[] content = SmallFiles.read(datastore, folder.resolve(MANIFEST));
    return new RawManifest(note.manifestMediaType, new Bytes(content), note.manifestDigest);
  }

  private Bytes config(Digest imageId, DatastorePath folder) {
    DatastorePath file = folder.resolve(CONFIG);
    byte[] content = SmallFiles.read(datastore, file);
    Descriptor said = new Descriptor(MediaTypes.OCI_CONFIG, imageId, content.length);
    BlobStream.verify("file '" + file + "'", said, content);
    return new Bytes(content);
  }

  RawManifest manifest(Digest imageId) {
    DatastorePath folder = requireFolder(imageId);
    return manifest(note(imageId, folder), folder);
  }

  Bytes config(Digest imageId) {
    return config(imageId, requireFolder(imageId));
  }

  private DatastorePath requireFolder(Digest imageId) {
    DatastorePath folder = folder(imageId);
    if (datastore.stat(folder).isEmpty()) {
      throw new NotFoundException("image", imageId.toString());
    }
    return folder;
  }

  /** The IDs of all images that have a folder, sorted. */
  List<Digest> ids() {
    List<Digest> ids = new ArrayList<>();
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      for (String name : datastore.names(IMAGES.resolve(algorithm.label()))) {
        digest(algorithm, name).ifPresent(ids::add);
      }
    }
    ids.sort(null);
    return ids;
  }

  private static Optional<Digest> digest(Digest.Algorithm algorithm, String hex) {
    try {
      return Optional.of(new Digest(algorithm, hex));
    } catch (InvalidArgumentException e) {
      return Optional.empty(); // Not a thing of ours.
    }
  }

  ImageListing list() {
    List<ListedImage> images = new ArrayList<>();
    List<VicException> damaged = new ArrayList<>();
    for (Digest id : ids()) {
      try {
        images.add(new ListedImage(load(id), List.of()));
      } catch (CorruptException | UnsupportedException e) {
        damaged.add(e);
      }
    }
    return new ImageListing(images, damaged);
  }
}
