package io.vic4j.testkit.contract;

import io.vic4j.core.IdSource;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.testkit.BlankDisks;
import io.vic4j.testkit.MemoryDatastore;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.ScriptSource;
import io.vic4j.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * {@link PodGuestContract} over a hypervisor whose guests follow scripts, by a virtual clock.
 * Extend it, and say how to make the hypervisor.
 */
public abstract class ScriptedPodGuestContract extends PodGuestContract {
  private static final UUID LAYER_ID = new UUID(1, 1);
  private static final DatastorePath LAYER = DatastorePath.parse("layers/one/layer.vmdk");

  /** What the processes of a program do, the next one first. */
  private static final class Runs {
    private final List<Script> scripts;
    private final AtomicInteger count = new AtomicInteger();

    Runs(Program program) {
      this.scripts = program.runs();
    }

    Script next() {
      return scripts.get(Math.min(count.getAndIncrement(), scripts.size() - 1));
    }
  }

  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private final Map<String, Runs> programs = new ConcurrentHashMap<>();
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
            newHypervisor(datastore, clock, new Programs()), "pods", clock, IdSource.random());
  }

  @AfterEach
  final void closeVms() {
    vms.close();
  }

  private final class Programs implements ScriptSource {
    @Override
    public Script script(ContainerVmSpec vm, SessionSpec session) {
      return exec(vm, session);
    }

    @Override
    public Script exec(ContainerVmSpec vm, SessionSpec process) {
      Runs runs = programs.get(process.argv().get(0));
      return runs == null ? Script.failsToStart(127, "no such program") : runs.next();
    }
  }

  @Override
  protected final List<String> argv(Program program) {
    programs.computeIfAbsent(program.name(), name -> new Runs(program));
    return List.of(program.name());
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
}
