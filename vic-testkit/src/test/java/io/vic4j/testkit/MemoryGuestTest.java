package io.vic4j.testkit;

import io.vic4j.core.vm.ContainerVm;
import io.vic4j.testkit.contract.GuestContract;
import io.vic4j.testkit.contract.Program;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

final class MemoryGuestTest extends GuestContract {
  private final VirtualClock clock = VirtualClock.selfAdvancing();
  private final MemoryDatastore datastore = MemoryDatastore.create(clock);
  private final Scripts scripts = new Scripts();
  private final ScriptedGuests guests =
      new ScriptedGuests(
          datastore, MemoryHypervisor.create(datastore, clock, scripts), clock, scripts);

  @AfterEach
  void closeVms() {
    guests.close();
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
