package io.vic4j.testkit.readme;

import io.vic4j.core.ImageReference;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.image.BatchOptions;
import io.vic4j.image.BatchReport;
import io.vic4j.image.ImageBatch;
import io.vic4j.image.ImageRequest;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageStore;
import io.vic4j.image.Images;
import io.vic4j.image.Priority;
import io.vic4j.image.RequestOptions;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.image.registry.RegistryPolicy;
import io.vic4j.storage.LayerDisks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/** The README's example of the image service on its own. */
final class ImagesExample {
  private ImagesExample() {}

  // README begins
  static BatchReport mirror(Datastore datastore, Path references, ImageReference urgent) {
    RegistryPolicy policy =
        RegistryPolicy.builder().allow("127.0.0.1").allow("registry.example/team/**").build();
    LayerDisks disks = LayerDisks.in(datastore);
    ImageStore store = ImageStore.in(datastore, disks);
    try (RegistryClient registry = RegistryClient.builder().policy(policy).build();
        ImageService service = ImageService.builder(store, disks).sources(registry).build()) {
      Images images = service.images(VchName.of("team-a"));
      ImageRequest request = // returns at once; others who want the same share its transfer
          images.request(urgent, RequestOptions.DEFAULT.withPriority(Priority.WAITING));
      BatchReport report = images.sync(ImageBatch.read(references), BatchOptions.DEFAULT);
      System.out.println(request.await(Duration.ofMinutes(5)).image().id() + " is here");
      store.makeRoom(100L << 30, Set::of); // 100 GiB; unpinned images go, the longest unused first
      return report;
    }
  }
  // README ends
}
