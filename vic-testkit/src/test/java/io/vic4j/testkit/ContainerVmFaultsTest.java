package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
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
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.Signal;
import io.vic4j.testkit.FaultPlan.Operation;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of container VMs when something goes wrong, or two things happen at once. */
final class ContainerVmFaultsTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final UUID LAYER = new UUID(1, 1);
  private static final DatastorePath LAYER_DISK = DatastorePath.parse("layers/a.vmdk");

  private final VirtualClock clock = VirtualClock.manual();
  private final Scripts scripts = new Scripts().always(Script.runsForever());
  private final MemoryDatastore datastore = MemoryDatastore.create(clock);
  private final MemoryHypervisor memory = MemoryHypervisor.create(datastore, clock, scripts);
  private final FaultPlan faults = FaultPlan.by(clock);
  private final ContainerVms vms =
      ContainerVms.over(FaultyHypervisor.over(memory, faults), "test", clock, IdSource.random());
  private final ExecutorService executor = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    executor.shutdownNow();
    vms.close();
  }

  private ContainerVm create(RestartPolicy policy) {
    if (datastore.stat(LAYER_DISK).isEmpty()) {
      BlankDisks.write(datastore, LAYER_DISK, LAYER);
    }
    return vms.create(
        ContainerVmSpec.builder("web")
            .disk(DiskAttachment.layer(LAYER_DISK, LAYER))
            .session(
                SessionSpec.builder("main")
                    .layers(List.of(LAYER))
                    .readOnlyRoot(true)
                    .argv("/bin/app")
                    .restartPolicy(policy)
                    .build())
            .build());
  }

  private ContainerVm started() {
    ContainerVm vm = create(RestartPolicy.NEVER);
    vm.start();
    return vm;
  }

  private static UnavailableException noRoom() {
    return new UnavailableException("no room", null);
  }

  @Test
  void failedPowerOn_leavesTheVmAsItWas() {
    ContainerVm vm = create(RestartPolicy.NEVER);
    faults.on(Operation.POWER_ON).call(1).fails(ContainerVmFaultsTest::noRoom);
    assertThatThrownBy(vm::start).isInstanceOf(UnavailableException.class);
    assertThat(vm.state()).isEqualTo(ContainerVmState.CREATED);
    vm.start();
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
  }

  @Test
  void lostAnswerToPowerOn_isSeenInTheState() {
    ContainerVm vm = create(RestartPolicy.NEVER);
    faults.on(Operation.POWER_ON).call(1).losesAnswer(ContainerVmFaultsTest::noRoom);
    assertThatThrownBy(vm::start).isInstanceOf(UnavailableException.class);
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
    vm.start();
  }

  @Test
  void startWhileSomethingElseIsReconfigured_countsAgain() {
    ContainerVm vm = create(RestartPolicy.NEVER);
    faults.on(Operation.RECONFIGURE).call(1).afterThis(() -> memory.rename(vm.id(), "site"));
    vm.start();
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
    assertThat(vm.name()).isEqualTo("site");
  }

  @Test
  void startOfAVmThatIsReconfiguredAllTheTime_isAConflictInTheEnd() {
    ContainerVm vm = create(RestartPolicy.NEVER);
    faults
        .on(Operation.RECONFIGURE)
        .everyCall()
        .fails(() -> new ConflictException("reconfigured meanwhile"));
    assertThatThrownBy(vm::start).isInstanceOf(ConflictException.class);
    assertThat(vm.state()).isEqualTo(ContainerVmState.CREATED);
  }

  @Test
  void failedPowerOnOfAVmThatWasRenamedMeanwhile_leavesItAsItWas() {
    ContainerVm vm = create(RestartPolicy.NEVER);
    faults
        .on(Operation.POWER_ON)
        .call(1)
        .fails(
            () -> {
              memory.rename(vm.id(), "site");
              return noRoom();
            });
    assertThatThrownBy(vm::start).isInstanceOf(UnavailableException.class);
    assertThat(vm.state()).isEqualTo(ContainerVmState.CREATED);
  }

  @Test
  void vmThatSomebodyGaveANameThatIsNoneOfOurs_isStillThere() {
    ContainerVm vm = started();
    memory.rename(vm.id(), "web (old)");
    assertThat(vms.get(vm.id())).isEqualTo(vm);
    assertThat(vms.list()).containsExactly(vm);
    assertThat(vm.name()).isEqualTo("web (old)");
    vm.stop(LONG);
    vm.rename("web");
    assertThat(vms.list()).containsExactly(vm);
  }

  @Test
  void startThatAnotherProcessOvertook_isAConflict() {
    ContainerVm vm = create(RestartPolicy.NEVER);
    try (ContainerVms other = ContainerVms.over(memory, "test", clock, IdSource.random())) {
      faults.on(Operation.RECONFIGURE).call(1).afterThis(() -> other.get(vm.id()).start());
      assertThatThrownBy(vm::start).isInstanceOf(ConflictException.class);
    }
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
  }

  @Test
  void silentGuest_losesItsPower() {
    ContainerVm vm = started();
    memory.silenceGuest(vm.id());
    vm.stop(LONG);
    assertThat(vm.awaitExit(Duration.ZERO)).isInstanceOf(ExitStatus.Unknown.class);
    assertThat(clock.instant()).isEqualTo(VirtualClock.START);
  }

  @Test
  void suspendedVm_isResumedByStart_andItsTimeStoodStill() {
    scripts.always(Script.after(Duration.ofSeconds(10)).exits(2));
    ContainerVm vm = started();
    memory.suspend(vm.id());
    assertThat(vm.state()).isEqualTo(ContainerVmState.SUSPENDED);
    assertThatThrownBy(() -> vm.signal("main", Signal.HUP)).isInstanceOf(ConflictException.class);
    clock.advance(Duration.ofSeconds(60));
    assertThat(vm.state()).isEqualTo(ContainerVmState.SUSPENDED);
    vm.start();
    assertThat(vm.awaitExit(Duration.ZERO)).isEqualTo(ExitStatus.exited(2));
  }

  @Test
  void suspendedVm_isPoweredOffByStop_andNotRemovedUnlessForced() {
    ContainerVm vm = started();
    memory.suspend(vm.id());
    assertThatThrownBy(vm::remove).isInstanceOf(ConflictException.class);
    vm.stop(LONG);
    assertThat(vm.state()).isEqualTo(ContainerVmState.STOPPED);
  }

  @Test
  void vmOutOfSight_isUnknown_andUnavailable_untilItIsBack() {
    ContainerVm vm = started();
    memory.loseSight(vm.id());
    assertThat(vm.state()).isEqualTo(ContainerVmState.UNKNOWN);
    assertThatThrownBy(vm::start).isInstanceOf(UnavailableException.class);
    assertThatThrownBy(vm::remove).isInstanceOf(UnavailableException.class);
    memory.regainSight(vm.id());
    assertThat(vm.state()).isEqualTo(ContainerVmState.RUNNING);
  }

  @Test
  void vmThatVanishes_endsTheWaitForItsExit() throws Exception {
    ContainerVm vm = started();
    CompletableFuture<ExitStatus> exit = background(() -> vm.awaitExit(LONG));
    clock.awaitWaiters(1);
    memory.vanish(vm.id());
    assertFails(exit, NotFoundException.class);
    assertThat(vm.state()).isEqualTo(ContainerVmState.REMOVED);
  }

  @Test
  void closing_endsWaits() throws Exception {
    ContainerVm vm = started();
    CompletableFuture<ExitStatus> exit = background(() -> vm.awaitExit(LONG));
    clock.awaitWaiters(1);
    vms.close();
    assertFails(exit, CancelledException.class);
    assertThatThrownBy(vms::list).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void stop_waitsOutItsGrace_andShowsAsStoppingMeanwhile() throws Exception {
    scripts.always(Script.runsForever().ignores(Signal.TERM));
    ContainerVm vm = started();
    CompletableFuture<String> stop = background(vm, it -> it.stop(Duration.ofSeconds(10)));
    clock.awaitWaiters(1);
    clock.advance(Duration.ofSeconds(9));
    assertThat(vm.state()).isEqualTo(ContainerVmState.STOPPING);
    clock.advance(Duration.ofSeconds(1));
    stop.get(30, TimeUnit.SECONDS);
    assertThat(vm.awaitExit(Duration.ZERO)).isEqualTo(ExitStatus.signalled(Signal.KILL));
  }

  @Test
  void kill_cutsAStopShort() throws Exception {
    scripts.always(Script.runsForever().ignores(Signal.TERM));
    ContainerVm vm = started();
    CompletableFuture<String> stop = background(vm, it -> it.stop(LONG));
    clock.awaitWaiters(1);
    vm.kill();
    stop.get(30, TimeUnit.SECONDS);
    assertThat(vm.state()).isEqualTo(ContainerVmState.STOPPED);
    assertThat(clock.instant()).isEqualTo(VirtualClock.START);
  }

  @Test
  void wrongDisk_isToldByTheGuest() {
    BlankDisks.write(datastore, LAYER_DISK, new UUID(6, 6));
    ContainerVm vm = create(RestartPolicy.NEVER);
    vm.start();
    assertThat(vm.state()).isEqualTo(ContainerVmState.STOPPED);
    assertThat(vm.status().session("main").message()).contains(LAYER.toString());
  }

  @Test
  void restartPolicy_startsAgain_atOnce_thenLaterEachTime_untilStopped() {
    scripts.always(Script.exits(1));
    ContainerVm vm = create(RestartPolicy.ALWAYS);
    vm.start();
    assertThat(vm.status().session("main").restarts()).isEqualTo(1);
    clock.advance(Duration.ofSeconds(9));
    assertThat(vm.status().session("main").restarts()).isEqualTo(1);
    clock.advance(Duration.ofSeconds(1));
    assertThat(vm.status().session("main").restarts()).isEqualTo(2);
    clock.advance(Duration.ofSeconds(19));
    assertThat(vm.status().session("main").restarts()).isEqualTo(2);
    clock.advance(Duration.ofSeconds(1));
    assertThat(vm.status().session("main").restarts()).isEqualTo(3);
    vm.stop(LONG);
    assertThat(vm.awaitExit(Duration.ZERO)).isEqualTo(ExitStatus.exited(1));
  }

  private interface Work<T> {
    T run();
  }

  private interface Change {
    void apply(ContainerVm vm);
  }

  private <T> CompletableFuture<T> background(Work<T> work) {
    return CompletableFuture.supplyAsync(work::run, executor);
  }

  private CompletableFuture<String> background(ContainerVm vm, Change change) {
    return background(
        () -> {
          change.apply(vm);
          return vm.id();
        });
  }

  private static void assertFails(CompletableFuture<?> work, Class<?> failure) {
    assertThatThrownBy(() -> work.orTimeout(30, TimeUnit.SECONDS).join())
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(failure);
  }
}
