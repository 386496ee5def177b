package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.TimedOutException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.SessionStatus;
import io.vic4j.core.vm.Signal;
import io.vic4j.testkit.BlankDisks;
import io.vic4j.testkit.MemoryDatastore;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.ScriptSource;
import io.vic4j.testkit.VirtualClock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * {@link ContainerVmContract} over a hypervisor whose guests follow scripts, by a virtual clock,
 * with what can be asked of such a clock only: how long exactly things take. Extend it, and say how
 * to make the hypervisor.
 */
public abstract class ScriptedContainerVmContract extends ContainerVmContract {
  private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
  private static final DiskAttachment LAYER =
      DiskAttachment.layer(DatastorePath.parse("layers/one/layer.vmdk"), new UUID(1, 1));

  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private final ScriptedPrograms programs = new ScriptedPrograms();

  /** For subclasses. */
  protected ScriptedContainerVmContract() {}

  /** An empty datastore for the VMs' disks; one in memory unless overridden. */
  protected Datastore newDatastore(VirtualClock time) throws Exception {
    return MemoryDatastore.create(time);
  }

  /**
   * A hypervisor without VMs.
   *
   * @param datastore where its disks are
   * @param time what its guests live by
   * @param scripts what its guests' processes do
   */
  protected abstract Hypervisor newHypervisor(
      Datastore datastore, VirtualClock time, ScriptSource scripts) throws Exception;

  @Override
  protected final Place place() throws Exception {
    Datastore datastore = newDatastore(clock);
    BlankDisks.write(datastore, LAYER.vmdk(), LAYER.fileSystem());
    return new Place(newHypervisor(datastore, clock, programs), datastore, clock, LAYER);
  }

  @Override
  protected final void writeScratch(Datastore datastore, DatastorePath disk, UUID fileSystem) {
    BlankDisks.write(datastore, disk, fileSystem);
  }

  @Override
  protected final List<String> argv(Program program) {
    return programs.argv(program);
  }

  private ContainerVm started(Script script) throws Exception {
    return started(Program.of("scripted", script, ""));
  }

  private Duration passed() {
    return Duration.between(VirtualClock.START, clock.instant());
  }

  @Test
  void process_takesItsTime() throws Exception {
    ContainerVm vm = started(Script.after(Duration.ofSeconds(30)).exits(3));
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(3));
    SessionStatus main = vm.status().session("main");
    assertThat(Duration.between(main.started().orElseThrow(), main.ended().orElseThrow()))
        .isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void stop_takesAsLongAsAProcessThatHeedsItsSignal() throws Exception {
    ContainerVm vm =
        started(
            Script.runsForever()
                .onSignal(Signal.TERM, Script.after(Duration.ofSeconds(2)).exits(0)));
    vm.stop(TEN_SECONDS);
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.exited(0));
    assertThat(passed()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void stop_takesTheGrace_ifAProcessIgnoresItsSignal() throws Exception {
    ContainerVm vm = started(Script.runsForever().ignores(Signal.TERM));
    vm.stop(TEN_SECONDS);
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.signalled(Signal.KILL));
    assertThat(passed()).isEqualTo(TEN_SECONDS);
  }

  @Test
  void signalThatIsNotTrapped_endsTheProcess() throws Exception {
    ContainerVm vm = started(Script.runsForever());
    vm.signal("main", Signal.INT);
    assertThat(vm.awaitExit(LONG)).isEqualTo(ExitStatus.signalled(Signal.INT));
  }

  @Test
  void awaitExit_endsWithItsTimeout_orWithTheVm() throws Exception {
    ContainerVm vm = started(Script.after(Duration.ofSeconds(30)).exits(0));
    assertThatThrownBy(() -> vm.awaitExit(Duration.ofSeconds(29)))
        .isInstanceOf(TimedOutException.class);
    assertThat(vm.awaitExit(Duration.ofSeconds(1))).isEqualTo(ExitStatus.exited(0));
  }
}
