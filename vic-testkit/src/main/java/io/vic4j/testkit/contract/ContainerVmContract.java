package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.IdSource;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ContainerVmStatus;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.core.vm.LogReader;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.SessionStatus;
import io.vic4j.core.vm.Signal;
import io.vic4j.core.vm.Subscription;
import io.vic4j.testkit.BlankDisks;
import io.vic4j.testkit.MemoryDatastore;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.Scripts;
import io.vic4j.testkit.VirtualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a {@link ContainerVm} must do over a hypervisor whose guests follow {@link Scripts}. Extend
 * it, and say how to make the hypervisor.
 */
public abstract class ContainerVmContract {
  private static final Duration LONG = Duration.ofHours(1);
  private static final UUID LAYER_ID = new UUID(1, 1);
  private static final UUID SCRATCH_ID = new UUID(1, 2);
  private static final DatastorePath LAYER = DatastorePath.parse("layers/one/layer.vmdk");

  private final Scripts scripts = new Scripts();
  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private Datastore datastore;
  private Hypervisor hypervisor;
  private ContainerVms vms;

  /** For subclasses. */
  protected ContainerVmContract() {}

  /** An empty datastore for the VMs' disks; one in memory unless overridden. */
  protected Datastore newDatastore(VirtualClock clock) throws Exception {
    return MemoryDatastore.create(clock);
  }

  /**
   * A hypervisor without VMs.
   *
   * @param datastore where its disks are
   * @param clock what its guests live by
   * @param scripts what its guests' processes do
   */
  protected abstract Hypervisor newHypervisor(
      Datastore datastore, VirtualClock clock, Scripts scripts) throws Exception;

  @BeforeEach
  final void makeVms() throws Exception {
    datastore = newDatastore(clock);
    hypervisor = newHypervisor(datastore, clock, scripts);
    vms = openVms();
    BlankDisks.write(datastore, LAYER, LAYER_ID);
  }

  @AfterEach
  final void closeVms() {
    boolean unused = Thread.interrupted();
    vms.close();
  }

  private ContainerVms openVms() {
    return ContainerVms.over(hypervisor, "contract", clock, IdSource.random());
  }

  private static SessionSpec.Builder session(String name) {
    return SessionSpec.builder(name).layers(List.of(LAYER_ID)).argv("/bin/" + name, "arg");
  }

  private ContainerVmSpec spec(String name) {
    return spec(name, session("main").scratch(SCRATCH_ID).env("MODE", "fast").build()).build();
  }

  private ContainerVmSpec.Builder spec(String name, SessionSpec... sessions) {
    DatastorePath scratch = scratchPath(name);
    if (datastore.stat(scratch).isEmpty()) {
      BlankDisks.write(datastore, scratch, SCRATCH_ID);
    }
    ContainerVmSpec.Builder spec =
        ContainerVmSpec.builder(name)
            .label("tier", "test")
            .disk(DiskAttachment.layer(LAYER, LAYER_ID))
            .disk(DiskAttachment.scratch(scratch, SCRATCH_ID));
    List.of(sessions).forEach(spec::session);
    return spec;
  }

  private static DatastorePath scratchPath(String vm) {
    return DatastorePath.parse("containers/" + vm + "/scratch.vmdk");
  }

  private ContainerVm started(Script script) {
    scripts.always(script);
    ContainerVm vm = vms.create(spec("web"));
    vm.start();
    vm.awaitStarted(LONG);
    return vm;
  }

  private static Script stubborn() {
    return Script.runsForever().ignores(Signal.TERM);
  }

  @Test
  void createdVm_isThere_andHasNotBegun() {
    ContainerVmSpec spec = spec("web");
    ContainerVm vm = vms.create(spec);
    assertThat(vm.state()).isEqualTo(ContainerVmState.CREATED);
    assertThat(vm.name()).isEqualTo("web");
    assertThat(vm.id()).matches("[0-9a-f]{64}");
    assertThat(vm.spec()).isEqualTo(spec);
    assertThat(vm.status().session("main").started()).isEmpty();
    assertThat(vm.status().exit()).isEmpty();
  }

  @Test
  void vms_areFoundByIdAndName() {
    ContainerVm vm = vms.create(spec("web"));
    assertThat(vms.get(vm.id()).name()).isEqualTo("web");
    assertThat(vms.find("web").orElseThrow().id()).isEqualTo(vm.id());
    assertThat(vms.find("none")).isEmpty();
    assertThatThrownBy(() -> vms.get("none")).isInstanceOf(NotFoundException.class);
  }

  @Test
  void list_isSortedByName() {
    for (String name : List.of("b", "a", "c")) {
      vms.create(spec(name));
    }
    assertThat(vms.list()).extracting(ContainerVm::name).containsExactly("a", "b", "c");
  }

  @Test
  void takenName_isRefused() {
    vms.create(spec("web"));
    assertThatThrownBy(() -> vms.create(spec("web"))).isInstanceOf(AlreadyExistsException.class);
  }

  @Test
  void process_runsToItsEnd_andTheVmPowersOff() {
    ContainerVm vm = started(Script.after(Duration.ofSeconds(30)).exits(3));
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(3));
    ContainerVmStatus status = vm.status();
    assertThat(status.state()).isEqualTo(ContainerVmState.STOPPED);
    assertThat(status.bootTime()).isEmpty();
    SessionStatus main = status.session("main");
    assertThat(Duration.between(main.started().orElseThrow(), main.ended().orElseThrow()))
        .isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void output_isRead_withItsStreamsApart() {
    ContainerVm vm =
        started(Script.prints("one").printsError("two").after(Duration.ofSeconds(1)).exits(0));
    try (LogReader log = vm.logs("main")) {
      assertThat(log.next().orElseThrow().text()).isEqualTo("one\n");
      assertThat(log.next().orElseThrow().output().name()).isEqualTo("STDERR");
      assertThat(log.next()).isEmpty();
    }
    try (LogReader log = vm.logs("main")) {
      assertThat(log.text()).isEqualTo("one\ntwo\n");
    }
    assertThatThrownBy(() -> vm.logs("other")).isInstanceOf(NotFoundException.class);
  }

  @Test
  void output_isReadOn_fromWhereAReaderHasCome() {
    ContainerVm vm =
        started(
            Script.prints("one").runsForever().onSignal(Signal.HUP, Script.prints("two").exits(0)));
    long position;
    try (LogReader log = vm.logs("main")) {
      assertThat(log.position()).isZero();
      assertThat(log.text()).isEqualTo("one\n");
      position = log.position();
    }
    try (LogReader log = vm.logs("main", position)) {
      assertThat(log.next()).isEmpty();
      assertThat(log.position()).isEqualTo(position);
    }
    vm.signal("main", Signal.HUP);
    try (LogReader log = vm.logs("main", position)) {
      assertThat(log.text()).isEqualTo("two\n");
      assertThat(log.position()).isGreaterThan(position);
    }
    try (LogReader log = vm.logs("main", 1L << 40)) {
      assertThat(log.next()).isEmpty();
    }
  }

  @Test
  void missingProgram_isTold() {
    ContainerVm vm = started(Script.failsToStart(127, "exec: /bin/main: no such file"));
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(127));
    SessionStatus main = vm.status().session("main");
    assertThat(main.started()).isEmpty();
    assertThat(main.message()).contains("no such file");
  }

  @Test
  void start_ofARunningVm_changesNothing() {
    ContainerVm vm = started(Script.runsForever());
    ContainerVmStatus before = vm.status();
    vm.start();
    assertThat(vm.status()).isEqualTo(before);
  }

  @Test
  void stoppedVm_startsAnew() {
    ContainerVm vm = started(Script.exits(1));
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(1));
    scripts.always(Script.after(Duration.ofSeconds(1)).exits(2));
    vm.start();
    assertThat(vm.awaitStarted(LONG).exit()).isEmpty();
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(2));
  }

  @Test
  void stop_endsAProcessThatHeedsItsSignal() {
    ContainerVm vm =
        started(
            Script.runsForever()
                .onSignal(Signal.TERM, Script.after(Duration.ofSeconds(2)).exits(0)));
    vm.stop(Duration.ofSeconds(10));
    assertThat(vm.state()).isEqualTo(ContainerVmState.STOPPED);
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusSeconds(2));
  }

  @Test
  void stop_killsAProcessThatIgnoresItsSignal_afterTheGrace() {
    ContainerVm vm = started(stubborn());
    vm.stop(Duration.ofSeconds(10));
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.signalled(Signal.KILL));
    assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusSeconds(10));
  }

  @Test
  void stop_usesTheSessionsOwnSignal() {
    scripts.always(Script.runsForever().onSignal(Signal.INT, Script.exits(7)));
    ContainerVm vm =
        vms.create(
            spec("web", session("main").scratch(SCRATCH_ID).stopSignal(Signal.INT).build())
                .build());
    vm.start();
    vm.stop(LONG);
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(7));
  }

  @Test
  void stop_ofAVmThatIsOff_changesNothing() {
    ContainerVm created = vms.create(spec("web"));
    created.stop(LONG);
    assertThat(created.state()).isEqualTo(ContainerVmState.CREATED);
    created.start();
    created.awaitExit(LONG);
    created.stop(LONG);
    assertThat(created.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void kill_endsItAtOnce() {
    ContainerVm vm = started(stubborn());
    vm.kill();
    assertThat(vm.awaitExit(Duration.ZERO)).isEqualTo(ExitStatus.signalled(Signal.KILL));
    assertThatThrownBy(vm::kill).isInstanceOf(ConflictException.class);
  }

  @Test
  void signal_reachesTheProcess() {
    ContainerVm vm =
        started(Script.runsForever().onSignal(Signal.HUP, Script.prints("again").runsForever()));
    vm.signal("main", Signal.HUP);
    try (LogReader log = vm.logs("main")) {
      assertThat(log.text()).isEqualTo("again\n");
    }
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
    assertThatThrownBy(() -> vm.signal("other", Signal.HUP)).isInstanceOf(NotFoundException.class);
    vm.signal("main", Signal.INT);
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.signalled(Signal.INT));
    assertThatThrownBy(() -> vm.signal("main", Signal.HUP)).isInstanceOf(ConflictException.class);
  }

  @Test
  void powerCutByTheHypervisor_isStopped_withAnUnknownExit() {
    ContainerVm vm = started(Script.runsForever());
    hypervisor.powerOff(vm.id());
    assertThat(vm.state()).isEqualTo(ContainerVmState.STOPPED);
    assertThat(vm.awaitExit(LONG)).isInstanceOf(ExitStatus.Unknown.class);
  }

  @Test
  void awaitExit_timesOut_andMayBeRepeated() {
    ContainerVm vm = started(Script.after(Duration.ofSeconds(30)).exits(0));
    assertThatThrownBy(() -> vm.awaitExit(Duration.ofSeconds(29)))
        .isInstanceOfSatisfying(
            TimedOutException.class,
            e -> assertThat(e.timeout()).isEqualTo(Duration.ofSeconds(29)));
    assertThat(vm.awaitExit(Duration.ofSeconds(1))).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void interruptedWait_isCancelled_andTheVmGoesOn() {
    ContainerVm vm = started(Script.runsForever());
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> vm.awaitExit(LONG)).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
  }

  @Test
  void rename_keepsTheVm_andItsState() {
    ContainerVm vm = started(Script.runsForever());
    ContainerVmStatus before = vm.status();
    ContainerVmSpec spec = vm.spec();
    vm.rename("site");
    assertThat(vm.name()).isEqualTo("site");
    assertThat(vm.spec().name()).isEqualTo("site");
    assertThat(vm.spec().sessions()).isEqualTo(spec.sessions());
    assertThat(vm.status()).isEqualTo(before);
    assertThat(vms.find("site")).contains(vm);
    assertThat(vms.get(vm.id())).isEqualTo(vm);
    assertThat(vms.find("web")).isEmpty();
    assertThat(vms.list()).extracting(ContainerVm::name).containsExactly("site");
    vm.rename("site");
    vm.stop(LONG);
    vm.start();
    assertThat(vm.awaitStarted(LONG).state()).isEqualTo(ContainerVmState.RUNNING);
  }

  @Test
  void rename_toWhatIsTakenOrNoName_isRefused_andChangesNothing() {
    ContainerVm vm = vms.create(spec("web"));
    vms.create(spec("other"));
    assertThatThrownBy(() -> vm.rename("other")).isInstanceOf(AlreadyExistsException.class);
    assertThatThrownBy(() -> vm.rename("no name"))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("name"));
    assertThat(vm.name()).isEqualTo("web");
    assertThat(vms.list()).extracting(ContainerVm::name).containsExactly("other", "web");
  }

  @Test
  void renameByAnotherProgram_isSeen() {
    ContainerVm vm = vms.create(spec("web"));
    try (ContainerVms other = openVms()) {
      other.get(vm.id()).rename("site");
    }
    assertThat(vms.find("site").orElseThrow().name()).isEqualTo("site");
    assertThat(vm.name()).isEqualTo("site");
    vm.start();
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    vm.remove();
    assertThatThrownBy(() -> vm.rename("late")).isInstanceOf(NotFoundException.class);
  }

  @Test
  void nameThatSomebodyGaveInTheHypervisor_isShown_whateverItIs() {
    ContainerVm vm = vms.create(spec("web"));
    String odd = "Größe 100% (a/b\\c) <&>";
    hypervisor.rename(vm.id(), odd);
    assertThat(vms.list()).extracting(ContainerVm::name).containsExactly(odd);
    assertThat(vms.find(odd)).contains(vm);
    try (ContainerVms other = openVms()) {
      assertThat(other.list()).extracting(ContainerVm::name).containsExactly(odd);
      assertThat(other.get(vm.id()).spec().sessions()).isEqualTo(spec("web").sessions());
    }
    vm.start();
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    vm.rename("web");
    assertThat(vms.list()).extracting(ContainerVm::name).containsExactly("web");
    hypervisor.rename(vm.id(), odd);
    vm.remove();
    assertThat(vms.list()).isEmpty();
  }

  @Test
  void remove_takesTheScratchDisk_andIsRepeatable() {
    ContainerVm vm = vms.create(spec("web"));
    vm.remove();
    assertThat(vm.state()).isEqualTo(ContainerVmState.REMOVED);
    assertThat(datastore.stat(scratchPath("web"))).isEmpty();
    assertThat(datastore.stat(LAYER)).isPresent();
    vm.remove();
    vm.removeForcibly();
    assertThatThrownBy(vm::start).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> vm.stop(LONG)).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> vm.awaitExit(LONG)).isInstanceOf(NotFoundException.class);
    assertThat(vms.list()).isEmpty();
  }

  @Test
  void remove_ofARunningVm_isRefused_unlessForced() {
    ContainerVm vm = started(Script.runsForever());
    assertThatThrownBy(vm::remove).isInstanceOf(ConflictException.class);
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
    vm.removeForcibly();
    assertThat(vm.state()).isEqualTo(ContainerVmState.REMOVED);
  }

  @Test
  void afterARestartOfTheProgram_allIsFoundAgain() {
    scripts.session("main", Script.prints("hello").exits(3));
    ContainerVm ended = vms.create(spec("ended"));
    ended.start();
    ExitStatus exit = ended.awaitExit(LONG);
    ContainerVm created = vms.create(spec("created"));
    vms.close();
    vms = openVms();
    assertThat(vms.list()).extracting(ContainerVm::id).containsExactly(created.id(), ended.id());
    ContainerVm found = vms.get(ended.id());
    assertThat(found.spec()).isEqualTo(ended.spec());
    assertThat(found.status()).isEqualTo(ended.status());
    assertThat(found.awaitExit(Duration.ZERO)).isEqualTo(exit);
    assertThat(vms.get(created.id()).state()).isEqualTo(ContainerVmState.CREATED);
  }

  @Test
  void vmWithSeveralSessions_endsWithTheLast() {
    scripts.session("main", Script.after(Duration.ofSeconds(1)).exits(5));
    scripts.session("side", Script.after(Duration.ofSeconds(9)).exits(0));
    ContainerVm vm =
        vms.create(
            spec(
                    "web",
                    session("main").scratch(SCRATCH_ID).build(),
                    session("side").readOnlyRoot(true).build())
                .build());
    vm.start();
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(5));
    assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusSeconds(9));
    assertThat(vm.status().session("side").exit()).contains(ExitStatus.exited(0));
  }

  @Test
  void vmToldToStay_staysUntilStopped() {
    scripts.always(Script.exits(4));
    ContainerVm vm =
        vms.create(
            spec("web", session("main").scratch(SCRATCH_ID).build())
                .powerOffWhenDone(false)
                .build());
    vm.start();
    assertThat(vm.awaitStarted(LONG).state()).isEqualTo(ContainerVmState.RUNNING);
    assertThat(vm.status().exit()).contains(ExitStatus.exited(4));
    vm.stop(Duration.ZERO);
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(4));
  }

  @Test
  void watch_tellsEachStep() {
    List<ContainerVmState> states = new ArrayList<>();
    try (Subscription watch = vms.watch((vm, status) -> states.add(status.state()))) {
      ContainerVm vm = started(Script.after(Duration.ofSeconds(1)).exits(0));
      vm.awaitExit(LONG);
      vm.remove();
    }
    assertThat(states)
        .containsSubsequence(
            ContainerVmState.CREATED,
            ContainerVmState.RUNNING,
            ContainerVmState.STOPPED,
            ContainerVmState.REMOVED);
  }
}
