package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.ImageStoreBuilder;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.TestImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pull that is killed again and again, at whatever moment, and then let be. */
class KillIT {
  private static final int KILLS = 12;
  private static final int LAYERS = 4;
  private static final int LAYER_BYTES = 8_000_000;

  @TempDir private Path folder;

  @Test
  void killedInMidPull_repeatedly_thenPulled_leavesAWholeStoreAndNothingElse() throws Exception {
    try (EmbeddedRegistry registry = EmbeddedRegistry.start()) {
      ImageReference reference = registry.add("lib/app:1", image());
      Path store = folder.resolve("store");
      for (int i = 0; i < KILLS; i++) {
        killOnceAtWork(reference, store, i);
      }
      DemoJar.run("pull", reference.toString(), "--store", store.toString()).isSuccess();
      assertWhole(LocalDatastore.at(store));
    }
  }

  /** Waits until the pull has written this many bytes, so that kills hit different moments. */
  private static void killOnceAtWork(ImageReference reference, Path store, int attempt)
      throws Exception {
    long enough = (long) attempt * LAYERS * LAYER_BYTES / KILLS;
    LocalDatastore datastore = LocalDatastore.at(store);
    Process process = DemoJar.start("pull", reference.toString(), "--store", store.toString());
    try {
      Awaitility.await("work of the pull")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(2))
          .until(() -> !process.isAlive() || written(datastore, "tmp") > enough);
    } finally {
      process.destroyForcibly(); // SIGKILL
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static long written(LocalDatastore datastore, String folder) {
    return datastore.list(DatastorePath.parse(folder)).stream()
        .mapToLong(
            entry ->
                entry.isFolder() ? written(datastore, entry.path().toString()) : entry.sizeBytes())
        .sum();
  }

  private static void assertWhole(LocalDatastore datastore) {
    LayerDisks disks = LayerDisks.in(datastore);
    ImageStoreBuilder.of(datastore, disks).staleAfter(Duration.ZERO).build();
    assertThat(datastore.list(DatastorePath.parse("tmp"))).isEmpty();
    assertThat(datastore.list(DatastorePath.parse("leases"))).isEmpty();
    List<LayerDisk> layers = disks.list();
    assertThat(layers).hasSize(LAYERS);
    for (LayerDisk layer : layers) {
      ForeignTool.named("e2fsck").check("-fn", datastore.localPath(layer.extentPath()));
    }
  }

  private static TestImage image() {
    TestImage.Builder image = TestImage.builder().entrypoint("/bin/app");
    for (int i = 0; i < LAYERS; i++) {
      byte[] content = new byte[LAYER_BYTES];
      new Random(i).nextBytes(content);
      String name = "data-" + i;
      image.layer(layer -> layer.file(name, content));
    }
    return image.build();
  }
}
