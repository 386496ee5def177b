package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A source whose manifests a policy sees first. */
final class JudgedSource implements ImageSource {
  private final ImageReference reference;
  private final ImageSource source;
  private final ImagePolicy policy;

  /** For what an index that was allowed lists: the way down to that index. */
  private final Map<Digest, List<RawManifest>> ways = new ConcurrentHashMap<>();

  JudgedSource(ImageReference reference, ImageSource source, ImagePolicy policy) {
    this.reference = reference;
    this.source = source;
    this.policy = policy;
  }

  private RawManifest judge(RawManifest manifest) {
    List<RawManifest> way = new ArrayList<>(ways.getOrDefault(manifest.digest(), List.of()));
    way.add(manifest);
    ImagePolicy.Candidate candidate = new ImagePolicy.Candidate(reference, way);
    policy.check(candidate);
    if (candidate.isIndex()) {
      ImageIndex.parse(manifest)
          .entries()
          .forEach(entry -> ways.put(entry.descriptor().digest(), List.copyOf(way)));
    }
    return manifest;
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public RawManifest manifest() {
    return judge(source.manifest());
  }

  @Override
  public RawManifest manifest(Digest digest) {
    return judge(source.manifest(digest));
  }

  @Override
  public InputStream blob(Descriptor descriptor) {
    return source.blob(descriptor);
  }

  @Override
  public InputStream blob(Descriptor descriptor, long offset) {
    return source.blob(descriptor, offset);
  }

  @Override
  public void close() {
    source.close();
  }
}
