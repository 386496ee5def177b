package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.DiskJudge;
import io.vic4j.core.IdSource;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.core.vsphere.VsphereSettings;
import io.vic4j.core.vsphere.VsphereSettings.DiskTransfer;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import io.vic4j.storage.ScratchDisk;
import io.vic4j.storage.ScratchDisks;
import io.vic4j.storage.overlay.OverlayCopy;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.testkit.TestLayer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With disks that go to the datastore as flat extents. */
final class VsphereFlatTransferTest extends VsphereContracts {
  VsphereFlatTransferTest() {
    super("-hosts", "0", "-datastores", "40");
  }

  @Override
  Vsphere open() {
    VsphereSettings.Builder settings = SimulatedVsphere.settings(sim);
    return SimulatedVsphere.openFresh(sim, settings.diskTransfer(DiskTransfer.FLAT), "vic-");
  }

  @Test
  void layerDisk_isThatOfALocalFolder_andNothingIsImported(@TempDir Path folder) {
    TestLayer layer = TestLayer.builder().directory("etc").file("etc/app", "content").build();
    LocalDatastore local = LocalDatastore.at(folder);
    LayerDisk expected = build(LayerDisks.in(local), layer);
    try (Vsphere vsphere = open()) {
      sim.resetCalls();
      LayerDisk disk = build(LayerDisks.in(vsphere.datastore()), layer);
      Path root =
          SimulatedVsphere.datastoreFolder(sim, vsphere).resolve(SimulatedVsphere.root(vsphere));
      assertThat(root.resolve(disk.extentPath().toString()))
          .hasSameBinaryContentAs(local.localPath(expected.extentPath()));
      assertThat(root.resolve(disk.path().toString()))
          .hasSameBinaryContentAs(local.localPath(expected.path()));
      DiskJudge.judge(root.resolve("layers"));
      assertThat(sim.calls()).doesNotContainKey("ImportVApp");
      assertThat(vsphere.datastore().virtualDisks()).isEmpty();
    }
  }

  @Test
  void diskOfAMachineThatIsOff_isCopiedTo() throws Exception {
    try (Vsphere vsphere = open()) {
      Datastore datastore = vsphere.datastore();
      TestLayer layer = TestLayer.builder().directory("etc").file("etc/app", "content").build();
      LayerDisk disk = build(LayerDisks.in(datastore), layer);
      ScratchDisk scratch =
          ScratchDisks.in(datastore)
              .create(DatastorePath.parse("vms/one"), "scratch", 16L << 20, new UUID(1, 2));
      ContainerVmSpec vm =
          ContainerVmSpec.builder("one")
              .disk(DiskAttachment.layer(disk.path(), disk.fileSystemUuid()))
              .disk(DiskAttachment.scratch(scratch.path(), scratch.fileSystemUuid()))
              .session(
                  SessionSpec.builder("main")
                      .layers(List.of(disk.fileSystemUuid()))
                      .scratch(scratch.fileSystemUuid())
                      .argv("/bin/app")
                      .build())
              .build();
      for (String text : List.of("first", "second")) {
        byte[] tar = TestLayer.builder().file("app", text).build().tar().toArray();
        try (OverlayCopy copy =
            OverlayCopy.open(datastore, IdSource.random(), Instant::now, vm, "main")) {
          copy.copyIn("/etc", new ByteArrayInputStream(tar));
          copy.publish(() -> {});
        }
        try (OverlayFiles files = OverlayFiles.open(datastore, vm, "main");
            InputStream in = files.read("/etc/app")) {
          assertThat(in).hasContent(text);
        }
      }
    }
  }

  private static LayerDisk build(LayerDisks disks, TestLayer layer) {
    return disks.build(
        layer.diffId(), new ByteArrayInputStream(layer.tar().toArray()), Progress.NONE);
  }
}
