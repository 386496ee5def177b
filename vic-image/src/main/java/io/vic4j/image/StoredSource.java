package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.Staging;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One image of a store, with all its blobs. */
final class StoredSource implements ImageSource {
  private final String name;
  private final RawManifest manifest;
  private final Bytes config;
  private final Digest configDigest;
  private final Map<Digest, MadeLayer> made = new LinkedHashMap<>();
  private final @Nullable KeptBlobs kept;
  private final Datastore datastore;
  private final Staging.@Nullable Work work;

  /**
   * An image.
   *
   * @param made the layers that were made anew
   * @param work what their files belong to; null if there are none
   */
  StoredSource(
      String name,
      RawManifest manifest,
      Bytes config,
      Map<Digest, MadeLayer> made,
      @Nullable KeptBlobs kept,
      Datastore datastore,
      Staging.@Nullable Work work) {
    this.name = name;
    this.manifest = manifest;
    this.config = config;
    this.configDigest = ImageManifest.parse(manifest).config().digest();
    made.values().forEach(layer -> this.made.put(layer.digest(), layer));
    this.kept = kept;
    this.datastore = datastore;
    this.work = work;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public RawManifest manifest() {
    return manifest;
  }

  @Override
  public InputStream blob(Descriptor descriptor) {
    if (descriptor.digest().equals(configDigest)) {
      return new ByteArrayInputStream(config.toArray());
    }
    MadeLayer layer = made.get(descriptor.digest());
    if (layer != null) {
      return datastore.read(layer.file());
    }
    if (kept != null) {
      return kept.read(descriptor);
    }
    throw new NotFoundException("blob", descriptor.digest() + " in " + name);
  }

  @Override
  public void close() {
    if (work != null) {
      work.close();
    }
  }
}
