package io.vic4j.testkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.storage.ScratchDisk;
import io.vic4j.storage.ScratchDisks;
import io.vic4j.testkit.TestImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines that stand by, rehearsed, to become VMs. */
final class QemuStandbyIT {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int MORE_LAYERS_THAN_A_CONTROLLER_HAS_PLACES = 16;

  @TempDir private Path folder;
  private BootedHost host;

  @BeforeEach
  void openHost() {
    host = new BootedHost(folder, 1);
  }

  @AfterEach
  void closeHost() {
    host.close();
  }

  /** The processes that stand by, once they do. */
  private List<Long> standbys() throws IOException {
    QemuHypervisor hypervisor = (QemuHypervisor) host.hypervisor();
    await().atMost(LONG).until(() -> hypervisor.standbys() == 1);
    try (Stream<Path> all = Files.list(host.datastore.localPath(DatastorePath.parse("standby")))) {
      return all.map(Processes::pidOf).toList();
    }
  }

  private long pid(ContainerVm vm) {
    return Processes.pidOf(host.vmFolder(vm));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String answerOf(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  private ContainerVmSpec served(ContainerVmSpec layers, int port) {
    ScratchDisk scratch =
        ScratchDisks.in(host.datastore)
            .create(
                DatastorePath.parse("own"), "scratch", 64 << 20, ScratchDisks.fileSystemUuid(1));
    ContainerVmSpec.Builder spec =
        ContainerVmSpec.builder("served")
            .cpus(layers.cpus())
            .memory(layers.memory())
            .powerOffWhenDone(true)
            .network(NetworkAttachment.dhcp("outside").forwarding(port, 80))
            .disk(DiskAttachment.scratch(scratch.path(), scratch.fileSystemUuid()));
    layers.disks().stream()
        .filter(disk -> disk.role() == DiskAttachment.Role.LAYER)
        .forEach(spec::disk);
    String script =
        "echo run >>/kept; cat /proc/sys/kernel/random/boot_id; head -c 16 /dev/urandom | hexdump;"
            + " date +%s; ls /sys/class/net; nc -l -p 80 -e /bin/cat /kept; exit 4";
    return spec.session(
            SessionSpec.builder("main")
                .layers(layers.sessions().get(0).layers())
                .scratch(scratch.fileSystemUuid())
                .argv("/bin/sh", "-c", script)
                .build())
        .build();
  }

  @Test
  void vm_isAMachineThatStoodBy_andHasAllThatOthersHave() throws Exception {
    int port = freePort();
    ContainerVmSpec layers = host.layersOf("cat", "date", "head", "hexdump", "ls", "nc", "sleep");
    try (ContainerVms vms = host.otherVms()) {
      ContainerVm vm = vms.create(served(layers, port));
      Set<String> random = new HashSet<>();
      String kept = "";
      for (int run = 0; run < 3; run++) {
        List<Long> standby = run == 0 ? List.of() : standbys();
        Instant begin = Instant.now();
        vm.start();
        if (run > 0) {
          assertThat(standby).containsExactly(pid(vm));
        }
        vm.awaitStarted(LONG);
        await().atMost(SOON).until(() -> vm.status().addresses().size() == 1);
        kept += "run\n";
        await().atMost(SOON).until(() -> answerOf(port), kept::equals);
        assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(4));
        List<String> said = BootedHost.text(vm, "main").lines().toList();
        List<String> last = said.subList(said.size() - 6, said.size());
        assertThat(last.subList(4, 6)).containsExactly("eth0", "lo");
        assertThat(random.addAll(last.subList(0, 1))).as("the identifier of its boot").isTrue();
        assertThat(random.addAll(last.subList(1, 2))).as("its random numbers").isTrue();
        assertThat(Instant.ofEpochSecond(Long.parseLong(last.get(3))))
            .isBetween(begin.minusSeconds(1), Instant.now().plusSeconds(1));
        await().atMost(SOON).until(() -> vm.state() == ContainerVmState.STOPPED);
      }
    }
  }

  @Test
  void standbyOfAnotherKind_makesRoom_andAVmOfManyDisksIsOne() throws Exception {
    TestImage.Builder image = TestImage.builder().layer(BootedHost.busybox());
    for (int i = 0; i < MORE_LAYERS_THAN_A_CONTROLLER_HAS_PLACES; i++) {
      String number = Integer.toString(i);
      image.layer(layer -> layer.file("n/" + number, number).file("last", number));
    }
    ContainerSpec small = shell("exit 1");
    ContainerSpec many =
        ContainerSpec.builder(host.registry.add("lib/many:1", image.build()))
            .command("/bin/sh", "-c", "/bin/busybox cat /last; /bin/busybox ls /n; exit 2")
            .build();
    assertThat(run(small).awaitExit(LONG)).isEqualTo(ExitStatus.exited(1));
    List<Long> first = standbys();
    ContainerVm other = run(many);
    assertThat(other.awaitExit(LONG)).isEqualTo(ExitStatus.exited(2));
    await().atMost(LONG).until(() -> !standbys().equals(first));
    assertThat(Processes.runs(first.get(0))).isFalse();
    List<Long> second = standbys();
    ContainerVm vm = run(many);
    assertThat(second).containsExactly(pid(vm));
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(2));
    String session = vm.spec().sessions().get(0).name();
    assertThat(BootedHost.text(vm, session)).isEqualTo(BootedHost.text(other, session));
    assertThat(BootedHost.text(vm, session)).startsWith("150\n1\n").endsWith("9\n");
  }

  private ContainerSpec shell(String script) {
    TestImage image = TestImage.builder().layer(BootedHost.busybox()).build();
    return ContainerSpec.builder(host.registry.add("lib/small:1", image))
        .command("/bin/sh", "-c", script)
        .build();
  }

  private ContainerVm run(ContainerSpec spec) {
    ContainerVm vm = host.vch().containers().create(spec);
    vm.start();
    return vm;
  }

  @Test
  void standbyThatIsKilled_costsTime_andNoVm_andNoneOutlivesItsHypervisor() throws Exception {
    ContainerSpec spec = shell("while :; do /bin/busybox sleep 1; done");
    ContainerVm first = run(spec);
    first.awaitStarted(LONG);
    long killed = standbys().get(0);
    assertThat(ProcessHandle.of(killed).orElseThrow().destroyForcibly()).isTrue();
    ContainerVm second = run(spec);
    second.awaitStarted(LONG);
    assertThat(pid(second)).isNotEqualTo(killed);
    long standby = standbys().get(0);
    host.reopen(() -> assertThat(Processes.runs(standby)).isFalse());
    assertThat(host.vch().containers().get(second.id()).state())
        .isEqualTo(ContainerVmState.RUNNING);
  }
}
