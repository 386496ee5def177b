package io.vic4j.testkit.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.DiskTree;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.TooManyDisksException;
import io.vic4j.image.Image;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodSpec;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import io.vic4j.storage.LayerTar;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestLayer;
import io.vic4j.testkit.TestVch;
import io.vic4j.testkit.VicExtension;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** An image with more layers than a VM has slots for. */
@ExtendWith(VicExtension.class)
final class ManyLayersTest {
  /** As many as Docker allows. */
  private static final int LAYERS = 127;

  private static final String BIG = "registry.test/big:1";
  private static final DatastorePath LAYER_FOLDERS = DatastorePath.parse("layers/sha256");

  @TempDir Path folder;
  private final List<TestLayer> layers = new ArrayList<>();
  private TestVch vch;

  @BeforeEach
  void open(TestVch fresh) {
    vch = fresh;
    TestImage.Builder image = TestImage.builder().entrypoint("/bin/app");
    for (int i = 0; i < LAYERS; i++) {
      TestLayer layer = layer(i);
      layers.add(layer);
      image.layer(layer);
    }
    vch.image(BIG).content(image.build()).runs(Script.runsForever());
  }

  /** A file in each, and now and then what hides files of others; parents are mostly left out. */
  private static TestLayer layer(int number) {
    TestLayer.Builder layer = TestLayer.builder();
    if (number == 0) {
      for (int i = 0; i < 7; i++) {
        layer.directory("d" + i).mode(0750 + i).owner(i, 7);
      }
    }
    if (number % 5 == 4) {
      layer.whiteout(file(number - 3));
    }
    if (number == 60) {
      layer.opaque("d" + 60 % 7);
    }
    return layer.file(file(number), "of layer " + number).build();
  }

  private static String file(int layer) {
    return "d" + layer % 7 + "/file-" + layer;
  }

  private ContainerVmSpec pod(String name, int containers) {
    PodSpec.Builder spec = PodSpec.builder(PodKey.of(name));
    for (int i = 0; i < containers; i++) {
      spec.container(ContainerSpec.builder(BIG).name("c" + i).build());
    }
    Pod pod = vch.host().pods().create(spec.build());
    try (ContainerVms vms = ContainerVms.over(vch.hypervisor(), "default", vch.clock(), () -> "")) {
      return vms.get(pod.vmId()).spec();
    }
  }

  private Set<DatastoreEntry> layerFolders() {
    return Set.copyOf(vch.datastore().list(LAYER_FOLDERS));
  }

  private static Set<DatastorePath> layerDisks(ContainerVmSpec vm) {
    return vm.disks().stream()
        .filter(disk -> disk.role() == DiskAttachment.Role.LAYER)
        .map(DiskAttachment::vmdk)
        .collect(Collectors.toSet());
  }

  @Test
  void podOfTwoContainers_fillsTheSlotsAndRuns() {
    ContainerVmSpec vm = pod("big", 2);

    assertThat(vm.disks()).hasSize(TooManyDisksException.LIMIT);
    assertThat(vm.disks())
        .allSatisfy(disk -> assertThat(vch.datastore().stat(disk.vmdk())).isPresent());
    vch.host().pods().start(PodKey.of("big"));
    assertThat(vch.host().pods().status(PodKey.of("big")).phase()).isEqualTo(PodPhase.RUNNING);
  }

  @Test
  void secondPod_hasThePacksOfTheFirst() {
    Set<DatastorePath> first = layerDisks(pod("first", 2));
    Set<DatastoreEntry> before = layerFolders();

    assertThat(layerDisks(pod("second", 2))).isEqualTo(first);
    assertThat(layerFolders()).isEqualTo(before);
  }

  @Test
  void podWithOneSlotLess_hasAllPacksButOneOfTheOther() {
    Set<DatastorePath> one = layerDisks(pod("one", 1));
    int folders = layerFolders().size();

    Set<DatastorePath> two = layerDisks(pod("two", 2));
    two.removeAll(one);
    assertThat(two).hasSize(1);
    assertThat(layerFolders()).hasSize(folders + 1);
  }

  @Test
  void packs_stayWithThePodAndAreCollectedAfterIt() {
    ContainerVmSpec vm = pod("big", 2);
    Image image = vch.host().images().find(ImageReference.parse(BIG)).orElseThrow();
    vch.host().images().remove(image.id());

    assertThat(vch.host().collectImages().layers()).isEmpty();
    assertThat(layerDisks(vm))
        .allSatisfy(disk -> assertThat(vch.datastore().stat(disk)).isPresent());

    vch.host().pods().delete(PodKey.of("big"));
    assertThat(vch.host().collectImages().images()).containsExactly(image.id());
    assertThat(layerFolders()).isEmpty();
  }

  @Test
  void packedLayersJoined_areWhatAllLayersMakeOneAfterAnother() throws Exception {
    ContainerVmSpec vm = pod("big", 2);
    try (Mounts mounts = new Mounts(folder)) {
      List<Path> mounted = new ArrayList<>();
      for (UUID layer : vm.sessions().get(1).layers()) {
        mounted.add(mounts.loop(copy(layer, vm)));
      }

      assertThat(DiskTree.belowTheRoot(mounts.overlay(mounted)))
          .isNotEmpty()
          .containsExactlyEntriesOf(DiskTree.belowTheRoot(mounts.loop(flattened())));
    }
  }

  /** A copy of a VM's disk in a file of its own, which e2fsck has found to be right. */
  private Path copy(UUID fileSystem, ContainerVmSpec vm) throws Exception {
    DatastorePath descriptor =
        vm.disks().stream()
            .filter(disk -> disk.fileSystem().equals(fileSystem))
            .map(DiskAttachment::vmdk)
            .findFirst()
            .orElseThrow();
    Path copy = folder.resolve(fileSystem + ".ext4");
    Datastore datastore = vch.datastore();
    try (InputStream content = datastore.read(descriptor.parent().resolve("layer-flat.vmdk"))) {
      Files.copy(content, copy);
    }
    ForeignTool.named("e2fsck").check("-fn", copy);
    return copy;
  }

  private Path flattened() {
    LocalDatastore datastore = LocalDatastore.at(folder.resolve("flat"));
    List<LayerTar> tars =
        layers.stream()
            .map(
                layer ->
                    new LayerTar(
                        layer.diffId(), () -> new ByteArrayInputStream(layer.tar().toArray())))
            .toList();
    LayerDisk disk = LayerDisks.in(datastore).flatten(tars, Progress.NONE);
    return datastore.localPath(disk.extentPath());
  }
}
