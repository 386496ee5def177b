package io.vic4j.image.registry;

import static java.util.Objects.requireNonNull;

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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One image on its way into a repository: blobs first, several at a time, manifests after them, the
 * tag last.
 */
final class Push {
  /*
   * What is to be pushed is looked through first: it costs small answers only, and tells all blobs,
   * each once. They are pushed by so many threads; the first that fails cancels the others. Then the
   * manifests go, one after another, each behind those that it refers to.
   */

  private static final Logger log = LoggerFactory.getLogger(Push.class);

  /** How deep indexes may be nested, as when pulling. */
  private static final int MAX_DEPTH = 4;

  private final Repository repository;
  private final Function<String, Attempts> attempts;
  private final ImageSource image;
  private final ImageReference target;
  private final PushOptions options;
  private final @Nullable KeptUploads uploads;
  private final Map<Digest, Descriptor> blobs = new LinkedHashMap<>();
  private final List<Below> manifests = new ArrayList<>();

  /** A manifest that an index refers to. */
  private record Below(RawManifest raw, String mediaType, Digest digest) {}

  Push(
      Repository repository,
      Function<String, Attempts> attempts,
      ImageSource image,
      ImageReference target,
      PushOptions options,
      @Nullable KeptUploads uploads) {
    this.repository = repository;
    this.attempts = attempts;
    this.image = image;
    this.target = target;
    this.options = options;
    this.uploads = uploads;
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
      content(top, top.kind(), 1);
      List<PushedBlob> pushed = pushBlobs(task);
      manifests.forEach(below -> put(below.raw, below.mediaType, below.digest.toString()));
      String label =
          target.digest().isPresent()
              ? top.digest().toString()
              : target.tag().orElse(ImageReference.DEFAULT_TAG);
      put(top, top.kind(), label);
      task.complete();
      return new PushResult(top.digest(), pushed);
    }
  }

  /** Looks through all that a manifest or index refers to. */
  private void content(RawManifest raw, String mediaType, int depth) {
    if (!MediaTypes.isIndex(mediaType)) {
      raw.blobs().forEach(blob -> blobs.putIfAbsent(blob.digest(), blob));
      return;
    }
    if (depth == MAX_DEPTH) {
      throw new InvalidArgumentException(
          "the index of " + image.name() + " has too deep ones in it");
    }
    for (ImageIndex.Entry entry : ImageIndex.parse(raw).entries()) {
      Descriptor descriptor = entry.descriptor();
      RawManifest below = image.manifest(descriptor.digest());
      content(below, descriptor.mediaType(), depth + 1);
      manifests.add(new Below(below, descriptor.mediaType(), descriptor.digest()));
    }
  }

  private List<PushedBlob> pushBlobs(ProgressTask task) {
    int threads = Math.min(options.parallelBlobs(), blobs.size());
    if (threads <= 1) {
      return blobs.values().stream().map(blob -> push(blob, task)).toList();
    }
    ExecutorService executor = ClientThreads.named("vic4j-registry-push", threads);
    try {
      return pushBlobs(task, executor);
    } finally {
      executor.shutdown();
    }
  }

  private List<PushedBlob> pushBlobs(ProgressTask task, ExecutorService executor) {
    ExecutorCompletionService<PushedBlob> ended = new ExecutorCompletionService<>(executor);
    List<Future<PushedBlob>> all = new ArrayList<>();
    Map<Digest, PushedBlob> pushed = new HashMap<>();
    for (Descriptor blob : blobs.values()) {
      all.add(ended.submit(() -> push(blob, task)));
    }
    try {
      for (int i = 0; i < all.size(); i++) {
        PushedBlob blob = ended.take().get();
        pushed.put(blob.blob().digest(), blob);
      }
    } catch (InterruptedException e) {
      end(executor, all);
      throw CancelledException.from(e, "push to " + target);
    } catch (ExecutionException e) {
      end(executor, all);
      throw unwrapped(e);
    }
    return blobs.keySet().stream().map(digest -> requireNonNull(pushed.get(digest))).toList();
  }

  /**
   * Cancels what has not ended, and waits for it: nobody is to read from the image any more when
   * this push is over. It is short, for whatever a push waits for can be interrupted.
   */
  private static void end(ExecutorService executor, List<Future<PushedBlob>> all) {
    all.forEach(future -> future.cancel(true));
    executor.shutdown();
    boolean interrupted = Thread.interrupted();
    try {
      while (!executor.awaitTermination(1, TimeUnit.MINUTES)) {
        log.warn("a push that was given up has not ended yet");
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private RuntimeException unwrapped(ExecutionException e) {
    Throwable cause = e.getCause();
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException runtime
        ? runtime
        : new IllegalStateException("push to " + target + " failed", cause);
  }

  private PushedBlob push(Descriptor blob, ProgressTask parent) {
    CancelledException.throwIfInterrupted("push to", target);
    try (ProgressTask task = parent.begin("blob " + blob.digest().shortHex(), blob.sizeBytes())) {
      BlobUpload upload =
          new BlobUpload(repository, attempts, image, target, blob, options.chunkBytes(), uploads);
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
