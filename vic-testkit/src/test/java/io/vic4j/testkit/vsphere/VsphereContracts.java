package io.vic4j.testkit.vsphere;

import io.vic4j.core.TimeSource;
import io.vic4j.core.VcSim;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vsphere.Vsphere;
import io.vic4j.testkit.ScriptSource;
import io.vic4j.testkit.ScriptedGuests;
import io.vic4j.testkit.Scripts;
import io.vic4j.testkit.VirtualClock;
import io.vic4j.testkit.contract.GuestContract;
import io.vic4j.testkit.contract.HypervisorContract;
import io.vic4j.testkit.contract.Program;
import io.vic4j.testkit.contract.ScriptedContainerVmContract;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;

/** The contracts about VMs, on a simulator of some kind and with some settings. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class VsphereContracts {
  private final String[] flags;
  VcSim sim;

  VsphereContracts(String... flags) {
    this.flags = flags;
  }

  @BeforeAll
  final void startSimulator() {
    sim = VcSim.start(flags);
  }

  @AfterAll
  final void stopSimulator() {
    sim.close();
  }

  /** A connection that shares nothing with others. */
  Vsphere open() {
    return SimulatedVsphere.openFresh(sim);
  }

  @Nested
  final class Machines extends HypervisorContract {
    private Vsphere vsphere;

    @Override
    protected Datastore newDatastore() {
      vsphere = open();
      return vsphere.datastore();
    }

    @Override
    protected Hypervisor newHypervisor(Datastore datastore) {
      return vsphere.hypervisor();
    }

    @AfterEach
    void close() {
      vsphere.close();
    }
  }

  @Nested
  final class Containers extends ScriptedContainerVmContract {
    private GuestedVsphere vsphere;

    @Override
    protected Datastore newDatastore(VirtualClock clock) {
      vsphere = new GuestedVsphere(sim, open());
      return vsphere.datastore();
    }

    @Override
    protected Hypervisor newHypervisor(
        Datastore datastore, VirtualClock clock, ScriptSource scripts) {
      return vsphere.hypervisor(clock, scripts);
    }

    @AfterEach
    void close() {
      vsphere.close();
    }
  }

  /** Streams into guests, which have nothing but variables for them. */
  abstract class GuestStreams extends GuestContract {
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private GuestedVsphere vsphere;
    private ScriptedGuests guests;

    @BeforeEach
    final void connect() {
      TimeSource time = TimeSource.system(timer);
      Scripts scripts = new Scripts();
      vsphere = new GuestedVsphere(sim, open());
      guests =
          new ScriptedGuests(vsphere.datastore(), vsphere.hypervisor(time, scripts), time, scripts);
    }

    @AfterEach
    final void close() {
      guests.close();
      vsphere.close();
      timer.shutdownNow();
    }

    @Override
    protected ContainerVm started(Program program) {
      return guests.started(argv(program), LONG);
    }

    @Override
    protected ContainerVm waiting(Program program) {
      return guests.waiting(argv(program), LONG);
    }

    @Override
    protected List<String> argv(Program program) {
      return guests.argv(program);
    }
  }
}
