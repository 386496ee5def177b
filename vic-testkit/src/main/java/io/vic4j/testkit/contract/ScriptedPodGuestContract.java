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
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.SessionStatus;
import io.vic4j.testkit.BlankDisks;
import io.vic4j.testkit.MemoryDatastore;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.ScriptSource;
import io.vic4j.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * {@link PodGuestContract} over a hypervisor whose guests follow scripts, by a virtual clock; and
 * what takes too long elsewhere. Extend it, and say how to make the hypervisor.
 */
public abstract class ScriptedPodGuestContract extends PodGuestContract {
  private static final UUID LAYER_ID = new UUID(1, 1);
  private static final DatastorePath LAYER = DatastorePath.parse("layers/one/layer.vmdk");

  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private final ScriptedPrograms programs = new ScriptedPrograms();
  private ContainerVms vms;

  /** For subclasses. */
  protected ScriptedPodGuestContract() {}

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

  @BeforeEach
  final void makeVms() throws Exception {
    Datastore datastore = newDatastore(clock);
    BlankDisks.write(datastore, LAYER, LAYER_ID);
    vms =
        ContainerVms.over(
            newHypervisor(datastore, clock, programs), "pods", clock, IdSource.random());
  }

  @AfterEach
  final void closeVms() {
    vms.close();
  }

  @Override
  protected final List<String> argv(Program program) {
    return programs.argv(program);
  }

  @Override
  protected final ContainerVm create(
      ContainerVmSpec.Builder vm, List<SessionSpec.Builder> sessions) {
    vm.disk(DiskAttachment.layer(LAYER, LAYER_ID));
    for (SessionSpec.Builder session : sessions) {
      vm.session(session.layers(List.of(LAYER_ID)).readOnlyRoot(true).build());
    }
    return vms.create(vm.build());
  }

  @Override
  protected final void pass(Duration duration) {
    clock.advance(duration);
  }

  @Override
  protected final Instant now() {
    return clock.instant();
  }

  @Test
  final void sessionThatFailsAgain_waitsUntilItBegins() throws Exception {
    Program twice =
        new Program(
            "twice",
            List.of(Script.exits(3), Script.after(Duration.ofSeconds(1)).exits(4), SERVING),
            Program.counting("twice")
                + "[ $n -gt 1 ] || { sleep $n; exit $((n + 3)); }; "
                + SERVING_SHELL);
    ContainerVm vm = started(session("main", twice).restartPolicy(RestartPolicy.ALWAYS));
    SessionStatus waiting = await(vm, "main", "over", it -> it.exit().isPresent());
    assertThat(waiting.restarts()).isEqualTo(1);
    assertThat(waiting.exit()).contains(ExitStatus.exited(4));
    assertThat(waiting.previous().orElseThrow().exit()).isEqualTo(ExitStatus.exited(3));
    SessionStatus main = await(vm, "main", "running again", SessionStatus::isRunning);
    assertThat(main.restarts()).isEqualTo(2);
    assertThat(Duration.between(waiting.ended().orElseThrow(), main.started().orElseThrow()))
        .isGreaterThanOrEqualTo(RestartPolicy.delayAfter(1));
  }
}
