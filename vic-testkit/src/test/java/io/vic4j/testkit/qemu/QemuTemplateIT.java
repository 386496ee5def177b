package io.vic4j.testkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.ImageReference;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.testkit.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines that go on from a template. */
final class QemuTemplateIT {
  private static final Duration LONG = Duration.ofSeconds(90);

  @TempDir private Path folder;
  private BootedHost host;
  private ImageReference image;

  @BeforeEach
  void openHost() {
    host = new BootedHost(folder);
    image =
        host.registry.add("lib/busybox:1", TestImage.builder().layer(BootedHost.busybox()).build());
  }

  @AfterEach
  void closeHost() {
    host.close();
  }

  private ContainerVm started(String script) {
    ContainerVm vm =
        host.vch()
            .containers()
            .create(ContainerSpec.builder(image).command("/bin/sh", "-c", script).build());
    vm.start();
    return vm;
  }

  private List<Path> templates() throws IOException {
    try (Stream<Path> all =
        Files.list(host.datastore.localPath(DatastorePath.parse("templates")))) {
      return all.toList();
    }
  }

  /** What a VM says that prints an identifier of its boot, random bytes, and the time. */
  private List<String> told() {
    ContainerVm vm =
        started(
            "cd /bin; ./busybox cat /proc/sys/kernel/random/boot_id;"
                + " ./busybox head -c 16 /dev/urandom | ./busybox hexdump; ./busybox date +%s");
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    return BootedHost.text(vm, vm.spec().sessions().get(0).name()).lines().toList();
  }

  @Test
  void vmsOfOneTemplate_haveTheirOwnRandomNumbers_andTheRightTime() throws Exception {
    List<String> one = told();
    List<String> two = told();
    assertThat(templates()).hasSize(1);
    assertThat(two.get(0)).hasSize(36).isNotEqualTo(one.get(0));
    assertThat(two.get(1)).hasSizeGreaterThan(32).isNotEqualTo(one.get(1));
    Instant seen = Instant.ofEpochSecond(Long.parseLong(two.get(two.size() - 1)));
    assertThat(seen).isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
  }

  @Test
  void templateThatIsDamaged_costsTime_andNoVm() throws Exception {
    assertThat(started("exit 5").awaitExit(LONG)).isEqualTo(ExitStatus.exited(5));
    Files.write(new Template(templates().get(0)).state(), new byte[] {1, 2, 3});
    assertThat(started("exit 6").awaitExit(LONG)).isEqualTo(ExitStatus.exited(6));
  }

  @Test
  void startThatTheProgramDidNotEnd_isNone() throws Exception {
    ContainerVm vm = started("while :; do /bin/busybox sleep 1; done");
    vm.awaitStarted(LONG);
    ObjectMapper json = new ObjectMapper();
    Path note = host.vmFolder(vm).resolve("running.json");
    ObjectNode running = (ObjectNode) json.readTree(note.toFile());
    host.reopen(
        () -> {
          // As a program leaves it that ends in the middle of a start.
          Files.write(note, json.writeValueAsBytes(running.put("asleep", true)));
        });
    ContainerVm found = host.vch().containers().get(vm.id());
    assertThat(found.state()).isEqualTo(ContainerVmState.STOPPED);
    found.start(); // Nobody holds its disks any more.
    found.awaitStarted(LONG);
  }
}
