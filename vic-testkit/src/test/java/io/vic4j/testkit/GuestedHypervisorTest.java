package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.ConflictException;
import io.vic4j.core.IdSource;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestCommand;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.LogReader;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.Signal;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the contracts do not ask of guests that are played. */
final class GuestedHypervisorTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final UUID LAYER = new UUID(1, 1);
  private static final DatastorePath LAYER_DISK = DatastorePath.parse("layers/a.vmdk");

  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private final MemoryDatastore datastore = MemoryDatastore.create(clock);
  private final Scripts scripts = new Scripts().always(Script.runsForever());
  private final BareHypervisor bare = new BareHypervisor(datastore, System.nanoTime());
  private final GuestedHypervisor guested =
      GuestedHypervisor.over(bare, bare.backdoor(), clock, scripts, datastore);
  private final ContainerVms vms = open(guested);
  private final ExecutorService threads = Executors.newCachedThreadPool();

  GuestedHypervisorTest() {
    BlankDisks.write(datastore, LAYER_DISK, LAYER);
  }

  private ContainerVms open(Hypervisor hypervisor) {
    return ContainerVms.over(hypervisor, "test", clock, IdSource.random());
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    vms.close();
    guested.close();
    bare.close();
  }

  private static ContainerVmSpec.Builder spec(String name) {
    return ContainerVmSpec.builder(name)
        .disk(DiskAttachment.layer(LAYER_DISK, LAYER))
        .session(
            SessionSpec.builder("main")
                .layers(List.of(LAYER))
                .readOnlyRoot(true)
                .argv("/bin/app")
                .build());
  }

  private static ContainerVm create(ContainerVms vms, String name) {
    return vms.create(spec(name).build());
  }

  private ContainerVm started(String name) {
    ContainerVm vm = create(vms, name);
    vm.start();
    return vm;
  }

  private VmRecord record(ContainerVm vm) {
    return bare.find(vm.id()).orElseThrow();
  }

  private static String text(ContainerVm vm) {
    try (LogReader log = vm.logs("main")) {
      return log.text();
    }
  }

  @Test
  void powerOn_returnsWhenTheGuestRuns_andTheHypervisorBelowShowsIt() {
    scripts.always(Script.prints("hello").runsForever());
    ContainerVm vm = started("web");
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
    try (ContainerVms below = open(bare)) {
      assertThat(below.get(vm.id()).state()).isEqualTo(ContainerVmState.RUNNING);
      assertThat(text(below.get(vm.id()))).isEqualTo("hello\n");
    }
  }

  @Test
  void whatATimerSetsOff_isShownBeforeTheClockMovesOn() {
    scripts.always(Script.after(Duration.ofSeconds(30)).exits(3));
    ContainerVm vm = started("web");
    List<Instant> seen = new ArrayList<>();
    clock.schedule(
        Duration.ofSeconds(30),
        () -> {
          assertThat(record(vm).power()).isEqualTo(PowerState.OFF);
          seen.add(clock.instant());
        });
    clock.advance(Duration.ofMinutes(1));
    assertThat(seen).containsExactly(VirtualClock.START.plusSeconds(30));
  }

  @Test
  void manyWhoWaitByTheClock_eachSeeTheirEvent_howeverCloseToTheEndOfTheirPatience()
      throws Exception {
    scripts.always(Script.after(Duration.ofSeconds(5)).exits(3));
    List<Future<ExitStatus>> exits = new ArrayList<>();
    List<ContainerVm> all = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      all.add(started("vm-" + i));
    }
    for (ContainerVm vm : all) {
      exits.add(threads.submit(() -> vm.awaitExit(Duration.ofSeconds(5))));
    }
    for (Future<ExitStatus> exit : exits) {
      assertThat(exit.get(30, TimeUnit.SECONDS)).isEqualTo(ExitStatus.exited(3));
    }
    assertThat(clock.instant()).isBetween(VirtualClock.START, VirtualClock.START.plusSeconds(10));
  }

  @Test
  void commandFromAnotherConnection_isObeyed() {
    scripts.always(Script.runsForever().onSignal(Signal.HUP, Script.prints("again").runsForever()));
    ContainerVm vm = started("web");
    bare.send(vm.id(), new GuestCommand.SendSignal("main", Signal.HUP));
    assertThat(text(vm)).isEqualTo("again\n");
    assertThatThrownBy(() -> bare.send(vm.id(), new GuestCommand.SendSignal("other", Signal.HUP)))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void signalToASessionThatIsOver_isAConflict_thatTheGuestTells() {
    scripts.always(Script.exits(0));
    ContainerVm vm = vms.create(spec("web").powerOffWhenDone(false).build());
    vm.start();
    assertThatThrownBy(() -> vm.signal("main", Signal.HUP)).isInstanceOf(ConflictException.class);
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
  }

  @Test
  void vmThatSomebodyElsePoweredOn_isLeftToThem() {
    ContainerVm vm = create(vms, "web");
    try (ContainerVms below = open(bare)) {
      below.get(vm.id()).start();
    }
    guested.powerOn(vm.id());
    assertThat(vm.state()).isEqualTo(ContainerVmState.STARTING);
  }

  @Test
  void powerCutBehindTheBack_endsTheGuest_andTheNextOneBootsAfresh() {
    scripts.always(Script.after(Duration.ofSeconds(10)).prints("late").exits(0));
    ContainerVm vm = started("web");
    bare.powerOff(vm.id());
    clock.advance(Duration.ofMinutes(1));
    assertThat(vm.awaitExit(Duration.ZERO)).isInstanceOf(ExitStatus.Unknown.class);
    assertThat(text(vm)).isEmpty();
    vm.start();
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    assertThat(text(vm)).isEqualTo("late\n");
  }

  @Test
  void suspendedGuest_doesNothing_untilItIsResumed() {
    scripts.always(Script.after(Duration.ofSeconds(10)).exits(2));
    ContainerVm vm = started("web");
    bare.suspend(vm.id());
    clock.advance(Duration.ofMinutes(1));
    assertThat(vm.state()).isEqualTo(ContainerVmState.SUSPENDED);
    vm.start();
    assertThat(vm.awaitExit(Duration.ZERO)).isEqualTo(ExitStatus.exited(2));
  }

  @Test
  void removalBehindTheBack_endsTheGuest() {
    scripts.always(Script.after(Duration.ofSeconds(10)).exits(2));
    ContainerVm vm = started("web");
    bare.powerOff(vm.id());
    bare.remove(vm.id());
    clock.advance(Duration.ofMinutes(1));
    assertThat(vm.state()).isEqualTo(ContainerVmState.REMOVED);
    assertThat(vms.list()).isEmpty();
  }

  @Test
  void wrongDisk_isToldByTheGuest_thatLooks() {
    datastore.list(LAYER_DISK.parent()).forEach(file -> datastore.delete(file.path()));
    BlankDisks.write(datastore, LAYER_DISK, new UUID(6, 6));
    ContainerVm vm = started("web");
    assertThat(vm.status().session("main").message()).contains(LAYER.toString());
    try (GuestedHypervisor trusting =
            GuestedHypervisor.over(bare, bare.backdoor(), clock, scripts);
        ContainerVms others = open(trusting)) {
      ContainerVm other = create(others, "other");
      other.start();
      assertThat(other.state()).isEqualTo(ContainerVmState.RUNNING);
    }
  }

  @Test
  void vmWithoutATether_isOn_andNobodyAnswers() {
    String id = "f".repeat(64);
    guested.create(
        new VmDefinition(
            id,
            "test",
            "blank",
            1,
            MemorySize.ofMebibytes(64),
            Optional.empty(),
            List.of(),
            List.of(),
            List.of(),
            new TreeMap<>(Map.of("guestinfo.other", "x"))));
    assertThat(guested.powerOn(id).power()).isEqualTo(PowerState.ON);
    assertThatThrownBy(() -> guested.send(id, new GuestCommand.Stop()))
        .isInstanceOf(UnavailableException.class);
    assertThat(guested.powerOff(id).power()).isEqualTo(PowerState.OFF);
  }

  @Test
  void callerInterruptedMeanwhile_getsItsStatusBack_andTheGuestBootsAllTheSame() {
    ContainerVm vm = create(vms, "web");
    Thread caller = Thread.currentThread();
    scripts.when(
        (spec, session) -> {
          caller.interrupt(); // While it waits for the guest to boot.
          return true;
        },
        Script.runsForever());
    vm.start();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(vm.awaitStarted(Duration.ZERO).state()).isEqualTo(ContainerVmState.RUNNING);
  }

  @Test
  void guestThatCannotBePlayed_isToldToWhoWaitsForIt() {
    ContainerVm vm = create(vms, "web");
    scripts.when(
        (spec, session) -> {
          throw new IllegalArgumentException("no such script");
        },
        Script.runsForever());
    assertThatThrownBy(vm::start)
        .isInstanceOf(IllegalStateException.class)
        .hasRootCauseMessage("no such script");
  }

  @Test
  void closed_itPassesCallsOn_andItsGuestsDoNothingMore() {
    scripts.always(Script.after(Duration.ofSeconds(10)).exits(2));
    ContainerVm vm = started("web");
    guested.close();
    guested.close();
    clock.advance(Duration.ofMinutes(1));
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
    assertThat(guested.powerOff(vm.id()).power()).isEqualTo(PowerState.OFF);
    Awaitility.await()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().equals("vic-guests")));
  }
}
