package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.image.Bytes;
import io.vic4j.image.Image;
import io.vic4j.image.ImageScope;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageStore;
import io.vic4j.image.ListedImage;
import io.vic4j.image.RawManifest;
import io.vic4j.storage.LayerDisks;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Two stores on one place, and what is tried on them. */
abstract class StoreFixture {
  static final VchName TEAM_A = VchName.of("team-a");
  static final VchName TEAM_B = VchName.of("team-b");
  static final ImageReference ONE = ImageReference.parse("registry.test/app:1");
  static final ImageReference TWO = ImageReference.parse("registry.test/app:2");

  ImageStore store;
  ImageStore otherStore;
  ImageScope scope;

  StoreFixture() {}

  /**
   * Opens a store. All that one test opens are on one place, which is empty at first: as two
   * processes would share it.
   */
  protected abstract ImageStore openStore();

  /** The datastore that the stores of this test, and their layer disks, are on. */
  protected abstract Datastore datastore();

  @BeforeEach
  final void openTwo() {
    store = openStore();
    otherStore = openStore();
    scope = store.scope(TEAM_A);
  }

  @AfterEach
  final void everythingReadableAndNamesLeadSomewhere() {
    for (VchName vch : store.scopes()) {
      assertThat(store.scope(vch).list().damaged()).isEmpty();
      for (ListedImage listed : store.scope(vch).list().images()) {
        assertThat(store.find(listed.image().id())).contains(listed.image());
      }
    }
    assertThat(openStore().verify(Progress.NONE).damaged()).isEmpty();
  }

  LayerDisks disks() {
    return LayerDisks.in(datastore());
  }

  static TestImage image(String label) {
    return TestImage.builder().label("test", label).build();
  }

  /** An image of a layer that all have, and one of its own. */
  static TestImage layeredImage(String label) {
    return TestImage.builder()
        .label("test", label)
        .layer(layer -> layer.file("base", "shared by all"))
        .layer(layer -> layer.file("own", label))
        .build();
  }

  static RawManifest manifest(TestImage image) {
    return new RawManifest(
        image.manifestDescriptor().mediaType(),
        image.manifest(),
        image.manifestDescriptor().digest());
  }

  static Bytes config(TestImage image) {
    return Objects.requireNonNull(image.blobs().get(image.configDescriptor().digest()));
  }

  Image add(String label) {
    return add(image(label));
  }

  Image add(TestImage image) {
    return store.add(manifest(image), config(image), "a test");
  }

  /** Pulls an image with layers under its label as a name. */
  Image pull(ImageStore into, String label) {
    ImageReference name = ImageReference.parse("registry.test/layered:" + label);
    TestRegistry registry = new TestRegistry();
    registry.put(name, layeredImage(label));
    try (ImageService service =
        ImageService.builder(into, disks()).sources(registry).resumeLater().build()) {
      return service.images(TEAM_A).pull(name, Progress.NONE);
    }
  }

  static ImageReference pulled(String label) {
    return ImageReference.parse("registry.test/layered:" + label);
  }

  static void inParallel(List<Callable<Void>> work) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(work.size());
    try {
      CyclicBarrier start = new CyclicBarrier(work.size());
      List<Future<Void>> futures = new ArrayList<>();
      for (Callable<Void> task : work) {
        futures.add(
            executor.submit(
                () -> {
                  start.await();
                  return task.call();
                }));
      }
      for (Future<Void> future : futures) {
        future.get(60, TimeUnit.SECONDS);
      }
    } finally {
      executor.shutdownNow();
    }
  }
}
