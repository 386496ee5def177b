package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.NotFoundException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A source of what a test puts in, which counts what is fetched and can be made to fail. */
final class MapSource implements ImageSource {
  final AtomicInteger manifestsRead = new AtomicInteger();
  final AtomicInteger blobsRead = new AtomicInteger();
  private final String name;
  private final RawManifest top;
  private final Map<Digest, RawManifest> manifests = new ConcurrentHashMap<>();
  private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
  private final Map<Digest, Supplier<InputStream>> instead = new ConcurrentHashMap<>();

  MapSource(String name, RawManifest top) {
    this.name = name;
    this.top = top;
  }

  MapSource with(SampleImage image) {
    manifests.put(image.manifest.digest(), image.manifest);
    blobs.putAll(image.blobs);
    return this;
  }

  MapSource with(RawManifest manifest) {
    manifests.put(manifest.digest(), manifest);
    return this;
  }

  /** Gives other bytes for this digest than those that have it. */
  MapSource withBlob(Digest digest, byte[] content) {
    blobs.put(digest, content);
    return this;
  }

  MapSource withBlob(Digest digest, Supplier<InputStream> stream) {
    instead.put(digest, stream);
    return this;
  }

  /** Gives another manifest for this digest. */
  MapSource withManifest(Digest digest, RawManifest manifest) {
    manifests.put(digest, manifest);
    return this;
  }

  Collection<RawManifest> manifests() {
    return manifests.values();
  }

  MapSource without(Digest blob) {
    blobs.remove(blob);
    return this;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public RawManifest manifest() {
    manifestsRead.incrementAndGet();
    return top;
  }

  @Override
  public RawManifest manifest(Digest digest) {
    manifestsRead.incrementAndGet();
    RawManifest found = manifests.get(digest);
    if (found == null) {
      throw new NotFoundException("manifest", digest.toString());
    }
    return found;
  }

  @Override
  public InputStream blob(Descriptor descriptor) {
    blobsRead.incrementAndGet();
    if (instead.containsKey(descriptor.digest())) {
      return instead.get(descriptor.digest()).get();
    }
    byte[] content = blobs.get(descriptor.digest());
    if (content == null) {
      throw new NotFoundException("blob", descriptor.digest().toString());
    }
    return new ByteArrayInputStream(content);
  }

  @Override
  public void close() {}
}
