package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.DiskTree;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.TreeEntry;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.image.CommitOptions;
import io.vic4j.image.Image;
import io.vic4j.image.ImageSource;
import io.vic4j.image.ImageStore;
import io.vic4j.image.StoredImages;
import io.vic4j.image.layout.OciLayout;
import io.vic4j.image.registry.PushOptions;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.storage.LayerDisks;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.testkit.EmbeddedRegistry;
import io.vic4j.testkit.MemoryHypervisor;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.VirtualClock;
import io.vic4j.testkit.contract.WrittenScratch;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Committed images given away, and what skopeo and umoci make of them. Needs root. */
class CommitExportTest {
  private static final ImageReference NAME = ImageReference.parse("registry.test/app:2");

  @TempDir Path folder;
  private LocalDatastore datastore;
  private VirtualContainerHost vch;

  @BeforeEach
  void open() {
    datastore = LocalDatastore.at(folder.resolve("store"));
    vch =
        VirtualContainerHost.builder()
            .hypervisor(
                MemoryHypervisor.create(
                    datastore, VirtualClock.selfAdvancing(), (vm, session) -> Script.runsForever()))
            .datastore(datastore)
            .scratchBytes(16L << 20)
            .imageSources(reference -> OciLayout.open(folder.resolve("made/layout"), "app"))
            .build();
  }

  @AfterEach
  void close() {
    vch.close();
  }

  /** A container of an image that umoci made, which has written something. */
  private Image commit() throws IOException {
    UmociImage unused = UmociImage.make(Files.createDirectories(folder.resolve("made")));
    ContainerVm vm =
        vch.containers().create(ContainerSpec.builder("registry.test/app:1").name("a").build());
    WrittenScratch.write(
        datastore,
        vm.spec(),
        disk ->
            disk.file("etc/data", "changed")
                .whiteout("future")
                .whiteout("deep/a/b")
                .opaque("opaque")
                .file("opaque/now", "x")
                .file("srv/x", "x")
                .hardLink("srv/y", "srv/x")
                .symlink("usr/lib/absolute", "/srv/x"));
    return vch.containers()
        .commit("a", CommitOptions.builder().name(NAME.toString()).cmd("/srv/x").build());
  }

  private StoredImages images() {
    LayerDisks disks = LayerDisks.in(datastore);
    return StoredImages.in(datastore, ImageStore.in(datastore, disks), disks);
  }

  private SortedMap<String, TreeEntry> read() throws IOException {
    Path tar = folder.resolve("read.tar");
    try (OverlayFiles files = vch.containers().files("a");
        OutputStream out = Files.newOutputStream(tar)) {
      files.copyOut("/", out);
    }
    Path tree = Files.createDirectories(folder.resolve("read"));
    ForeignTool.named("tar")
        .check("--xattrs", "--xattrs-include=*", "--numeric-owner", "-xpf", tar, "-C", tree);
    return DiskTree.belowTheRoot(tree);
  }

  private SortedMap<String, TreeEntry> unpacked(String image) {
    Path bundle = folder.resolve("bundle");
    ForeignTool.named("umoci").check("unpack", "--image", folder.resolve(image), bundle);
    return DiskTree.belowTheRoot(bundle.resolve("rootfs"));
  }

  @Test
  void committedImage_isUnpackedByUmoci_toWhatIsReadOfTheContainer() throws IOException {
    Image image = commit();
    try (ImageSource source = images().open(image.id(), Progress.NONE)) {
      OciLayout.write(source, folder.resolve("layout"), "2", Progress.NONE);
    }
    SortedMap<String, TreeEntry> read = read();
    assertThat(read)
        .containsKey("opaque/now")
        .doesNotContainKeys("future", "deep/a/b", "opaque/below");
    assertThat(unpacked("layout:2")).containsExactlyEntriesOf(read);
  }

  @Test
  void committedImage_isPushed_andIsTheSameForSkopeo() throws IOException {
    Image image = commit();
    try (EmbeddedRegistry registry = EmbeddedRegistry.start();
        RegistryClient client = RegistryClient.builder().build();
        ImageSource source = images().open(image.id(), Progress.NONE)) {
      ImageReference target = registry.reference("team/app:2");
      client.push(source, target, PushOptions.DEFAULT, Progress.NONE);
      ForeignTool.named("skopeo")
          .check(
              "--insecure-policy",
              "copy",
              "--src-tls-verify=false",
              "docker://" + target,
              "oci:" + folder.resolve("copied") + ":2");
      String config =
          ForeignTool.named("skopeo")
              .check("inspect", "--config", "oci:" + folder.resolve("copied") + ":2")
              .text();
      assertThat(config).contains("/srv/x");
    }
    assertThat(unpacked("copied:2")).containsExactlyEntriesOf(read());
  }
}
