package io.vic4j.testkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.ConflictException;
import io.vic4j.core.ForeignTool;
import io.vic4j.core.ImageReference;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.SessionStatus;
import io.vic4j.core.vm.Signal;
import io.vic4j.core.vm.VolumeMount;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.storage.ScratchDisk;
import io.vic4j.storage.ScratchDisks;
import io.vic4j.testkit.TestImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images that run in machines: QEMU emulates them, Debian's kernel and the tether run in them. Each
 * boot takes seconds, so that a test looks at much of one machine.
 */
final class QemuBootIT {
  private static final Duration BOOT = Duration.ofSeconds(90);
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final MemorySize MEMORY = MemorySize.ofMebibytes(256);
  private static final int MANY_LAYERS = 40;

  @TempDir private Path folder;
  private BootedHost host;

  @BeforeEach
  void open() {
    host = new BootedHost(folder);
  }

  @AfterEach
  void close() {
    if (host != null) {
      host.close();
    }
  }

  /** A shell that has all programs of busybox. */
  private ContainerVm shell(ImageReference image, String name, String script) {
    return host.vch()
        .containers()
        .create(ContainerSpec.builder(image).name(name).memory(MEMORY).command(sh(script)).build());
  }

  private static String[] sh(String script) {
    return new String[] {"/bin/sh", "-c", "/bin/busybox --install -s /bin; PATH=/bin; " + script};
  }

  private ImageReference busybox() {
    return host.registry.add(
        "lib/busybox:1", TestImage.builder().layer(BootedHost.busybox()).build());
  }

  private static String session(ContainerVm vm) {
    return vm.spec().sessions().get(0).name();
  }

  private static String text(ContainerVm vm) {
    return BootedHost.text(vm, session(vm));
  }

  @Test
  void imageOfManyLayers_isWhatItsProcessSees_andTheProcessIsWhatTheImageSays() {
    // linux/capability.h: version 2, effective, CAP_NET_BIND_SERVICE.
    byte[] capability = HexFormat.of().parseHex("0100000200040000000000000000000000000000");
    TestImage.Builder image =
        TestImage.builder()
            .layer(BootedHost.busybox())
            .layer(
                layer ->
                    layer
                        .directory("data")
                        .file("data/gone", "x")
                        .file("data/kept", "k")
                        .directory("opaque")
                        .file("opaque/below", "x")
                        .file("suid", "x")
                        .owner(7, 8)
                        .mode(06755)
                        .file("capped/busybox", BootedHost.program())
                        .mode(0755)
                        .xattr("security.capability", capability))
            .layer(layer -> layer.whiteout("data/gone").opaque("opaque").file("opaque/above", "a"))
            .env("GREETING", "hello world")
            .user("bob")
            .workingDirectory("/srv/here");
    for (int i = 0; i < MANY_LAYERS; i++) {
      String number = Integer.toString(i);
      image.layer(layer -> layer.file("n/" + number, number).file("last", number));
    }
    ImageReference reference = host.registry.add("lib/many:1", image.build());
    String script =
        "b=/bin/busybox; $b id -u; $b id -g; $b id -G; echo $GREETING $HOME; pwd;"
            + " $b ls /data /opaque; $b cat /last; echo; $b ls /n | $b wc -l;"
            + " $b stat -c '%a %u %g' /suid /srv/here; $b hostname; $b touch /x;"
            + " /capped/busybox grep CapEff /proc/self/status; exit 3";
    ContainerVm vm =
        host.vch()
            .containers()
            .create(
                ContainerSpec.builder(reference)
                    .name("many")
                    .memory(MEMORY)
                    .hostname("box")
                    .command("/bin/sh", "-c", script)
                    .build());
    vm.start();
    ExitStatus exit = vm.awaitExit(BOOT);
    assertThat(vm.status().session(session(vm)).message()).isEmpty();
    assertThat(exit).isEqualTo(ExitStatus.exited(3));
    assertThat(text(vm))
        .isEqualTo(
            "1000\n1001\n1001 10\nhello world /home/bob\n/srv/here\n"
                + "/data:\nkept\n\n/opaque:\nabove\n"
                + (MANY_LAYERS - 1)
                + "\n"
                + MANY_LAYERS
                + "\n6755 7 8\n755 0 0\nbox\n"
                + "touch: /x: Permission denied\nCapEff:\t0000000000000400\n");
    await().atMost(SOON).until(() -> vm.state() == ContainerVmState.STOPPED);
  }

  @Test
  void programsThatAreNotThere_orNone_haveTheExitCodesOfShells_andAMessage() {
    ContainerVm template = shell(busybox(), "template", "exit 137");
    SessionSpec session = template.spec().sessions().get(0);
    ContainerVmSpec.Builder spec =
        ContainerVmSpec.builder("codes").memory(MEMORY).cpus(1).powerOffWhenDone(true);
    template.spec().disks().stream()
        .filter(disk -> disk.role() == DiskAttachment.Role.LAYER)
        .forEach(spec::disk);
    for (String[] argv :
        new String[][] {{"missing", "/bin/nope"}, {"nowhere", "nope"}, {"closed", "/etc/passwd"}}) {
      spec.session(readOnly(session, argv[0], argv[1]));
    }
    spec.session(readOnly(session, "none", "/bin/sh", "-c", "exit 0"));
    spec.session(readOnly(session, "most", "/bin/sh", "-c", "exit 255"));
    spec.session(readOnly(session, "exits", "/bin/sh", "-c", "exit 137"));
    spec.session(readOnly(session, "killed", "/bin/busybox", "sleep", "1000"));
    spec.session(readOnly(session, "ended", "/bin/busybox", "sleep", "1000"));
    try (ContainerVms vms = host.otherVms()) {
      ContainerVm vm = vms.create(spec.build());
      vm.start();
      vm.awaitStarted(BOOT);
      await().atMost(SOON).until(() -> vm.status().session("ended").isRunning());
      vm.signal("killed", Signal.KILL);
      vm.signal("ended", Signal.TERM);
      await().atMost(SOON).until(() -> vm.state() == ContainerVmState.STOPPED);
      assertEnd(vm, "missing", ExitStatus.exited(127), "exec: /bin/nope: no such file");
      assertEnd(vm, "nowhere", ExitStatus.exited(127), "exec: nope: not found in PATH");
      assertEnd(vm, "closed", ExitStatus.exited(126), "exec: /etc/passwd: permission denied");
      assertEnd(vm, "none", ExitStatus.exited(0), "");
      assertEnd(vm, "most", ExitStatus.exited(255), "");
      assertEnd(vm, "exits", ExitStatus.exited(137), "");
      assertEnd(vm, "killed", ExitStatus.signalled(Signal.KILL), "");
      assertEnd(vm, "ended", ExitStatus.signalled(Signal.TERM), "");
    }
  }

  private static SessionSpec readOnly(SessionSpec like, String name, String... argv) {
    return SessionSpec.builder(name)
        .layers(like.layers())
        .readOnlyRoot(true)
        .argv(Arrays.asList(argv))
        .build();
  }

  private static void assertEnd(ContainerVm vm, String name, ExitStatus exit, String message) {
    SessionStatus status = vm.status().session(name);
    assertThat(status.exit()).as(name).contains(exit);
    assertThat(status.message()).as(name).isEqualTo(message);
  }

  @Test
  void machineThatOutlivesItsProgram_isFoundAgain_withAllItPrinted_andStops() throws Exception {
    String script =
        "trap 'echo trapped; exit 5' TERM; dd if=/dev/urandom of=/r bs=1M count=1 2>/dev/null;"
            + " i=0; while [ $i -lt 64 ]; do cat /r; i=$((i+1)); done; sha256sum /r >&2; echo end >&2;"
            + " while :; do sleep 0.1; done";
    ContainerVm first = shell(busybox(), "noisy", script);
    first.start();
    first.awaitStarted(BOOT);
    host.reopen();
    ContainerVm vm = host.vch().containers().get("noisy");
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
    await()
        .atMost(BOOT)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> BootedHost.output(vm, session(vm)).length > 64 << 20);
    await().atMost(SOON).until(() -> text(vm).endsWith("end\n"));
    byte[] printed = BootedHost.output(vm, session(vm));
    byte[] block = Arrays.copyOf(printed, 1 << 20);
    for (int i = 0; i < 64; i++) {
      assertThat(Arrays.equals(printed, i << 20, (i + 1) << 20, block, 0, 1 << 20)).isTrue();
    }
    String sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(block));
    String rest =
        new String(printed, 64 << 20, printed.length - (64 << 20), StandardCharsets.UTF_8);
    assertThat(rest).startsWith(sum);
    vm.stop(SOON);
    assertThat(vm.state()).isEqualTo(ContainerVmState.STOPPED);
    assertThat(vm.status().exit()).contains(ExitStatus.exited(5));
    assertThat(text(vm)).endsWith("trapped\n");
    host.reopen();
    assertThat(host.vch().containers().get("noisy").status().exit()).contains(ExitStatus.exited(5));
  }

  @Test
  void processThatIgnoresItsStopSignal_isKilledAfterItsGrace_andNothingBeginsMeanwhile() {
    ContainerVm vm =
        shell(busybox(), "deaf", "trap '' TERM; echo deaf; while :; do sleep 0.1; done");
    vm.start();
    vm.awaitStarted(BOOT);
    await().atMost(SOON).until(() -> text(vm).equals("deaf\n"));
    assertThat(vm.status().addresses()).containsExactly("10.0.2.15");
    CompletableFuture<Void> stop = CompletableFuture.runAsync(() -> vm.stop(Duration.ofSeconds(2)));
    ExecSpec exec = ExecSpec.of(session(vm), "/bin/true");
    await("exec is refused")
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(10))
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> vm.exec(exec).close())
                    .isInstanceOf(ConflictException.class)
                    .hasMessageContaining("stopping"));
    assertThat(vm.state().isOn()).isTrue();
    stop.join();
    assertThat(vm.state()).isEqualTo(ContainerVmState.STOPPED);
    assertThat(vm.status().exit()).contains(ExitStatus.signalled(Signal.KILL));
  }

  private DiskAttachment ownScratch(UUID uuid) {
    ScratchDisk disk =
        ScratchDisks.in(host.datastore)
            .create(DatastorePath.parse("volumes/own"), "scratch", 32 << 20, uuid);
    return DiskAttachment.scratch(disk.path(), uuid);
  }

  @Test
  void volume_isFilledFromTheImageOnce_andIsCleanAfterwards() {
    TestImage image =
        TestImage.builder()
            .layer(BootedHost.busybox())
            .layer(layer -> layer.directory("data").owner(5, 6).mode(0750).file("data/seed", "s"))
            .build();
    ContainerVm template = shell(host.registry.add("lib/data:1", image), "template", "true");
    UUID uuid = new UUID(1, 2);
    ScratchDisk volume =
        ScratchDisks.in(host.datastore)
            .create(DatastorePath.parse("volumes/v"), "v", 32 << 20, uuid);
    SessionSpec session =
        template.spec().sessions().get(0).toBuilder()
            .mount(new VolumeMount(uuid, "/data", false))
            .argv(
                Arrays.asList(
                    sh("stat -c '%a %u %g' /data; cat /data/seed; echo run >> /data/seed")))
            .build();
    ContainerVmSpec.Builder spec =
        ContainerVmSpec.builder("data").memory(MEMORY).powerOffWhenDone(true).session(session);
    for (DiskAttachment disk : template.spec().disks()) {
      spec.disk(disk.role() == DiskAttachment.Role.SCRATCH ? ownScratch(disk.fileSystem()) : disk);
    }
    spec.disk(DiskAttachment.volume(volume.path(), uuid));
    try (ContainerVms vms = host.otherVms()) {
      ContainerVm vm = vms.create(spec.build());
      for (int run = 0; run < 2; run++) {
        vm.start();
        assertThat(vm.awaitExit(BOOT)).isEqualTo(ExitStatus.exited(0));
        await().atMost(SOON).until(() -> vm.state() == ContainerVmState.STOPPED);
      }
      assertThat(text(vm)).isEqualTo("750 5 6\ns750 5 6\nsrun\n");
    }
    ForeignTool.named("e2fsck").check("-fn", host.datastore.localPath(volume.extentPath()));
  }
}
