package io.vic4j.testkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is there when a program that runs VMs was killed. */
final class QemuKilledProgramIT {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int KILLS = Integer.getInteger("vic.kills", 3);
  private static final int LONGEST_START_MILLIS = 2_500;

  @TempDir private Path folder;

  @AfterEach
  void endVms() {
    new BootedHost(folder, 0).close();
  }

  /** A program in another process. */
  private final class Killed implements AutoCloseable {
    private final Process process;
    private final BufferedReader said;
    private final OutputStream orders;

    Killed(int standby) throws IOException {
      process =
          KilledProgram.command(folder, standby)
              .redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve("err").toFile()))
              .start();
      said = process.inputReader();
      orders = process.getOutputStream();
    }

    /** Waits until it says this of a VM, which is returned. */
    String says(String word) throws IOException {
      String line = said.readLine();
      assertThat(line)
          .as("the program's errors: %s", Files.readString(folder.resolve("err")))
          .startsWith(word + " ");
      return line.substring(word.length() + 1);
    }

    void mayGoOn() throws IOException {
      orders.write('\n');
      orders.flush();
    }

    @Override
    public void close() throws InterruptedException {
      assertThat(process.destroyForcibly().waitFor(10, TimeUnit.SECONDS)).isTrue(); // SIGKILL
    }
  }

  @Test
  void vmsGoOn_andWhatStoodByEnds() throws Exception {
    String id;
    List<Long> standby;
    try (Killed program = new Killed(1)) {
      program.says("create");
      program.mayGoOn();
      id = program.says("started");
      standby = processesIn("standby");
      assertThat(standby).hasSize(1);
    }
    await("by itself").atMost(SOON).until(() -> !Processes.runs(standby.get(0)));
    try (BootedHost host = new BootedHost(folder, 0)) {
      ContainerVm vm = host.vch().containers().get(id);
      assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
      assertThat(Processes.calledWith(folder.toString()))
          .containsExactly(Processes.pidOf(host.vmFolder(vm)));
      assertThat(folder.resolve("store/standby")).isEmptyDirectory();
    }
  }

  private List<Long> processesIn(String name) throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve("store").resolve(name))) {
      return all.filter(one -> Files.exists(one.resolve("running.json")))
          .map(Processes::pidOf)
          .toList();
    }
  }

  @Test
  void eachVmIsOnOrOff_whenEverItsProgramIsKilled() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<String> ids = new ArrayList<>();
    for (int kill = 0; kill < KILLS; kill++) {
      try (Killed program = new Killed(1)) {
        ids.add(program.says("create"));
        program.mayGoOn();
        if (kill > 0) { // The first one makes the template.
          long millis = random.nextInt(LONGEST_START_MILLIS);
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
        } else {
          program.says("started");
        }
      }
      try (BootedHost host = new BootedHost(folder, 0)) {
        Set<Long> running = new HashSet<>();
        for (String id : ids) {
          ContainerVm vm = host.vch().containers().get(id);
          if (vm.state() == ContainerVmState.RUNNING || vm.state() == ContainerVmState.STARTING) {
            running.add(Processes.pidOf(host.vmFolder(vm)));
            vm.awaitStarted(LONG);
          } else {
            vm.start();
            vm.awaitStarted(LONG);
            running.add(Processes.pidOf(host.vmFolder(vm)));
          }
        }
        await("seed " + seed)
            .atMost(SOON)
            .untilAsserted(
                () ->
                    assertThat(Processes.calledWith(folder.toString()))
                        .containsExactlyInAnyOrderElementsOf(running));
        for (String id : ids) {
          host.vch().containers().get(id).stop(Duration.ZERO);
        }
      }
    }
    assertThat(folder.resolve("store/standby")).isEmptyDirectory();
  }
}
