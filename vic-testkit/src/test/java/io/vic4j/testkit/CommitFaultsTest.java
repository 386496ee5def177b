package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ConflictException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.image.CommitOptions;
import io.vic4j.image.Image;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.testkit.FaultPlan.Operation;
import io.vic4j.testkit.contract.WrittenScratch;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever comes between a commit: an image is there whole, or not at all. */
@ExtendWith(VicExtension.class)
final class CommitFaultsTest {
  private static final String APP = "registry.test/app:1";
  private static final ImageReference NAME = ImageReference.parse("registry.test/app:2");
  private static final CommitOptions OPTIONS =
      CommitOptions.builder().name(NAME.toString()).build();

  private static ContainerVm container(TestVch vch) {
    vch.image(APP).runs(Script.runsForever());
    ContainerVm vm = vch.host().containers().create(ContainerSpec.builder(APP).name("a").build());
    WrittenScratch.write(vch.datastore(), vm.spec(), disk -> disk.file("etc/new", "new"));
    return vm;
  }

  @ParameterizedTest
  @EnumSource(
      names = {"OPEN", "READ", "CREATE_FILE", "WRITE", "COMMIT", "MOVE", "FIND_VM", "LIST", "STAT"})
  void failedStep_leavesNoHalfImage_andARetrySucceeds(Operation operation) {
    int failures = 0;
    for (int number = 1; ; number++) {
      try (TestVch vch = TestVch.create()) {
        container(vch);
        List<Boolean> hit = new ArrayList<>();
        vch.faults()
            .on(operation)
            .call(number)
            .fails(
                () -> {
                  hit.add(true);
                  return new UnavailableException("planned", null);
                });
        VicException failure = commit(vch);
        vch.faults().clear();
        String where = operation + " no. " + number;
        if (failure != null) {
          failures++;
          assertThat(failure).as(where).isInstanceOf(UnavailableException.class);
          // The last look at a name comes after it was given; whoever is told of its failure cannot
          // know that the image is there already.
          if (operation != Operation.LIST) {
            assertThat(vch.host().images().find(NAME)).as(where).isEmpty();
          }
          assertThat(vch.datastore().list(DatastorePath.parse("tmp"))).as(where).isEmpty();
          assertThat(vch.datastore().list(DatastorePath.parse("leases"))).as(where).isEmpty();
          assertThat(commit(vch)).as("retry after " + where).isNull();
        }
        Image image = vch.host().images().find(NAME).orElseThrow();
        assertThat(image.diffIds()).as(where).hasSize(3);
        if (hit.isEmpty()) {
          assertThat(failures).as(operation.toString()).isPositive();
          return;
        }
      }
    }
  }

  private static VicException commit(TestVch vch) {
    try {
      vch.host().containers().commit("a", OPTIONS);
      return null;
    } catch (VicException e) {
      return e;
    }
  }

  /** Does something when the scratch disk was opened, and so while the container is read. */
  private static Throwable commitDuring(TestVch vch, Consumer<ContainerVm> event) {
    ContainerVm vm = container(vch);
    vch.faults().on(Operation.CREATE_FILE).call(2).afterThis(() -> event.accept(vm));
    try {
      vch.host().containers().commit("a", OPTIONS);
      throw new AssertionError("committed");
    } catch (VicException e) {
      return e;
    } finally {
      assertThat(vch.host().images().find(NAME)).isEmpty();
      assertThat(vch.datastore().list(DatastorePath.parse("tmp"))).isEmpty();
      assertThat(vch.datastore().list(DatastorePath.parse("leases"))).isEmpty();
    }
  }

  @Test
  void containerThatIsStartedMeanwhile_isAConflict(TestVch vch) {
    assertThat(commitDuring(vch, ContainerVm::start))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("started while it was read");
  }

  @Test
  void containerThatIsStartedAndStoppedMeanwhile_isAConflict(TestVch vch) {
    assertThat(
            commitDuring(
                vch,
                vm -> {
                  vm.start();
                  vm.kill();
                }))
        .isInstanceOf(ConflictException.class);
  }

  @Test
  void containerThatIsRemovedMeanwhile_isNotFound(TestVch vch) {
    assertThat(commitDuring(vch, ContainerVm::remove))
        .isInstanceOfSatisfying(
            NotFoundException.class,
            e -> assertThat(e.kind() + " " + e.name()).isEqualTo("container a"));
  }

  @Test
  void imageThatLosesItsNameMeanwhile_isKeptUntilTheCommitIsDone(TestVch vch) {
    container(vch);
    Image base = vch.host().images().find(ImageReference.parse(APP)).orElseThrow();
    vch.faults()
        .on(Operation.CREATE_FILE)
        .call(2)
        .afterThis(
            () -> {
              vch.host().images().remove(base.id());
              assertThat(vch.host().collectImages().layers()).isEmpty();
            });
    Image image = vch.host().containers().commit("a", OPTIONS);
    vch.host().containers().get("a").remove();
    assertThat(vch.host().collectImages().layers()).isEmpty();
    assertThat(vch.host().images().layerDisks(image)).hasSize(3);
  }

  @Test
  void filesOfAContainerThatIsRemoved_areNotFound(TestVch vch) {
    ContainerVm vm = container(vch);
    vch.faults().on(Operation.OPEN).call(1).afterThis(vm::remove);
    assertThatThrownBy(() -> vch.host().containers().files("a"))
        .isInstanceOfSatisfying(
            NotFoundException.class, e -> assertThat(e.kind()).isEqualTo("container"));
  }
}
