package io.vic4j.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.storage.LayerDisks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A service over a local folder, and what pulls leave there. */
abstract class PullFixture {
  static final ImageReference APP = ImageReference.parse("registry.test/app:1");
  static final PullOptions AS_APP = PullOptions.DEFAULT.withNames(APP);

  @TempDir Path folder;
  LayerDisks disks;
  ImageStore store;
  ImageService service;
  Images images;

  @BeforeEach
  void open() {
    LocalDatastore datastore = LocalDatastore.at(folder);
    disks = LayerDisks.in(datastore);
    store = ImageStore.in(datastore, disks);
    service = ImageService.builder(store, disks).parallelLayers(2).build();
    images = service.images(VchName.of("vch"));
  }

  @AfterEach
  void close() {
    service.close();
  }

  PullResult pull(ImageSource source) {
    return images.pull(source, AS_APP, Progress.NONE);
  }

  /** What must hold after a pull that failed: nothing is named, nothing half-made lies about. */
  void assertNothingIsNamedOrLeftOver() throws Exception {
    assertThat(images.list().images()).isEmpty();
    assertThat(store.list().images()).isEmpty();
    for (String name : List.of("tmp", "leases", "trash")) {
      Path left = folder.resolve(name);
      if (Files.exists(left)) {
        try (Stream<Path> children = Files.list(left)) {
          assertThat(children).isEmpty();
        }
      }
    }
  }
}
