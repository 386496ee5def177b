package io.vic4j.testkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.DiskJudge;
import io.vic4j.core.ImageReference;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.CopiedFiles;
import io.vic4j.core.vm.DiskAttachment.Role;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.storage.tar.TarEntry;
import io.vic4j.storage.tar.TarReader;
import io.vic4j.testkit.TestImage;
import io.vic4j.testkit.TestLayer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are copied to a machine that is off, as a real kernel and its processes see them. */
final class QemuCopyIT {
  private static final Duration BOOT = Duration.ofMinutes(2);

  @TempDir private Path folder;

  private static void copyIn(ContainerVm vm, String path, TestLayer files) throws IOException {
    vm.copyIn("main", path, new ByteArrayInputStream(files.tar().toArray()));
  }

  private static Map<String, TarEntry> copied(ContainerVm vm, String path) throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (CopiedFiles files = vm.copyOut("main", path, false)) {
      files.writeTo(tar);
    }
    Map<String, TarEntry> entries = new TreeMap<>();
    TarReader reader = new TarReader(new ByteArrayInputStream(tar.toByteArray()));
    while (reader.next()) {
      entries.put(reader.entry().name().toString(), reader.entry());
    }
    return entries;
  }

  @Test
  void filesCopiedWhileItIsOff_areSeenByItsProcess_andAreThereAfterwards() throws Exception {
    try (BootedHost host = new BootedHost(folder)) {
      TestImage image =
          TestImage.builder()
              .layer(BootedHost.busybox())
              .layer(
                  layer ->
                      layer
                          .directory("app")
                          .mode(0750)
                          .owner(1, 2)
                          .file("app/image", "of the image\n")
                          .file("app/changed", "as it was\n"))
              .env("PATH", "/bin")
              .build();
      ImageReference reference = host.registry.add("lib/copied:1", image);
      String script =
          "cd /app; busybox stat -c '%n %a %u:%g %h' . own changed hard;"
              + " cat() { busybox cat \"$@\"; }; cat image changed own hard data/file;"
              + " ./program; echo written >> own; busybox rm image";
      ContainerVm vm =
          host.vch()
              .containers()
              .create(
                  ContainerSpec.builder(reference)
                      .name("copied")
                      .volume("data", "/app/data")
                      .command("/bin/sh", "-c", script)
                      .build());
      copyIn(
          vm,
          "/app",
          TestLayer.builder()
              .file("changed", "changed\n")
              .file("own", "own\n")
              .mode(0640)
              .owner(1000, 1001)
              .xattr("user.note", "kept".getBytes(StandardCharsets.UTF_8))
              .hardLink("hard", "image")
              .file("program", "#!/bin/sh\necho it runs\n")
              .mode(0755)
              .file("data/file", "in the volume\n")
              .build());
      vm.start();
      assertThat(vm.awaitExit(BOOT)).isEqualTo(ExitStatus.exited(0));
      assertThat(BootedHost.text(vm, "main"))
          .isEqualTo(
              """
              . 750 1:2 1
              own 640 1000:1001 1
              changed 644 0:0 1
              hard 644 0:0 2
              of the image
              changed
              own
              of the image
              in the volume
              it runs
              """);

      copyIn(vm, "/", TestLayer.builder().file("app/later", "later\n").build());
      Map<String, TarEntry> after = copied(vm, "/app");
      assertThat(after).containsKeys("app/own", "app/hard", "app/later", "app/data/file");
      assertThat(after).doesNotContainKey("app/image");
      assertThat(after.get("app/own").sizeBytes()).isEqualTo(12);
      assertThat(after.get("app/own").xattrs()).hasToString("{user.note=kept}");
      vm.spec().disks().stream()
          .filter(disk -> disk.role() == Role.SCRATCH)
          .forEach(disk -> DiskJudge.assertClean(extent(host, disk.vmdk())));
    }
  }

  private static Path extent(BootedHost host, DatastorePath vmdk) {
    String flat = vmdk.name().replace(".vmdk", "-flat.vmdk");
    return host.datastore.localPath(vmdk.parent().resolve(flat));
  }
}
