package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VchName;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.VirtualContainerHost;
import io.vic4j.storage.volume.Volume;
import io.vic4j.storage.volume.VolumeSpec;
import io.vic4j.testkit.FaultPlan.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever goes wrong with volumes: none that was made for nothing stays, none in use goes. */
@ExtendWith(VicExtension.class)
final class VolumeFaultsTest {
  private static final String APP = "registry.test/app:1";
  private static final ContainerSpec SPEC =
      ContainerSpec.builder(APP).name("a").volume("data", "/data").anonymousVolume("/own").build();

  private enum Fault {
    FAILS,
    LOSES_ANSWER,
    INTERRUPTS
  }

  /** A step of making a container, and what happens to it. */
  record Step(Operation operation, boolean virtualDisks, Fault fault) {
    TestVch newVch() {
      TestVch.Builder vch = TestVch.builder();
      return (virtualDisks ? vch.virtualDisks() : vch).build();
    }

    void plan(TestVch vch, int number, List<Boolean> hit) {
      FaultPlan.What call = vch.faults().on(operation).call(number);
      switch (fault) {
        case FAILS ->
            call.fails(
                () -> {
                  hit.add(true);
                  return new UnavailableException("planned", null);
                });
        case LOSES_ANSWER ->
            call.losesAnswer(
                () -> {
                  hit.add(true);
                  return new UnavailableException("planned", null);
                });
        case INTERRUPTS ->
            call.afterThis(
                () -> {
                  hit.add(true);
                  Thread.currentThread().interrupt();
                });
      }
    }
  }

  static Stream<Step> steps() {
    return Stream.of(Fault.values())
        .flatMap(
            fault ->
                Stream.concat(
                    Stream.of(
                            Operation.OPEN,
                            Operation.CREATE_FILE,
                            Operation.WRITE,
                            Operation.COMMIT,
                            Operation.MOVE,
                            Operation.CREATE_VM)
                        .map(operation -> new Step(operation, false, fault)),
                    Stream.of(Operation.CREATE_DISK, Operation.COMMIT, Operation.MOVE)
                        .map(operation -> new Step(operation, true, fault))))
        // What a hypervisor has made without saying so, nobody can know.
        .filter(step -> step.operation != Operation.CREATE_VM || step.fault != Fault.LOSES_ANSWER);
  }

  @AfterEach
  void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  @ParameterizedTest
  @MethodSource("steps")
  void failedCreation_leavesNoVolume_andARetrySucceeds(Step step) {
    int failures = 0;
    for (int number = 1; ; number++) {
      try (TestVch vch = step.newVch()) {
        vch.image(APP).runs(Script.runsForever());
        List<Boolean> hit = new ArrayList<>();
        step.plan(vch, number, hit);
        VicException failure = create(vch);
        vch.faults().clear();
        String where = step + " no. " + number;
        if (failure != null) {
          failures++;
          assertThat(failure)
              .as(where)
              .isInstanceOfAny(UnavailableException.class, CancelledException.class);
          assertThat(paths(vch, "volumes", "volumes-removed", "tmp")).as(where).isEmpty();
          assertThat(create(vch)).as("retry after " + where).isNull();
        }
        assertThat(vch.host().volumes().list()).as(where).hasSize(2);
        if (hit.isEmpty()) {
          assertThat(failures).as(step.toString()).isPositive();
          return;
        }
      }
    }
  }

  private static VicException create(TestVch vch) {
    try {
      vch.host().containers().create(SPEC);
      return null;
    } catch (VicException e) {
      return e;
    } finally {
      boolean unused = Thread.interrupted();
    }
  }

  private static List<String> paths(TestVch vch, String... folders) {
    List<String> found = new ArrayList<>();
    for (String folder : folders) {
      for (DatastoreEntry entry : vch.datastore().list(DatastorePath.parse(folder))) {
        found.add(entry.path().toString());
      }
    }
    return found;
  }

  @Test
  void volumeThatSomebodyElseRemovesDuringACreation_failsIt(TestVch vch) {
    vch.image(APP).runs(Script.runsForever());
    vch.host().volumes().create(VolumeSpec.builder("data").build());
    vch.faults()
        .on(Operation.CREATE_VM)
        .call(1)
        .afterThis(() -> vch.host().volumes().remove("data"));
    assertThatThrownBy(() -> vch.host().containers().create(SPEC))
        .isInstanceOf(NotFoundException.class);
    assertThat(paths(vch, "volumes", "volumes-removed", "containers")).isEmpty();
    assertThat(vch.host().containers().list()).isEmpty();
  }

  @Test
  void volumeThatIsAttachedDuringItsRemoval_stays(TestVch vch) {
    vch.image(APP).runs(Script.runsForever());
    Volume data = vch.host().volumes().create(VolumeSpec.builder("data").build());
    List<ContainerVm> made = new ArrayList<>();
    vch.faults()
        .on(Operation.MOVE)
        .call(1)
        .afterThis(
            () ->
                made.add(
                    vch.host()
                        .containers()
                        .create(
                            ContainerSpec.builder(APP).name("b").volume("data", "/d").build())));
    assertThatThrownBy(() -> vch.host().volumes().remove("data"))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("'b'");
    assertThat(vch.host().volumes().get("data")).isEqualTo(data);
    made.get(0).start();
  }

  @Test
  void removalThatACrashBrokeOff_isUndoneByTheNextOpener_whereTheVolumeIsInUse(TestVch vch) {
    vch.image(APP).runs(Script.runsForever());
    ContainerVm vm = vch.host().containers().create(SPEC);
    vch.host().volumes().create(VolumeSpec.builder("free").build());
    vch.datastore()
        .move(DatastorePath.parse("volumes/data"), DatastorePath.parse("volumes-removed/1"));
    vch.datastore()
        .move(DatastorePath.parse("volumes/free"), DatastorePath.parse("volumes-removed/2"));
    vch.reopen();
    assertThat(vch.host().volumes().list()).hasSize(2).extracting(Volume::name).contains("data");
    assertThat(paths(vch, "volumes-removed")).isEmpty();
    vm.start();
  }

  @Test
  void hypervisorThatDoesNotAnswer_keepsVolumes(TestVch vch) {
    vch.host().volumes().create(VolumeSpec.builder("data").build());
    vch.faults()
        .on(Operation.FIND_VM)
        .everyCall()
        .fails(() -> new UnavailableException("away", null));
    assertThatThrownBy(() -> vch.host().volumes().remove("data"))
        .isInstanceOf(UnavailableException.class);
    vch.faults().clear();
    assertThat(vch.host().volumes().find("data")).isPresent();
  }

  @Test
  void volumesOfAnotherHostsContainer_areInUse(TestVch vch) {
    vch.image(APP).runs(Script.runsForever());
    try (VirtualContainerHost other = vch.open(VchName.of("team-b"))) {
      other.images().pull(ImageReference.parse(APP), Progress.NONE);
      other.containers().create(SPEC);
      assertThatThrownBy(() -> vch.host().volumes().remove("data"))
          .isInstanceOf(ConflictException.class)
          .hasMessageContaining("host team-b");
    }
  }

  @Test
  void forgottenAnonymousVolumes_arePruned_onceTheyAreOld(TestVch vch) {
    vch.image(APP).runs(Script.runsForever());
    vch.host().containers().create(SPEC).remove();
    assertThat(vch.host().volumes().prune()).isEmpty();
    vch.clock().advance(Duration.ofHours(2));
    assertThat(vch.host().volumes().prune()).hasSize(1).allMatch(Volume::anonymous);
    assertThat(Set.copyOf(paths(vch, "volumes"))).containsExactly("volumes/data");
  }
}
