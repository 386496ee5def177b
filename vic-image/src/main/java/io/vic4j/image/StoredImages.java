package io.vic4j.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.Digest;
import io.vic4j.core.IdSource;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressTask;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.Staging;
import io.vic4j.storage.LayerDisks;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The images of a store as sources, from which they can be written to a registry, an image layout
 * or an archive.
 *
 * <pre>{@code
 * StoredImages images = StoredImages.in(datastore, store, disks).with(KeptBlobs.in(datastore));
 * try (ImageSource image = images.open(scope.get("app:1").id(), Progress.NONE)) {
 *   client.push(image, reference, PushOptions.DEFAULT, Progress.NONE);
 * }
 * }</pre>
 *
 * <p>Where {@linkplain KeptBlobs the blobs of all layers were kept}, the source gives manifest,
 * config and blobs as they came in, byte for byte. Where one was not, its layer is made anew of its
 * disk: a gzipped tar with the same files. Then its diff ID is another, so the config says the new
 * one in the old one's stead and nothing else otherwise, and image ID and manifest are new, too.
 * The same disks make the same image each time, with any store; compressed layers with the same
 * release of zlib, uncompressed ones always.
 *
 * <p>Immutable and thread-safe.
 */
public final class StoredImages {

  private final Datastore datastore;
  private final ImageStore store;
  private final LayerDisks disks;
  private final @Nullable KeptBlobs kept;
  private final boolean compressed;

  private StoredImages(
      Datastore datastore,
      ImageStore store,
      LayerDisks disks,
      @Nullable KeptBlobs kept,
      boolean compressed) {
    this.datastore = datastore;
    this.store = store;
    this.disks = disks;
    this.kept = kept;
    this.compressed = compressed;
  }

  /** The images of this store, whose layer disks are on this datastore; all made anew. */
  public static StoredImages in(Datastore datastore, ImageStore store, LayerDisks disks) {
    return new StoredImages(datastore, store, disks, null, true);
  }

  /** The same, with the blobs that were kept. */
  public StoredImages with(KeptBlobs blobs) {
    return new StoredImages(datastore, store, disks, blobs, compressed);
  }

  /** The same, with layers that are made anew left uncompressed. */
  public StoredImages uncompressed() {
    return new StoredImages(datastore, store, disks, kept, false);
  }

  /**
   * An image as a source; the caller closes it. Layers that are made anew take room below {@code
   * tmp/} on the datastore until then.
   *
   * @param imageId must be protected from {@link ImageStore#collect} meanwhile, by a name in a
   *     scope or a lease
   * @param progress gets one task for the layers that are made anew
   * @throws NotFoundException if there is no such image, or a disk of it is missing
   * @throws io.vic4j.core.CorruptException if something of it is damaged
   */
  public ImageSource open(Digest imageId, Progress progress) {
    Image image =
        store.find(imageId).orElseThrow(() -> new NotFoundException("image", imageId.toString()));
    RawManifest manifest = store.manifest(imageId);
    Bytes config = store.config(imageId);
    Map<Digest, ImageLayer> missing = new LinkedHashMap<>();
    for (ImageLayer layer : image.layers()) {
      if (kept == null || !kept.has(layer.blob())) {
        missing.put(layer.diffId(), layer);
      }
    }
    String name = "image " + imageId;
    if (missing.isEmpty()) {
      return new StoredSource(name, manifest, config, Map.of(), kept, datastore, null);
    }
    Staging.Work work = Staging.in(datastore, IdSource.random()).begin();
    try {
      return anew(name, image, manifest, config, missing, work, progress);
    } catch (RuntimeException e) {
      work.close();
      throw e;
    }
  }

  private ImageSource anew(
      String name,
      Image image,
      RawManifest manifest,
      Bytes config,
      Map<Digest, ImageLayer> missing,
      Staging.Work work,
      Progress progress) {
    Map<Digest, MadeLayer> made = new LinkedHashMap<>();
    try (ProgressTask task = progress.begin("layers of " + name, missing.size())) {
      for (Digest diffId : missing.keySet()) {
        made.put(diffId, MadeLayer.of(disks, diffId, compressed, datastore, work));
        task.advance(1);
      }
      task.complete();
    }
    Bytes newConfig = withDiffIds(config, image, made);
    RawManifest newManifest = withLayers(manifest, image, newConfig, made);
    return new StoredSource(name, newManifest, newConfig, made, kept, datastore, work);
  }

  /** The config with other diff IDs and all else as it was, in its order. */
  private static Bytes withDiffIds(Bytes config, Image image, Map<Digest, MadeLayer> made) {
    ObjectNode json = BlobJson.read(config);
    ArrayNode ids = ((ObjectNode) json.get("rootfs")).putArray("diff_ids");
    for (Digest diffId : image.diffIds()) {
      MadeLayer layer = made.get(diffId);
      ids.add((layer == null ? diffId : layer.diffId()).toString());
    }
    return BlobJson.write(json);
  }

  private static RawManifest withLayers(
      RawManifest manifest, Image image, Bytes config, Map<Digest, MadeLayer> made) {
    boolean docker = manifest.kind().equals(MediaTypes.DOCKER_MANIFEST);
    ObjectNode json = BlobJson.object();
    json.put("schemaVersion", 2).put("mediaType", manifest.kind());
    Descriptor configBlob =
        new Descriptor(
            docker ? MediaTypes.DOCKER_CONFIG : MediaTypes.OCI_CONFIG,
            Digest.sha256(config.toArray()),
            config.size());
    describe(json.putObject("config"), configBlob);
    ArrayNode layers = json.putArray("layers");
    for (ImageLayer layer : image.layers()) {
      MadeLayer instead = made.get(layer.diffId());
      describe(layers.addObject(), instead == null ? layer.blob() : instead.blob(docker));
    }
    JsonNode annotations = BlobJson.read(manifest.content()).get("annotations");
    if (annotations != null) {
      json.set("annotations", annotations);
    }
    return RawManifest.of(manifest.kind(), BlobJson.write(json).toArray());
  }

  private static void describe(ObjectNode json, Descriptor blob) {
    json.put("mediaType", blob.mediaType())
        .put("digest", blob.digest().toString())
        .put("size", blob.sizeBytes());
  }
}
