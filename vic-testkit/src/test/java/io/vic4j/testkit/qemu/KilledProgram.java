package io.vic4j.testkit.qemu;

import static org.awaitility.Awaitility.await;

import io.vic4j.core.vm.ContainerVm;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.testkit.TestImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A program that starts VMs, until it is killed. Run as {@code KilledProgram <folder> <machines
 * that stand by>}. It says what it is about to do, and reads a line before it does it.
 */
final class KilledProgram {
  private static final Duration LONG = Duration.ofSeconds(90);

  private KilledProgram() {}

  public static void main(String[] arguments) throws IOException {
    int standby = Integer.parseInt(arguments[1]);
    try (BootedHost host = new BootedHost(Path.of(arguments[0]), standby)) {
      TestImage image = TestImage.builder().layer(BootedHost.busybox()).build();
      ContainerSpec spec =
          ContainerSpec.builder(host.registry.add("lib/busybox:1", image))
              .command("/bin/sh", "-c", "while :; do /bin/busybox sleep 1; done")
              .build();
      while (true) {
        ContainerVm vm = host.vch().containers().create(spec);
        say("create " + vm.id());
        vm.start();
        vm.awaitStarted(LONG);
        QemuHypervisor hypervisor = (QemuHypervisor) host.hypervisor();
        await().atMost(LONG).until(() -> hypervisor.standbys() == standby);
        say("started " + vm.id());
      }
    }
  }

  private static void say(String line) throws IOException {
    System.out.println(line);
    if (System.in.read() < 0) {
      throw new IOException("nobody is there any more");
    }
  }

  /** The command that runs it. */
  static ProcessBuilder command(Path folder, int standby) {
    return new ProcessBuilder(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            KilledProgram.class.getName(),
            folder.toString(),
            Integer.toString(standby)));
  }
}
