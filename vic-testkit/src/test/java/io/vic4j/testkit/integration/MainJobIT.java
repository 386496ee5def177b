package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.DiskTree;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.TreeEntry;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.Image;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageStore;
import io.vic4j.image.Images;
import io.vic4j.image.PullOptions;
import io.vic4j.image.PullResult;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a real registry to disks, judged by the kernel, umoci, e2fsck and qemu-img. */
class MainJobIT {
  @TempDir private Path folder;

  @Test
  void pulledLayers_joinedByOverlayfs_areWhatUmociUnpacks() throws Exception {
    try (Mounts mounts = new Mounts(folder);
        DockerRegistry registry = DockerRegistry.start(folder)) {
      UmociImage made = UmociImage.make(folder);
      ImageReference reference = registry.push("oci:" + made.tagged(), "lib/app:1");
      LocalDatastore datastore = LocalDatastore.at(folder.resolve("store"));
      LayerDisks disks = LayerDisks.in(datastore);
      ImageStore store = ImageStore.in(datastore, disks);
      try (RegistryClient client = RegistryClient.builder().build();
          ImageService service = ImageService.builder(store, disks).sources(client).build()) {
        Images images = service.images(VchName.of("test"));
        Image image = images.pull(reference, Progress.NONE);
        List<LayerDisk> layers = images.layerDisks(image);
        assertThat(layers).as("four layers and the seam of what umoci implies").hasSize(5);

        List<Path> mounted = new ArrayList<>();
        for (LayerDisk layer : layers) {
          Path flat = datastore.localPath(layer.extentPath());
          ForeignTool.named("e2fsck").check("-fn", flat);
          ForeignTool.named("qemu-img").check("check", datastore.localPath(layer.path()));
          mounted.add(mounts.loop(flat));
        }
        assertThat(DiskTree.belowTheRoot(mounts.overlay(mounted)))
            .isNotEmpty()
            .containsExactlyEntriesOf(DiskTree.belowTheRoot(made.unpacked()));

        PullResult again = images.pull(reference, PullOptions.DEFAULT, Progress.NONE);
        assertThat(again.transferredBytes()).isZero();
        assertThat(again.image()).isEqualTo(image);
      }
    }
  }

  @Test
  void flattenedLayers_areWhatUmociUnpacks() throws Exception {
    try (Mounts mounts = new Mounts(folder)) {
      UmociImage made = UmociImage.make(folder);
      LocalDatastore datastore = LocalDatastore.at(folder.resolve("store"));
      LayerDisk flat = LayerDisks.in(datastore).flatten(made.layers(), Progress.NONE);
      Path extent = datastore.localPath(flat.extentPath());
      ForeignTool.named("e2fsck").check("-fn", extent);
      assertThat(DiskTree.belowTheRoot(mounts.loop(extent)))
          .isNotEmpty()
          .containsExactlyEntriesOf(DiskTree.belowTheRoot(made.unpacked()));
    }
  }

  @Test
  void theComparisonOfTrees_seesADifference() throws Exception {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.writeString(tree.resolve("file"), "x");
    SortedMap<String, TreeEntry> before = DiskTree.belowTheRoot(tree);
    ForeignTool.named("chmod").check("u+s", tree.resolve("file"));
    assertThat(DiskTree.belowTheRoot(tree)).isNotEqualTo(before);
  }
}
