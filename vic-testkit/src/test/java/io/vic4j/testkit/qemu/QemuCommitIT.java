package io.vic4j.testkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.DiskTree;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import io.vic4j.core.Progress;
import io.vic4j.core.TreeEntry;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.CopiedFiles;
import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.image.CommitOptions;
import io.vic4j.image.Image;
import io.vic4j.image.ImageSource;
import io.vic4j.image.ImageStore;
import io.vic4j.image.StoredImages;
import io.vic4j.image.registry.PushOptions;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodSpec;
import io.vic4j.storage.LayerDisks;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.testkit.TestImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process wrote in a real machine, made an image. Needs root, to look at owners. */
final class QemuCommitIT {
  private static final Duration BOOT = Duration.ofMinutes(2);

  /** CAP_NET_BIND_SERVICE, effective; linux/capability.h. */
  private static final byte[] CAPABILITY =
      HexFormat.of().parseHex("0100000200040000000000000000000000000000");

  private static final String CHANGES =
      "cd /app && echo changed >kept && rm gone && rm -r full && mkdir full && echo new >full/now"
          + " && ln kept hard && ln -s kept soft && mkdir -m 1777 shared && chown 7:8 shared"
          + " && mknod device c 1 3 && chmod 4755 program && rm -r deep/a && mv moved elsewhere";

  @TempDir private Path folder;

  private SortedMap<String, TreeEntry> copied(ContainerVm vm, String name) throws IOException {
    Path tar = folder.resolve(name + ".tar");
    try (CopiedFiles files = vm.copyOut("main", "/app", false);
        OutputStream out = Files.newOutputStream(tar)) {
      files.writeTo(out);
    }
    Path tree = Files.createDirectories(folder.resolve(name));
    ForeignTool.named("tar")
        .check("--xattrs", "--xattrs-include=*", "--numeric-owner", "-xpf", tar, "-C", tree);
    return DiskTree.belowTheRoot(tree.resolve("app"));
  }

  @Test
  void committedImage_isWhatTheGuestSaw_forUmoci_andForTheNextContainer() throws Exception {
    try (BootedHost host = new BootedHost(folder)) {
      TestImage image =
          TestImage.builder()
              .layer(BootedHost.busybox())
              .layer(
                  layer ->
                      layer
                          .directory("app")
                          .file("app/kept", "as it was\n")
                          .file("app/gone", "x")
                          .directory("app/full")
                          .file("app/full/before", "x")
                          .directory("app/deep")
                          .directory("app/deep/a")
                          .file("app/deep/a/b", "x")
                          .directory("app/moved")
                          .file("app/moved/one", "x")
                          .file("app/program", "#!/bin/sh\n")
                          .mode(0755)
                          .file("app/hidden", "x")
                          .directory("app/opaque")
                          .file("app/opaque/below", "x")
                          .file("app/set", "x")
                          .owner(7, 8)
                          .mode(06755)
                          .xattr("user.note", new byte[] {1, 0, 2})
                          .file("app/capped", "x")
                          .xattr("security.capability", CAPABILITY))
              .layer(
                  layer ->
                      layer
                          .whiteout("app/hidden")
                          .opaque("app/opaque")
                          .file("app/opaque/above", "a"))
              .env("PATH", "/bin")
              .build();
      ImageReference reference = host.registry.add("lib/app:1", image);
      ContainerVm vm =
          host.vch()
              .containers()
              .create(
                  ContainerSpec.builder(reference)
                      .name("writer")
                      .command("/bin/busybox", "sleep", "100000")
                      .build());
      vm.start();
      vm.awaitStarted(BOOT);
      SortedMap<String, TreeEntry> before = copied(vm, "before");
      assertThat(before)
          .containsKeys("opaque/above", "kept")
          .doesNotContainKeys("hidden", "opaque/below");
      assertThat(before.get("set").xattrs()).containsEntry("user.note", "010002");
      assertThat(before.get("capped").xattrs()).containsKey("security.capability");
      assertThat(unpacked(reference, "image")).containsExactlyEntriesOf(before);
      String shell =
          "set -e; for c in rm mkdir ln chown mknod chmod mv; do"
              + " alias $c=\"busybox $c\"; done; ";
      try (GuestProcess process =
          vm.exec(ExecSpec.of("main", "/bin/sh", "-c", shell + "eval '" + CHANGES + "'"))) {
        String errors = new String(process.stderr().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.awaitExit(BOOT)).as(errors).isEqualTo(ExitStatus.exited(0));
      }
      SortedMap<String, TreeEntry> seen = copied(vm, "running");
      assertThat(seen)
          .containsKeys("full/now", "hard", "soft", "elsewhere/one", "device")
          .doesNotContainKeys("gone", "full/before", "deep/a", "moved");
      vm.stop(Duration.ZERO);
      assertThat(copied(vm, "stopped")).containsExactlyEntriesOf(seen);

      Image committed =
          host.vch()
              .containers()
              .commit(
                  "writer",
                  CommitOptions.builder()
                      .name("registry.test/app:2")
                      .cmd("/bin/busybox", "cat", "/app/kept", "/app/full/now")
                      .build());
      ContainerVm next =
          host.vch().containers().create(ContainerSpec.builder(committed).name("reader").build());
      next.start();
      assertThat(next.awaitExit(BOOT)).isEqualTo(ExitStatus.exited(0));
      assertThat(BootedHost.text(next, "main")).isEqualTo("changed\nnew\n");
      assertThat(unpacked(pushed(host, committed), "committed")).containsExactlyEntriesOf(seen);
    }
  }

  @Test
  void containerOfAPod_isCommittedWithWhatItWroteItself() throws Exception {
    try (BootedHost host = new BootedHost(folder)) {
      ImageReference reference =
          host.registry.add("lib/pair:1", TestImage.builder().layer(BootedHost.busybox()).build());
      PodKey key = PodKey.of("pair");
      host.vch()
          .pods()
          .create(
              PodSpec.builder(key)
                  .restartPolicy(RestartPolicy.NEVER)
                  .container(writing(reference, "left"))
                  .container(writing(reference, "right"))
                  .build());
      host.vch().pods().start(key);
      assertThat(host.vch().pods().awaitEnd(key, BOOT).phase()).isEqualTo(PodPhase.SUCCEEDED);

      Image committed = host.vch().pods().commit(key, "right", CommitOptions.DEFAULT);
      host.vch()
          .containers()
          .create(ContainerSpec.builder(committed).name("reader").command("/bin/sh").build());
      try (OverlayFiles files = host.vch().containers().files("reader");
          InputStream in = files.read("/right")) {
        assertThat(in).asString(StandardCharsets.UTF_8).isEqualTo("right was here\n");
        assertThat(files.find("/left")).isEmpty();
      }
    }
  }

  private static ContainerSpec writing(ImageReference image, String name) {
    return ContainerSpec.builder(image)
        .name(name)
        .command("/bin/sh", "-c", "echo " + name + " was here >/" + name)
        .build();
  }

  private static ImageReference pushed(BootedHost host, Image image) {
    LayerDisks disks = LayerDisks.in(host.datastore);
    StoredImages images =
        StoredImages.in(host.datastore, ImageStore.in(host.datastore, disks), disks);
    ImageReference target = host.registry.reference("team/app:2");
    try (RegistryClient client = RegistryClient.builder().build();
        ImageSource source = images.open(image.id(), Progress.NONE)) {
      client.push(source, target, PushOptions.DEFAULT, Progress.NONE);
    }
    return target;
  }

  /** Fetched from its registry by skopeo, and unpacked by umoci. */
  private SortedMap<String, TreeEntry> unpacked(ImageReference image, String name) {
    String layout = folder.resolve(name + ".layout") + ":1";
    ForeignTool.named("skopeo")
        .check(
            "--insecure-policy",
            "copy",
            "--src-tls-verify=false",
            "docker://" + image,
            "oci:" + layout);
    Path bundle = folder.resolve(name + ".bundle");
    ForeignTool.named("umoci").check("unpack", "--image", layout, bundle);
    return DiskTree.belowTheRoot(bundle.resolve("rootfs/app"));
  }
}
