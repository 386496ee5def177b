package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.VicException;
import io.vic4j.image.BatchReport.Come;
import io.vic4j.image.BatchReport.Failed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Brings a scope into step with a batch, once. */
final class BatchSync {
  private final Images images;
  private final ImageBatch batch;
  private final BatchOptions options;

  BatchSync(Images images, ImageBatch batch, BatchOptions options) {
    this.images = images;
    this.batch = batch;
    this.options = options;
  }

  /** An image under way, and what its names stood for before. */
  private record Begun(ImageRequest request, List<Optional<Digest>> before) {}

  BatchReport run() {
    Map<ImageBatch.Entry, Begun> begun = new LinkedHashMap<>();
    try {
      for (ImageBatch.Entry entry : batch.entries()) {
        PullOptions pull = new PullOptions(options.platform(), entry.names());
        RequestOptions how = new RequestOptions(pull, options.priority(), false);
        if (!begun.containsKey(entry)) {
          List<Optional<Digest>> before = now(entry);
          begun.put(entry, new Begun(images.request(entry.reference(), how), before));
        }
      }
      return report(begun);
    } catch (CancelledException e) {
      begun.values().forEach(entry -> entry.request.cancel());
      begun.values().forEach(entry -> entry.request.awaitQuiet());
      throw e;
    }
  }

  private List<Optional<Digest>> now(ImageBatch.Entry entry) {
    return entry.allNames().stream()
        .map(name -> images.scope().resolve(name).map(NamedImage::imageId))
        .toList();
  }

  private BatchReport report(Map<ImageBatch.Entry, Begun> begun) {
    List<Come> come = new ArrayList<>();
    List<Failed> failed = new ArrayList<>();
    begun.forEach(
        (entry, under) -> {
          try {
            PullResult result = under.request.await();
            boolean changed =
                !under.before.stream()
                    .allMatch(before -> before.equals(Optional.of(result.image().id())));
            come.add(new Come(entry, result, changed));
          } catch (CancelledException e) {
            throw e;
          } catch (VicException e) {
            failed.add(new Failed(entry, e));
          }
        });
    return new BatchReport(come, failed, options.prune() ? prune() : List.of());
  }

  private List<ImageReference> prune() {
    Set<ImageReference> wanted = new HashSet<>();
    batch.entries().forEach(entry -> wanted.addAll(entry.allNames()));
    List<ImageReference> removed = new ArrayList<>();
    for (ListedImage listed : images.list().images()) {
      for (ImageReference name : listed.names()) {
        if (!wanted.contains(name) && images.scope().untag(name)) {
          removed.add(name);
        }
      }
    }
    removed.sort(Comparator.comparing(ImageReference::toString));
    return removed;
  }
}
