package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.IdSource;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.LogReader;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.Signal;
import io.vic4j.testkit.Script;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * VMs to test, and what they run. Tests that only look at a VM share it, where the {@linkplain
 * #place place} stays: a real one takes seconds to boot.
 */
abstract class ContainerVmFixture {
  /** How long things may take. */
  protected static final Duration LONG = Duration.ofMinutes(2);

  static final Duration SECOND = Duration.ofSeconds(1);
  static final Duration STEP = Duration.ofMillis(50);

  /** The scope of a test's own VMs. */
  static final String OWN = "contract";

  static final String SHARED = "shared";
  private static final UUID SCRATCH_ID = new UUID(1, 2);
  private static final String WAITING = "while :; do sleep 0.1; done";

  static final Program ENDS =
      Program.of(
          "ends",
          Script.prints("one").printsError("two").after(SECOND).exits(3),
          "echo one; sleep 0.2; echo two >&2; sleep 1; exit 3");
  static final Program EXITS = Program.of("exits", Script.exits(0), "exit 0");
  static final Program HEEDS =
      Program.of(
          "heeds",
          Script.prints("ready")
              .runsForever()
              .onSignal(Signal.HUP, Script.prints("again").runsForever())
              .onSignal(Signal.INT, Script.exits(7))
              .onSignal(Signal.TERM, Script.exits(8)),
          "trap 'echo again' HUP; trap 'exit 7' INT; trap 'exit 8' TERM; echo ready; " + WAITING);
  static final Program STUBBORN =
      Program.of(
          "stubborn",
          Script.prints("ready").runsForever().ignores(Signal.TERM),
          "trap '' TERM; echo ready; " + WAITING);

  ContainerVmContract.Place place;
  ContainerVms vms;
  ContainerVms shared;

  /** Where the VMs of the next test are: another place for each, or the same for some. */
  protected abstract ContainerVmContract.Place place() throws Exception;

  /** Writes a disk to write on. */
  protected abstract void writeScratch(Datastore datastore, DatastorePath disk, UUID fileSystem)
      throws Exception;

  /** What runs a program. */
  protected abstract List<String> argv(Program program);

  @BeforeEach
  final void openVms() throws Exception {
    place = place();
    vms = open(OWN);
    shared = open(SHARED);
    vms.list().forEach(ContainerVm::removeForcibly); // What another test has left.
  }

  @AfterEach
  final void closeVms() {
    boolean unused = Thread.interrupted();
    vms.close();
    shared.close();
  }

  final ContainerVms open(String scope) {
    return ContainerVms.over(place.hypervisor(), scope, place.time(), IdSource.random());
  }

  /** A session that can write to its root. */
  final SessionSpec.Builder session(String name, Program program) {
    return SessionSpec.builder(name)
        .layers(List.of(place.layer().fileSystem()))
        .scratch(SCRATCH_ID)
        .argv(argv(program));
  }

  final SessionSpec.Builder side(String name, Program program) {
    return SessionSpec.builder(name)
        .layers(List.of(place.layer().fileSystem()))
        .readOnlyRoot(true)
        .argv(argv(program));
  }

  final ContainerVmSpec spec(String name) throws Exception {
    return spec(name, EXITS);
  }

  final ContainerVmSpec spec(String name, Program program) throws Exception {
    return spec(OWN, name, session("main", program).env("MODE", "fast").build()).build();
  }

  final ContainerVmSpec.Builder spec(String scope, String name, SessionSpec... sessions)
      throws Exception {
    DatastorePath scratch = scratchPath(scope, name);
    if (place.datastore().stat(scratch).isEmpty()) {
      writeScratch(place.datastore(), scratch, SCRATCH_ID);
    }
    ContainerVmSpec.Builder spec =
        ContainerVmSpec.builder(name)
            .label("tier", "test")
            .disk(place.layer())
            .disk(DiskAttachment.scratch(scratch, SCRATCH_ID));
    List.of(sessions).forEach(spec::session);
    return spec;
  }

  static DatastorePath scratchPath(String scope, String vm) {
    return DatastorePath.parse("containers/" + scope + "/" + vm + "/scratch.vmdk");
  }

  /** A VM of the test's own, whose only session has begun. */
  final ContainerVm started(Program program) throws Exception {
    return started(spec("web", program));
  }

  /** A VM of the test's own, whose sessions have begun. */
  final ContainerVm started(SessionSpec... sessions) throws Exception {
    return started(spec(OWN, "web", sessions).build());
  }

  final ContainerVm started(ContainerVmSpec spec) {
    ContainerVm vm = vms.create(spec);
    vm.start();
    vm.awaitStarted(LONG);
    return vm;
  }

  /** One that runs on and is ready. */
  final ContainerVm waiting() throws Exception {
    ContainerVm vm = sharedVm(HEEDS);
    awaitReady(vm, "main");
    return vm;
  }

  /** One that has run to its end by itself. */
  final ContainerVm ended() throws Exception {
    ContainerVm vm = sharedVm(ENDS);
    ExitStatus unused = vm.awaitExit(LONG);
    return vm;
  }

  private ContainerVm sharedVm(Program program) throws Exception {
    Optional<ContainerVm> known = shared.find(program.name());
    if (known.isPresent()) {
      return known.get();
    }
    ContainerVm vm =
        shared.create(spec(SHARED, program.name(), session("main", program).build()).build());
    vm.start();
    vm.awaitStarted(LONG);
    return vm;
  }

  static String text(ContainerVm vm, String session, long position) {
    try (LogReader log = vm.logs(session, position)) {
      return log.text();
    }
  }

  /** Waits until a session's program has said that it is ready. */
  final void awaitReady(ContainerVm vm, String session) throws Exception {
    await(session + " is ready", () -> text(vm, session, 0).startsWith("ready\n"));
  }

  /** Waits until something is so. */
  final void await(String what, BooleanSupplier condition) throws Exception {
    Duration passed = Duration.ZERO;
    while (!condition.getAsBoolean()) {
      assertThat(passed).as("until " + what).isLessThan(LONG);
      boolean unused = place.time().await(new CompletableFuture<>(), STEP);
      passed = passed.plus(STEP);
    }
  }
}
