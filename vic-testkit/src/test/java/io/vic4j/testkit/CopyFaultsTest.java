package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.CopiedFiles;
import io.vic4j.core.vm.DiskAttachment.Role;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.testkit.FaultPlan.Operation;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever comes between a copy to a container that is off: all of it is there, or nothing. */
final class CopyFaultsTest {
  private static final String APP = "registry.test/app:1";
  private static final List<Operation> CHANGES =
      List.of(
          Operation.CREATE_FILE,
          Operation.CREATE_DISK,
          Operation.WRITE,
          Operation.COMMIT,
          Operation.MOVE,
          Operation.DELETE);

  /** A step of a copy. */
  record Step(Operation operation, boolean virtualDisks) {
    TestVch newVch() {
      TestVch.Builder vch = TestVch.builder();
      TestVch made = (virtualDisks ? vch.virtualDisks() : vch).build();
      made.image(APP).runs(Script.runsForever());
      return made;
    }
  }

  static Stream<Step> steps() {
    return Stream.concat(
        Stream.of(Operation.CREATE_FILE, Operation.COMMIT, Operation.MOVE, Operation.DELETE)
            .map(operation -> new Step(operation, false)),
        Stream.of(Operation.CREATE_DISK, Operation.COMMIT, Operation.MOVE, Operation.DELETE)
            .map(operation -> new Step(operation, true)));
  }

  private static ContainerVm container(VirtualContainerHost host) {
    return host.containers()
        .create(ContainerSpec.builder(APP).name("a").volume("data", "/data").build());
  }

  private static VicException copyIn(ContainerVm vm, String text) throws IOException {
    try {
      TestLayer files = TestLayer.builder().file("file", text).file("data/file", text).build();
      vm.copyIn("main", "/", new ByteArrayInputStream(files.tar().toArray()));
      return null;
    } catch (VicException e) {
      return e;
    }
  }

  /** How large a file is; -1 if it is not there. */
  private static long size(ContainerVm vm, String path) {
    try (CopiedFiles files = vm.copyOut("main", path, true)) {
      return files.stat().sizeBytes();
    } catch (NotFoundException e) {
      return -1;
    }
  }

  /** What copies leave beside disks. */
  private static List<String> leftBeside(TestVch vch) {
    List<String> found = new ArrayList<>();
    for (String top : List.of("containers", "volumes")) {
      collect(vch, DatastorePath.parse(top), found);
    }
    return found;
  }

  private static void collect(TestVch vch, DatastorePath folder, List<String> found) {
    for (DatastoreEntry entry : vch.datastore().list(folder)) {
      if (entry.isFolder()) {
        collect(vch, entry.path(), found);
      } else if (entry.path().name().contains("before")) {
        found.add(entry.path().toString());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("steps")
  void programThatEndsAfterAnyStep_leavesEachDiskAsItWasOrAsItWasToBe(Step step) throws Exception {
    for (int number = 1; ; number++) {
      try (TestVch vch = step.newVch()) {
        ContainerVm vm = container(vch.host());
        assertThat(copyIn(vm, "old")).isNull();
        List<Boolean> hit = new ArrayList<>();
        vch.faults()
            .on(step.operation)
            .call(number)
            .afterThis(
                () -> {
                  hit.add(true);
                  for (Operation each : CHANGES) {
                    vch.faults()
                        .on(each)
                        .everyCall()
                        .fails(() -> new UnavailableException("the program has ended", null));
                  }
                });
        VicException unused = copyIn(vm, "newer");
        vch.faults().clear();
        String where = step + " no. " + number;
        ContainerVm found = vch.reopen().containers().get("a");
        if (number % 2 == 0) {
          found.start();
          assertThat(found.awaitStarted(Duration.ofMinutes(1)).session("main").isRunning())
              .as(where)
              .isTrue();
          found.kill();
        }
        assertThat(size(found, "/file")).as(where).isIn(3L, 5L);
        assertThat(size(found, "/data/file")).as(where).isIn(3L, 5L);
        assertThat(copyIn(found, "the newest")).as(where).isNull();
        assertThat(size(found, "/file")).as(where).isEqualTo(10);
        assertThat(size(found, "/data/file")).as(where).isEqualTo(10);
        assertThat(leftBeside(vch)).as(where).isEmpty();
        if (hit.isEmpty()) {
          assertThat(number).as(step.toString()).isGreaterThan(2);
          return;
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("steps")
  void failedStep_leavesAllAsItWas_orIsNotNoticed(Step step) throws Exception {
    for (int number = 1; ; number++) {
      try (TestVch vch = step.newVch()) {
        ContainerVm vm = container(vch.host());
        assertThat(copyIn(vm, "old")).isNull();
        List<Boolean> hit = new ArrayList<>();
        vch.faults()
            .on(step.operation)
            .call(number)
            .fails(
                () -> {
                  hit.add(true);
                  return new UnavailableException("planned", null);
                });
        VicException failure = copyIn(vm, "newer");
        vch.faults().clear();
        String where = step + " no. " + number;
        long expected = failure == null ? 5 : 3;
        if (failure != null) {
          assertThat(failure).as(where).isInstanceOf(UnavailableException.class);
        }
        assertThat(size(vm, "/data/file")).as(where).isEqualTo(expected);
        // Of several disks, those may be new that were in place before the failure.
        assertThat(size(vm, "/file")).as(where).isIn(expected, 5L);
        vm.start();
        vm.kill();
        assertThat(copyIn(vm, "the newest")).as(where).isNull();
        assertThat(size(vm, "/file")).as(where).isEqualTo(10);
        if (hit.isEmpty()) {
          return;
        }
      }
    }
  }

  @Test
  void containerWhoseDiskIsGone_isNotStarted() throws Exception {
    try (TestVch vch = new Step(Operation.MOVE, false).newVch()) {
      ContainerVm vm = container(vch.host());
      DatastorePath scratch =
          vm.spec().disks().stream()
              .filter(disk -> disk.role() == Role.SCRATCH)
              .findAny()
              .orElseThrow()
              .vmdk();
      vch.datastore().delete(scratch.parent().resolve("scratch-flat.vmdk"));
      assertThatThrownBy(vm::start).isInstanceOf(NotFoundException.class);
    }
  }
}
