package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.image.ImageSources;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodPhase;
import io.vic4j.pod.PodSpec;
import io.vic4j.testkit.FaultPlan.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever goes wrong while a pod is made, nothing of it stays behind. */
@ExtendWith(VicExtension.class)
final class PodCreationFaultsTest {
  private static final String WEB = "registry.test/web:1";
  private static final String LOG = "registry.test/log:1";
  private static final PodKey KEY = PodKey.of("web");

  private static final PodSpec POD =
      PodSpec.builder(KEY)
          .container(ContainerSpec.builder(WEB).name("web").build())
          .container(ContainerSpec.builder(LOG).name("log").build())
          .build();

  /** A step of making a pod, on a datastore of plain files or one that keeps virtual disks. */
  record Step(Operation operation, boolean virtualDisks) {
    TestVch newVch() {
      TestVch.Builder vch = TestVch.builder();
      return (virtualDisks ? vch.virtualDisks() : vch).build();
    }

    @Override
    public String toString() {
      return operation + (virtualDisks ? " with virtual disks" : "");
    }
  }

  static Stream<Step> steps() {
    Stream<Step> files =
        Stream.of(
                Operation.STAT,
                Operation.LIST,
                Operation.OPEN,
                Operation.READ,
                Operation.CREATE_FILE,
                Operation.WRITE,
                Operation.COMMIT,
                Operation.CREATE_FOLDER,
                Operation.MOVE,
                Operation.DELETE,
                Operation.CREATE_VM,
                Operation.FIND_VM)
            .map(operation -> new Step(operation, false));
    Stream<Step> disks =
        Stream.of(
                Operation.STAT,
                Operation.CREATE_DISK,
                Operation.COPY_DISK,
                Operation.WRITE,
                Operation.COMMIT,
                Operation.MOVE,
                Operation.DELETE,
                Operation.CREATE_VM)
            .map(operation -> new Step(operation, true));
    return Stream.concat(files, disks);
  }

  @AfterEach
  void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  /** Fails the first, the second … call of the operation, until there is no such call. */
  private static int failEach(Step step, boolean pulled, boolean interrupt) {
    for (int number = 1; ; number++) {
      try (TestVch vch = step.newVch()) {
        prepare(vch, pulled);
        List<Boolean> hit = new ArrayList<>();
        vch.faults()
            .on(step.operation())
            .call(number)
            .fails(
                () -> {
                  hit.add(true);
                  if (interrupt) {
                    Thread.currentThread().interrupt();
                    return new CancelledException("interrupted");
                  }
                  return new UnavailableException("planned", null);
                });
        VicException failure = create(vch);
        if (hit.isEmpty()) {
          return number - 1;
        }
        String where = step + " no. " + number;
        if (failure != null) {
          assertThat(failure)
              .as(where)
              .isInstanceOfAny(UnavailableException.class, CancelledException.class);
          // What could not be deleted is left to the sweep; a second attempt saves most of it.
          assertThat(leftovers(vch))
              .as(where)
              .allMatch(
                  path ->
                      step.operation() == Operation.DELETE
                          && (path.startsWith("tmp/") || path.startsWith("leases/")));
          assertThat(vch.hypervisor().list("default")).as(where).isEmpty();
          assertThat(create(vch)).as("retry after " + where).isNull();
        }
        assertThat(vch.host().pods().get(KEY).phase()).as(where).isEqualTo(PodPhase.PENDING);
      }
    }
  }

  private static void prepare(TestVch vch, boolean pulled) {
    for (String image : List.of(WEB, LOG)) {
      TestVch.ImageSetup setup = vch.image(image);
      (pulled ? setup : setup.onlyInRegistry()).runs(Script.runsForever());
    }
  }

  private static VicException create(TestVch vch) {
    try {
      vch.host().pods().create(POD);
      return null;
    } catch (VicException e) {
      return e;
    } finally {
      boolean unused = Thread.interrupted();
    }
  }

  /** All files and folders but layers, images and names, which a pull may leave. */
  private static List<String> leftovers(TestVch vch) {
    List<String> found = new ArrayList<>();
    for (String folder : List.of("containers", "tmp", "leases", "hosts/default/creating")) {
      for (DatastoreEntry entry : vch.datastore().list(DatastorePath.parse(folder))) {
        found.add(entry.path().toString());
      }
    }
    return found;
  }

  @ParameterizedTest
  @MethodSource("steps")
  void failedStep_leavesNothing_andARetrySucceeds(Step step) {
    failEach(step, true, false);
  }

  @ParameterizedTest
  @MethodSource("steps")
  void interruptedStep_leavesNothing_andARetrySucceeds(Step step) {
    failEach(step, true, true);
  }

  @ParameterizedTest
  @MethodSource("steps")
  void failedPull_leavesNothing_andARetrySucceeds(Step step) {
    failEach(step, false, false);
  }

  @ParameterizedTest
  @MethodSource("steps")
  void interruptedThread_leavesNothing(Step step) {
    for (int number = 1; ; number++) {
      try (TestVch vch = step.newVch()) {
        prepare(vch, true);
        List<Boolean> hit = new ArrayList<>();
        vch.faults()
            .on(step.operation())
            .call(number)
            .afterThis(
                () -> {
                  hit.add(true);
                  Thread.currentThread().interrupt();
                });
        VicException failure = create(vch);
        if (hit.isEmpty()) {
          return;
        }
        assertThat(leftovers(vch).stream().filter(path -> !path.startsWith("containers/")))
            .as(step + " no. " + number)
            .isEmpty();
        assertThat(vch.hypervisor().list("default")).hasSize(failure == null ? 1 : 0);
        assertThat(vch.datastore().list(DatastorePath.parse("containers")))
            .hasSize(failure == null ? 2 : 0);
      }
    }
  }

  @Test
  void creationThatIsCancelledWhileItPulls_leavesNothing_andARetrySucceeds(TestVch vch)
      throws Exception {
    prepare(vch, false);
    CountDownLatch pulling = new CountDownLatch(1);
    ImageSources stuck =
        reference -> {
          pulling.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            throw CancelledException.from(e, "pull");
          }
          throw new AssertionError();
        };
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread creator =
        new Thread(
            () -> {
              try {
                vch.host().pods().create(POD, stuck, Progress.NONE);
              } catch (VicException e) {
                failure.set(e);
              }
            });
    creator.start();
    assertThat(pulling.await(30, TimeUnit.SECONDS)).isTrue();
    creator.interrupt();
    creator.join(30_000);
    assertThat(failure.get()).isInstanceOf(CancelledException.class);
    assertThat(leftovers(vch)).isEmpty();
    assertThat(vch.hypervisor().list("default")).isEmpty();
    assertThat(create(vch)).isNull();
  }

  /** Else the tests above would prove nothing. */
  @Test
  void creationTakesTheStepsThatAreMadeToFail() {
    List<Step> taken =
        List.of(
            new Step(Operation.CREATE_FILE, false),
            new Step(Operation.WRITE, false),
            new Step(Operation.COMMIT, false),
            new Step(Operation.CREATE_VM, false),
            new Step(Operation.FIND_VM, false),
            new Step(Operation.CREATE_DISK, true),
            new Step(Operation.COPY_DISK, true));
    for (Step step : taken) {
      assertThat(failEach(step, true, false)).as("" + step).isPositive();
    }
  }

  @Test
  void vmThatIsMadeElsewhereFirst_isAlreadyThere_andNothingOfTheLoserStays(TestVch vch) {
    prepare(vch, true);
    vch.faults()
        .on(Operation.CREATE_VM)
        .call(1)
        .fails(() -> new AlreadyExistsException("container vm", "pod_default_web"));
    assertThatThrownBy(() -> vch.host().pods().create(POD))
        .isInstanceOf(AlreadyExistsException.class)
        .hasMessage("pod already exists: default/web");
    assertThat(leftovers(vch)).isEmpty();
  }

  @Test
  void fullDatastore_isToldAsSuch(TestVch vch) {
    prepare(vch, true);
    vch.faults().on(Operation.WRITE).call(1).fails(() -> new OutOfSpaceException("planned", null));
    assertThatThrownBy(() -> vch.host().pods().create(POD)).isInstanceOf(OutOfSpaceException.class);
    assertThat(leftovers(vch)).isEmpty();
  }

  @Test
  void failedRollback_isSuppressedInTheFirstFailure(TestVch vch) {
    prepare(vch, true);
    vch.faults()
        .on(Operation.CREATE_VM)
        .call(1)
        .fails(() -> new UnavailableException("first", null));
    vch.faults()
        .on(Operation.DELETE)
        .everyCall()
        .fails(() -> new UnavailableException("second", null));
    assertThatThrownBy(() -> vch.host().pods().create(POD))
        .isInstanceOf(UnavailableException.class)
        .hasMessage("first")
        .satisfies(e -> assertThat(e.getSuppressed()).isNotEmpty());
  }

  @Test
  void whatACrashLeft_isSweptByTheNextOpener_butNotWhatAVmHas(TestVch vch) {
    prepare(vch, true);
    // Nothing can be deleted: as if the program had died before it came to that.
    vch.faults()
        .on(Operation.DELETE)
        .everyCall()
        .fails(() -> new UnavailableException("dead", null));
    vch.host().pods().create(POD);
    vch.faults()
        .on(Operation.CREATE_VM)
        .everyCall()
        .fails(() -> new UnavailableException("dead", null));
    PodSpec second = PodSpec.builder("second").container(POD.containers().get(0)).build();
    assertThatThrownBy(() -> vch.host().pods().create(second))
        .isInstanceOf(UnavailableException.class);
    vch.faults().clear();
    assertThat(vch.datastore().list(DatastorePath.parse("containers"))).hasSize(3);

    vch.clock().advance(Duration.ofHours(2));
    vch.reopen();
    assertThat(leftovers(vch)).hasSize(2).allMatch(path -> path.startsWith("containers/"));
    vch.host().pods().start(KEY);
    assertThat(vch.host().pods().status(KEY).phase()).isEqualTo(PodPhase.RUNNING);
  }

  @Test
  void whatIsStillBeingMade_isNotSwept(TestVch vch) {
    prepare(vch, true);
    vch.faults()
        .on(Operation.DELETE)
        .everyCall()
        .fails(() -> new UnavailableException("dead", null));
    vch.faults()
        .on(Operation.CREATE_VM)
        .everyCall()
        .fails(() -> new UnavailableException("dead", null));
    assertThatThrownBy(() -> vch.host().pods().create(POD))
        .isInstanceOf(UnavailableException.class);
    vch.faults().clear();
    vch.clock().advance(Duration.ofMinutes(59));
    vch.reopen();
    assertThat(vch.datastore().list(DatastorePath.parse("containers"))).hasSize(2);
  }
}
