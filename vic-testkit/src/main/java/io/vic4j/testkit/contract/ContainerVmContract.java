package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.TimeSource;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.UnsupportedException;
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
import io.vic4j.testkit.Script;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/**
 * What a {@link ContainerVm} must do. Extend it, and say where VMs are, what is on their disks and
 * how they run a program; or extend {@link ScriptedContainerVmContract}.
 */
public abstract class ContainerVmContract extends ContainerVmFixture {
  /**
   * Where a test's VMs are.
   *
   * @param hypervisor what they stand on
   * @param datastore where their disks are
   * @param time what waits are measured by
   * @param layer what their sessions' roots are made of: is there, and has a shell if need be
   */
  public record Place(
      Hypervisor hypervisor, Datastore datastore, TimeSource time, DiskAttachment layer) {}

  /** For subclasses. */
  protected ContainerVmContract() {}

  @Test
  void createdVm_isThere_andHasNotBegun() throws Exception {
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
  void vms_areFoundByIdAndName() throws Exception {
    ContainerVm vm = vms.create(spec("web"));
    assertThat(vms.get(vm.id()).name()).isEqualTo("web");
    assertThat(vms.find("web").orElseThrow().id()).isEqualTo(vm.id());
    assertThat(vms.find("none")).isEmpty();
    assertThatThrownBy(() -> vms.get("none")).isInstanceOf(NotFoundException.class);
  }

  @Test
  void list_isSortedByName() throws Exception {
    for (String name : List.of("b", "a", "c")) {
      vms.create(spec(name));
    }
    assertThat(vms.list()).extracting(ContainerVm::name).containsExactly("a", "b", "c");
  }

  @Test
  void takenName_isRefused() throws Exception {
    vms.create(spec("web"));
    assertThatThrownBy(() -> vms.create(spec("web"))).isInstanceOf(AlreadyExistsException.class);
  }

  @Test
  void process_runsToItsEnd_andTheVmPowersOff() throws Exception {
    ContainerVm vm = ended();
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(3));
    ContainerVmStatus status = vm.status();
    assertThat(status.state()).isEqualTo(ContainerVmState.STOPPED);
    assertThat(status.bootTime()).isEmpty();
    SessionStatus main = status.session("main");
    assertThat(Duration.between(main.started().orElseThrow(), main.ended().orElseThrow()))
        .isBetween(SECOND, Duration.ofSeconds(30));
  }

  @Test
  void output_isRead_withItsStreamsApart() throws Exception {
    ContainerVm vm = ended();
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
  void output_isReadOn_fromWhereAReaderHasCome() throws Exception {
    ContainerVm vm = waiting();
    long position;
    try (LogReader log = vm.logs("main")) {
      assertThat(log.position()).isZero();
      assertThat(log.text()).startsWith("ready\n");
      position = log.position();
    }
    try (LogReader log = vm.logs("main", position)) {
      assertThat(log.next()).isEmpty();
      assertThat(log.position()).isEqualTo(position);
    }
    vm.signal("main", Signal.HUP);
    await("it has printed more", () -> !text(vm, "main", position).isEmpty());
    try (LogReader log = vm.logs("main", position)) {
      assertThat(log.text()).isEqualTo("again\n");
      assertThat(log.position()).isGreaterThan(position);
    }
    try (LogReader log = vm.logs("main", 1L << 40)) {
      assertThat(log.next()).isEmpty();
    }
  }

  @Test
  void missingProgram_isTold() throws Exception {
    ContainerVm vm = started(session("main", EXITS).argv("/bin/missing", "arg").build());
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(127));
    SessionStatus main = vm.status().session("main");
    assertThat(main.started()).isEmpty();
    assertThat(main.message()).contains("no such file");
  }

  @Test
  void start_ofARunningVm_changesNothing() throws Exception {
    ContainerVm vm = waiting();
    ContainerVmStatus before = vm.status();
    assertThat(before.state()).isEqualTo(ContainerVmState.RUNNING);
    vm.start();
    assertThat(vm.status()).isEqualTo(before);
  }

  @Test
  void stoppedVm_startsAnew_withWhatItWrote_whateverItIsCalledNow() throws Exception {
    Program again =
        new Program(
            "again",
            List.of(Script.exits(1), Script.after(SECOND).exits(2)),
            Program.counting("again") + "[ $n = 0 ] && exit 1; sleep 1; exit 2");
    ContainerVm vm = started(again);
    vm.rename("site");
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(1));
    vm.start();
    assertThat(vm.awaitStarted(LONG).exit()).isEmpty();
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(2));
  }

  @Test
  void stop_sendsEachSessionItsSignal_andKillsThoseThatIgnoreIt_afterTheGrace() throws Exception {
    ContainerVm vm =
        started(
            session("main", HEEDS).build(),
            side("other", HEEDS).stopSignal(Signal.INT).build(),
            side("stubborn", STUBBORN).build());
    for (String session : List.of("main", "other", "stubborn")) {
      awaitReady(vm, session);
    }
    vm.stop(SECOND);
    assertThat(vm.state()).isEqualTo(ContainerVmState.STOPPED);
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(8));
    ContainerVmStatus status = vm.status();
    assertThat(status.session("other").exit()).contains(ExitStatus.exited(7));
    SessionStatus stubborn = status.session("stubborn");
    assertThat(stubborn.exit()).contains(ExitStatus.signalled(Signal.KILL));
    assertThat(
            Duration.between(
                status.session("main").ended().orElseThrow(), stubborn.ended().orElseThrow()))
        .isGreaterThan(Duration.ofMillis(500));
  }

  @Test
  void stop_ofAVmThatIsOff_changesNothing() throws Exception {
    ContainerVm created = vms.create(spec("web"));
    created.stop(LONG);
    assertThat(created.state()).isEqualTo(ContainerVmState.CREATED);
    ContainerVm ended = ended();
    ContainerVmStatus before = ended.status();
    ended.stop(LONG);
    assertThat(ended.status()).isEqualTo(before);
  }

  @Test
  void kill_endsItAtOnce() throws Exception {
    ContainerVm vm = started(STUBBORN);
    awaitReady(vm, "main");
    vm.kill();
    assertThat(vm.awaitExit(Duration.ZERO)).isEqualTo(ExitStatus.signalled(Signal.KILL));
    assertThatThrownBy(vm::kill).isInstanceOf(ConflictException.class);
  }

  @Test
  void signal_reachesTheProcess_whichMayEndOfIt() throws Exception {
    ContainerVm vm = started(HEEDS);
    awaitReady(vm, "main");
    assertThatThrownBy(() -> vm.signal("other", Signal.HUP)).isInstanceOf(NotFoundException.class);
    vm.signal("main", Signal.HUP);
    await("it has printed more", () -> text(vm, "main", 0).equals("ready\nagain\n"));
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
    vm.signal("main", Signal.INT);
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(7));
    assertThatThrownBy(() -> vm.signal("main", Signal.HUP)).isInstanceOf(ConflictException.class);
  }

  @Test
  void powerCutByTheHypervisor_isStopped_withAnUnknownExit() throws Exception {
    ContainerVm vm = started(HEEDS);
    place.hypervisor().powerOff(vm.id());
    assertThat(vm.state()).isEqualTo(ContainerVmState.STOPPED);
    assertThat(vm.awaitExit(LONG)).isInstanceOf(ExitStatus.Unknown.class);
  }

  @Test
  void awaitExit_timesOut_andMayBeRepeated() throws Exception {
    ContainerVm vm = waiting();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> vm.awaitExit(STEP))
          .isInstanceOfSatisfying(
              TimedOutException.class, e -> assertThat(e.timeout()).isEqualTo(STEP));
    }
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
  }

  @Test
  void interruptedWait_isCancelled_andTheVmGoesOn() throws Exception {
    ContainerVm vm = waiting();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> vm.awaitExit(LONG)).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
  }

  @Test
  void revise_beginsASessionAnew_andLeavesTheOthers() throws Exception {
    SessionSpec main = session("main", HEEDS).build();
    ContainerVm vm = started(main, side("side", STUBBORN).build());
    awaitReady(vm, "main");
    awaitReady(vm, "side");
    SessionStatus before = vm.status().session("side");

    SessionSpec next = session("main", ENDS).env("MODE", "slow").build();
    vm.revise(now -> now.toBuilder().label("tier", "other").replaceSession(next).build());
    assertThat(vm.spec().sessions()).contains(next);
    assertThat(vm.spec().labels()).containsEntry("tier", "other");
    await("the other program runs", () -> text(vm, "main", 0).endsWith("two\n"));
    SessionStatus status = vm.status().session("main");
    assertThat(status.restarts()).isEqualTo(1);
    assertThat(status.previous().orElseThrow().exit()).isEqualTo(ExitStatus.exited(8));
    await("it is over", () -> vm.status().session("main").exit().isPresent());
    assertThat(vm.status().session("main").exit()).contains(ExitStatus.exited(3));
    assertThat(vm.status().session("side")).isEqualTo(before);
    try (ContainerVms other = open(OWN)) {
      assertThat(other.get(vm.id()).spec()).isEqualTo(vm.spec());
    }
  }

  @Test
  void revise_ofAVmThatWasNeverOn_isWhatItBeginsWith() throws Exception {
    ContainerVm vm = vms.create(spec("web", HEEDS));
    vm.revise(now -> now.toBuilder().replaceSession(session("main", ENDS).build()).build());
    vm.start();
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(3));
    assertThat(vm.status().session("main").restarts()).isZero();
  }

  @Test
  void revise_toOtherLayers_ofAVmThatHasRunAndIsOff_isRefused() throws Exception {
    ContainerVm vm = ended();
    ContainerVmSpec before = vm.spec();
    SessionSpec other = session("main", ENDS).layers(List.of()).build();
    assertThatThrownBy(() -> vm.revise(now -> now.toBuilder().replaceSession(other).build()))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("start it first");
    assertThat(vm.spec()).isEqualTo(before);
    assertThat(shared.get(vm.id()).spec()).isEqualTo(before);
  }

  @Test
  void revise_toADeadlineThatIsPast_endsTheVm() throws Exception {
    ContainerVm vm = started(HEEDS);
    awaitReady(vm, "main");
    vm.revise(now -> now.toBuilder().deadline(Duration.ofMillis(1)).build());
    ExitStatus unused = vm.awaitExit(LONG);
    assertThat(vm.status().deadlineExceeded()).isTrue();
  }

  @Test
  void revise_toWhatAVmCannotBecome_isRefused_andChangesNothing() throws Exception {
    ContainerVm vm = vms.create(spec("web", EXITS));
    ContainerVmSpec before = vm.spec();
    assertThatThrownBy(() -> vm.revise(now -> now.toBuilder().cpus(2).hostname("other").build()))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("cpus, hostname");
    DiskAttachment gone =
        DiskAttachment.layer(DatastorePath.parse("layers/gone/layer.vmdk"), new UUID(1, 9));
    assertThatThrownBy(() -> vm.revise(now -> now.toBuilder().disk(gone).build()))
        .isInstanceOf(NotFoundException.class);
    assertThat(vm.spec()).isEqualTo(before);
    assertThat(vms.get(vm.id()).spec()).isEqualTo(before);
  }

  @Test
  void rename_keepsTheVm_andItsState() throws Exception {
    ContainerVm vm = waiting();
    String name = vm.name();
    ContainerVmStatus before = vm.status();
    ContainerVmSpec spec = vm.spec();
    vm.rename("site");
    try {
      assertThat(vm.name()).isEqualTo("site");
      assertThat(vm.spec().name()).isEqualTo("site");
      assertThat(vm.spec().sessions()).isEqualTo(spec.sessions());
      assertThat(vm.status()).isEqualTo(before);
      assertThat(shared.find("site")).contains(vm);
      assertThat(shared.get(vm.id())).isEqualTo(vm);
      assertThat(shared.find(name)).isEmpty();
      assertThat(shared.list()).extracting(ContainerVm::name).contains("site").doesNotContain(name);
      vm.rename("site");
    } finally {
      vm.rename(name);
    }
    assertThat(shared.find(name)).contains(vm);
  }

  @Test
  void rename_toWhatIsTakenOrNoName_isRefused_andChangesNothing() throws Exception {
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
  void renameByAnotherProgram_isSeen() throws Exception {
    ContainerVm vm = vms.create(spec("web"));
    try (ContainerVms other = open(OWN)) {
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
  void nameThatSomebodyGaveInTheHypervisor_isShown_whateverItIs() throws Exception {
    ContainerVm vm = vms.create(spec("web"));
    String odd = "Größe 100% (a/b\\c) <&>";
    place.hypervisor().rename(vm.id(), odd);
    assertThat(vms.list()).extracting(ContainerVm::name).containsExactly(odd);
    assertThat(vms.find(odd)).contains(vm);
    try (ContainerVms other = open(OWN)) {
      assertThat(other.list()).extracting(ContainerVm::name).containsExactly(odd);
      assertThat(other.get(vm.id()).spec().sessions()).isEqualTo(spec("web").sessions());
    }
    vm.start();
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    vm.rename("web");
    assertThat(vms.list()).extracting(ContainerVm::name).containsExactly("web");
    place.hypervisor().rename(vm.id(), odd);
    vm.remove();
    assertThat(vms.list()).isEmpty();
  }

  @Test
  void remove_takesTheScratchDisk_andIsRepeatable() throws Exception {
    ContainerVm vm = vms.create(spec("web"));
    vm.remove();
    assertThat(vm.state()).isEqualTo(ContainerVmState.REMOVED);
    assertThat(place.datastore().stat(scratchPath(OWN, "web"))).isEmpty();
    assertThat(place.datastore().stat(place.layer().vmdk())).isPresent();
    vm.remove();
    vm.removeForcibly();
    assertThatThrownBy(vm::start).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> vm.stop(LONG)).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> vm.awaitExit(LONG)).isInstanceOf(NotFoundException.class);
    assertThat(vms.list()).isEmpty();
  }

  @Test
  void remove_ofAVmThatIsOn_isRefused_unlessForced() throws Exception {
    ContainerVm vm = vms.create(spec("web", HEEDS));
    vm.start();
    assertThatThrownBy(vm::remove).isInstanceOf(ConflictException.class);
    assertThat(vm.state().isOn()).isTrue();
    vm.removeForcibly();
    assertThat(vm.state()).isEqualTo(ContainerVmState.REMOVED);
  }

  @Test
  void afterARestartOfTheProgram_allIsFoundAgain() throws Exception {
    ContainerVm ended = ended();
    ExitStatus exit = ended.awaitExit(LONG);
    ContainerVm created = vms.create(spec("created"));
    vms.close();
    shared.close();
    vms = open(OWN);
    shared = open(SHARED);
    assertThat(vms.list()).extracting(ContainerVm::id).containsExactly(created.id());
    assertThat(vms.get(created.id()).state()).isEqualTo(ContainerVmState.CREATED);
    ContainerVm found = shared.get(ended.id());
    assertThat(found.spec()).isEqualTo(ended.spec());
    assertThat(found.status()).isEqualTo(ended.status());
    assertThat(found.awaitExit(Duration.ZERO)).isEqualTo(exit);
  }

  @Test
  void vmWithSeveralSessions_endsWithTheLast() throws Exception {
    Program longer = Program.of("longer", Script.after(SECOND).exits(0), "sleep 1; exit 0");
    Program fails = Program.of("fails", Script.exits(5), "exit 5");
    ContainerVm vm = started(session("main", fails).build(), side("side", longer).build());
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(5));
    ContainerVmStatus status = vm.status();
    assertThat(status.session("side").exit()).contains(ExitStatus.exited(0));
    assertThat(status.session("side").ended().orElseThrow())
        .isAfter(status.session("main").ended().orElseThrow());
  }

  @Test
  void vmToldToStay_staysUntilStopped() throws Exception {
    Program fails = Program.of("fails", Script.exits(4), "exit 4");
    ContainerVm vm =
        started(spec(OWN, "web", session("main", fails).build()).powerOffWhenDone(false).build());
    await("its session is over", () -> vm.status().exit().isPresent());
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
    assertThat(vm.status().exit()).contains(ExitStatus.exited(4));
    vm.stop(Duration.ZERO);
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(4));
  }

  @Test
  void watch_tellsEachStep() throws Exception {
    List<ContainerVmState> states = new CopyOnWriteArrayList<>();
    try (Subscription watch = vms.watch((vm, status) -> states.add(status.state()))) {
      ContainerVm vm = started(ENDS);
      ExitStatus unused = vm.awaitExit(LONG);
      vm.remove();
      await("its end is told", () -> states.contains(ContainerVmState.REMOVED));
    }
    assertThat(states)
        .containsSubsequence(
            ContainerVmState.CREATED,
            ContainerVmState.RUNNING,
            ContainerVmState.STOPPED,
            ContainerVmState.REMOVED);
  }
}
