package io.vic4j.image.registry;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.ProgressTask;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageIndex;
import io.vic4j.image.ImageSource;
import io.vic4j.image.MediaTypes;
import io.vic4j.image.RawManifest;
import io.vic4j.image.registry.PushResult.PushedBlob;
import io.vic4j.image.registry.PushResult.Way;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** One image on its way into a repository: blobs first, manifests after them, the tag last. */
final class Push {
  /** How deep indexes may be nested, as when pulling. */
  private static final int MAX_DEPTH = 4;

  private final Repository repository;
  private final Function<String, Attempts> attempts;
  private final ImageSource image;
  private final ImageReference target;
  private final PushOptions options;
  private final Map<Digest, PushedBlob> blobs = new LinkedHashMap<>();

  Push(
      Repository repository,
      Function<String, Attempts> attempts,
      ImageSource image,
      ImageReference target,
      PushOptions options) {
    this.repository = repository;
    this.attempts = attempts;
    this.image = image;
    this.target = target;
    this.options = options;
  }

  PushResult run(Progress progress) {
    RawManifest top = image.manifest();
    target
        .digest()
        .filter(digest -> !digest.equals(top.digest()))
        .ifPresent(
            digest -> {
              throw new InvalidArgumentException(
                  "cannot push "
                      + image.name()
                      + " to "
                      + target
                      + ": it has the digest "
                      + top.digest());
            });
    try (ProgressTask task = progress.begin("push to " + target)) {
      content(top, top.kind(), task, 1);
      String label =
          target.digest().isPresent()
              ? top.digest().toString()
              : target.tag().orElse(ImageReference.DEFAULT_TAG);
      put(top, top.kind(), label);
      task.complete();
      return new PushResult(top.digest(), List.copyOf(blobs.values()));
    }
  }

  /** All that a manifest or index refers to. */
  private void content(RawManifest raw, String mediaType, ProgressTask task, int depth) {
    if (!MediaTypes.isIndex(mediaType)) {
      raw.blobs().forEach(blob -> blobs.computeIfAbsent(blob.digest(), digest -> push(blob, task)));
      return;
    }
    if (depth == MAX_DEPTH) {
      throw new InvalidArgumentException(
          "the index of " + image.name() + " has too deep ones in it");
    }
    for (ImageIndex.Entry entry : ImageIndex.parse(raw).entries()) {
      Descriptor descriptor = entry.descriptor();
      RawManifest below = image.manifest(descriptor.digest());
      content(below, descriptor.mediaType(), task, depth + 1);
      put(below, descriptor.mediaType(), descriptor.digest().toString());
    }
  }

  private PushedBlob push(Descriptor blob, ProgressTask parent) {
    CancelledException.throwIfInterrupted("push to " + target);
    try (ProgressTask task = parent.begin("blob " + blob.digest().shortHex(), blob.sizeBytes())) {
      BlobUpload upload =
          new BlobUpload(repository, attempts, image, target, blob, options.chunkBytes());
      Way way = upload.isThere() ? Way.THERE : upload.mount(mountable()) ? Way.MOUNTED : Way.SENT;
      if (way == Way.SENT) {
        try {
          upload.send(task::advance);
        } catch (NotFoundException e) {
          if (!e.kind().equals("blob") || !MediaTypes.isForeignLayer(blob.mediaType())) {
            throw e;
          }
          way = Way.LEFT_OUT;
        }
      }
      task.complete();
      return new PushedBlob(blob, way);
    }
  }

  /** The repositories of this registry that may have a blob. */
  private Set<String> mountable() {
    Set<String> found = new LinkedHashSet<>();
    for (ImageReference source : sources(image)) {
      if (source.registry().equals(target.registry())) {
        found.add(source.repository());
      }
    }
    found.addAll(options.mountFrom());
    found.remove(target.repository());
    return found;
  }

  private static List<ImageReference> sources(ImageSource image) {
    if (image instanceof MirroredSource mirrored) {
      List<ImageReference> all = new ArrayList<>();
      mirrored.sources().forEach(source -> all.addAll(sources(source)));
      return all;
    }
    return image instanceof RegistrySource source ? List.of(source.reference()) : List.of();
  }

  private void put(RawManifest raw, String mediaType, String label) {
    Repository.Target what =
        new Repository.Target("manifests/" + label, "manifest", target.name() + " " + label);
    Outgoing outgoing =
        Outgoing.of("PUT", repository.uri(what.path()))
            .with("Content-Type", mediaType)
            .with(raw.content().toArray(), 0, raw.content().size());
    attempts
        .apply("push " + what)
        .run(
            () -> {
              try (Reply reply = repository.send(what, outgoing, Set.of(201))) {
                check(what, raw.digest(), reply);
                reply.discard();
                return reply;
              }
            });
  }

  /** What the registry says it has must be what was sent. */
  static void check(Repository.Target what, Digest sent, Reply reply) {
    String said = reply.header("Docker-Content-Digest");
    if (!said.isEmpty() && !RegistrySource.parse(what, said).equals(sent)) {
      throw CorruptException.digestMismatch(
          what + " as the registry says it has it", sent, RegistrySource.parse(what, said));
    }
  }
}
