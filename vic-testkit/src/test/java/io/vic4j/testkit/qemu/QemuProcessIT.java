package io.vic4j.testkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.ImageReference;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.ExecSpec;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestProcess;
import io.vic4j.core.vm.Health;
import io.vic4j.core.vm.HealthCheck;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.SessionStatus;
import io.vic4j.core.vm.TmpfsMount;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.testkit.TestImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process in a machine may do and sees beside its program, as its container says. */
final class QemuProcessIT {
  private static final Duration BOOT = Duration.ofSeconds(90);
  private static final Duration SOON = Duration.ofSeconds(30);

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

  @Test
  void processIsLimited_seesItsFilesAndNetworks_andIsHealthyOnceItsCheckSaysSo() {
    ImageReference image =
        host.registry.add("lib/limited:1", TestImage.builder().layer(BootedHost.busybox()).build());
    String script =
        "/bin/busybox mkdir /cache/bin; /bin/busybox --install -s /cache/bin; PATH=/cache/bin; umask; ulimit -n; ulimit -H -n;"
            + " grep -e CapEff -e NoNewPrivs /proc/self/status;"
            + " id -G; stat -c '%a %F' /cache; grep ' /cache ' /proc/mounts | cut -d' ' -f1-3;"
            + " df -k /cache | tail -n 1 | tr -s ' ' | cut -d' ' -f2;"
            + " for d in proc sys dev dev/pts sys/fs/cgroup; do grep \" /$d \" /proc/mounts | cut -d' ' -f2,3; done;"
            + " grep -e db -e box /etc/hosts; grep search /etc/resolv.conf;"
            + " grep nameserver /etc/resolv.conf | sort;"
            + " ip -o address | tr -s ' ' | grep -v -e ' lo ' -e fe80 -e fec0 | cut -d' ' -f2-4;"
            + " ip route | grep default | tr -s ' ' | cut -d' ' -f3-7; ip -6 route | grep 'default via 2001' | cut -d' ' -f3-5; echo end;"
            + " while [ ! -e /cache/go ]; do sleep 0.1; done; touch /cache/well;"
            + " while :; do sleep 1; done";
    HealthCheck check =
        HealthCheck.shell("/bin/busybox touch /cache/go; exec /bin/busybox test -e /cache/well")
            .withInterval(Duration.ofMillis(500))
            .withStartPeriod(Duration.ofMinutes(1));
    ContainerVm template =
        host.vch()
            .containers()
            .create(
                ContainerSpec.builder(image)
                    .name("template")
                    .hostname("box")
                    .readOnlyRoot(true)
                    .memory(MemorySize.ofMebibytes(256))
                    .command("/bin/sh", "-c", script)
                    .ulimit("nofile", 123, 456)
                    .dropCapabilities("ALL")
                    .addCapabilities("CHOWN", "DAC_OVERRIDE")
                    .noNewPrivileges(true)
                    .groups(List.of("wheel", "77"))
                    .tmpfs(new TmpfsMount("/cache", OptionalLong.of(1 << 20), 0750))
                    .extraHost("db", "192.0.2.9")
                    .searchDomain("corp.example")
                    .healthCheck(check)
                    .build());
    try (ContainerVms vms = host.otherVms()) {
      ContainerVm vm = vms.create(withMore(template.spec()));
      vm.start();
      vm.awaitStarted(BOOT);
      String session = vm.spec().sessions().get(0).name();
      assertThat(health(vm)).contains(Health.STARTING);
      await().atMost(SOON).until(() -> BootedHost.text(vm, session).endsWith("end\n"));
      assertThat(BootedHost.text(vm, session).lines())
          .containsExactly(
              "0027",
              "123",
              "456",
              // linux/capability.h: CAP_CHOWN is 0, CAP_DAC_OVERRIDE is 1.
              "CapEff:\t0000000000000003",
              "NoNewPrivs:\t1",
              "0 10 77",
              "750 directory",
              "tmpfs /cache tmpfs",
              "1024",
              "/proc proc",
              "/sys sysfs",
              "/dev tmpfs",
              "/dev/pts devpts",
              "/sys/fs/cgroup cgroup2",
              "10.0.2.15\tbox",
              "198.51.100.7\tbox",
              "2001:db8::7\tbox",
              "192.0.2.9\tdb",
              "search corp.example",
              "nameserver 10.0.2.3",
              "nameserver 198.51.100.53",
              "eth0 inet 10.0.2.15/24",
              "eth1 inet 198.51.100.7/24",
              "eth1 inet6 2001:db8::7/64",
              "10.0.2.2 dev eth0 metric 100",
              "198.51.100.1 dev eth1 metric 101",
              "2001:db8::1 dev eth1",
              "end");
      assertThat(vm.status().addresses())
          .containsExactly("10.0.2.15", "198.51.100.7", "2001:db8::7");
      await().atMost(SOON).until(() -> health(vm).equals(Optional.of(Health.HEALTHY)));
      try (GuestProcess spoils =
          vm.exec(ExecSpec.of(session, "/bin/busybox", "rm", "/cache/well"))) {
        assertThat(spoils.awaitExit(SOON)).isEqualTo(ExitStatus.exited(0));
      }
      await().atMost(SOON).until(() -> health(vm).equals(Optional.of(Health.UNHEALTHY)));
      vm.kill();
      await().atMost(SOON).until(() -> !vm.state().isOn());
    }
  }

  /** Docker's users have no umask to set, nor a second network: what the VM is, and that. */
  private static ContainerVmSpec withMore(ContainerVmSpec like) {
    ContainerVmSpec.Builder spec =
        ContainerVmSpec.builder("limited")
            .memory(like.memory())
            .session(like.sessions().get(0).toBuilder().umask(027).build());
    like.disks().forEach(spec::disk);
    like.networks().forEach(spec::network);
    spec.network(
        NetworkAttachment.fixed(
            "back",
            new NetworkAttachment.Fixed(
                List.of("198.51.100.7/24", "2001:db8::7/64"),
                List.of("198.51.100.1", "2001:db8::1"),
                List.of("198.51.100.53"))));
    spec.hostname("box");
    like.hosts().forEach(spec::host);
    like.searches().forEach(spec::search);
    return spec.build();
  }

  private static Optional<Health> health(ContainerVm vm) {
    List<SessionStatus> sessions = vm.status().sessions();
    return sessions.get(0).health();
  }
}
