package io.vic4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.IdSource;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.Signal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * Container VMs against a model of them: whatever is done, in whatever order, by the program, the
 * guests and the hypervisor, what is seen afterwards is what the state diagram says.
 *
 * <p>All processes end by themselves after 20 seconds with 3. Those of VM 0 and 1 heed SIGTERM and
 * exit with 0 two seconds later; that of VM 2 ignores it.
 */
final class ContainerVmModelTest {
  private static final int VMS = 3;
  private static final int STUBBORN = 2;
  private static final Duration LIFE = Duration.ofSeconds(20);
  private static final Duration HEED = Duration.ofSeconds(2);
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final UUID LAYER = new UUID(1, 1);
  private static final UUID SCRATCH = new UUID(1, 2);
  private static final DatastorePath LAYER_DISK = DatastorePath.parse("layers/a/layer.vmdk");

  enum Action {
    CREATE,
    START,
    STOP,
    KILL,
    REMOVE,
    REMOVE_FORCIBLY,
    RENAME,
    CUT_POWER,
    SUSPEND,
    VANISH,
    LET_TIME_PASS,
    RESTART_PROGRAM
  }

  record Step(Action action, int vm) {}

  /** What one VM should be like. */
  private static final class Expected {
    String name;
    ContainerVmState state = ContainerVmState.REMOVED;
    Optional<ExitStatus> exit = Optional.empty();
    Instant end = Instant.MAX;

    Expected(String name) {
      this.name = name;
    }

    void stopped(ExitStatus status) {
      state = ContainerVmState.STOPPED;
      exit = Optional.of(status);
    }

    boolean isThere() {
      return state != ContainerVmState.REMOVED;
    }
  }

  private static final class World implements AutoCloseable {
    final VirtualClock clock = VirtualClock.selfAdvancing();
    final MemoryDatastore datastore = MemoryDatastore.create(clock);
    final Script life = Script.after(LIFE).exits(3);
    final MemoryHypervisor hypervisor =
        MemoryHypervisor.create(
            datastore,
            clock,
            new Scripts()
                .always(life.onSignal(Signal.TERM, Script.after(HEED).exits(0)))
                .label("stubborn", "yes", life.ignores(Signal.TERM)));
    final List<Expected> model = new ArrayList<>();
    ContainerVms vms = open();

    World() {
      BlankDisks.write(datastore, LAYER_DISK, LAYER);
      for (int i = 0; i < VMS; i++) {
        model.add(new Expected("vm-" + i));
      }
    }

    private ContainerVms open() {
      return ContainerVms.over(hypervisor, "model", clock, IdSource.random());
    }

    private static DatastorePath scratch(int vm) {
      return DatastorePath.parse("vms/" + vm + "/scratch.vmdk");
    }

    private ContainerVm create(int vm) {
      if (datastore.stat(scratch(vm)).isEmpty()) {
        BlankDisks.write(datastore, scratch(vm), SCRATCH);
      }
      return vms.create(
          ContainerVmSpec.builder(model.get(vm).name)
              .label("stubborn", vm == STUBBORN ? "yes" : "no")
              .disk(DiskAttachment.layer(LAYER_DISK, LAYER))
              .disk(DiskAttachment.scratch(scratch(vm), SCRATCH))
              .session(
                  SessionSpec.builder("main")
                      .layers(List.of(LAYER))
                      .scratch(SCRATCH)
                      .argv("/bin/app")
                      .build())
              .build());
    }

    void take(Step step) {
      Expected expected = model.get(step.vm);
      if (step.action == Action.CREATE) {
        if (expected.isThere()) {
          assertThatThrownBy(() -> create(step.vm)).isInstanceOf(AlreadyExistsException.class);
        } else if (isOthers("vm-" + step.vm, expected)) {
          expected.name = "vm-" + step.vm;
          assertThatThrownBy(() -> create(step.vm)).isInstanceOf(AlreadyExistsException.class);
          datastore.delete(scratch(step.vm).parent()); // It is still the caller's.
        } else {
          expected.name = "vm-" + step.vm;
          create(step.vm);
          expected.state = ContainerVmState.CREATED;
          expected.exit = Optional.empty();
        }
      } else if (step.action == Action.LET_TIME_PASS) {
        clock.advance(Duration.ofSeconds(7));
      } else if (step.action == Action.RESTART_PROGRAM) {
        vms.close();
        vms = open();
      } else if (expected.isThere()) {
        change(step.action, vms.find(expected.name).orElseThrow(), expected, step.vm);
      }
      letTimePassInTheModel();
    }

    private void change(Action action, ContainerVm vm, Expected expected, int number) {
      boolean on = expected.state == ContainerVmState.RUNNING;
      boolean suspended = expected.state == ContainerVmState.SUSPENDED;
      switch (action) {
        case START -> {
          vm.start();
          if (!on && !suspended) {
            expected.exit = Optional.empty();
            expected.end = clock.instant().plus(LIFE);
          }
          expected.state = ContainerVmState.RUNNING;
        }
        case STOP -> stop(vm, expected, number);
        case KILL -> {
          if (on || suspended) {
            vm.kill();
            expected.stopped(on ? ExitStatus.signalled(Signal.KILL) : ExitStatus.unknown(""));
          } else {
            assertThatThrownBy(vm::kill).isInstanceOf(ConflictException.class);
          }
        }
        case REMOVE -> {
          if (on || suspended) {
            assertThatThrownBy(vm::remove).isInstanceOf(ConflictException.class);
          } else {
            vm.remove();
            expected.state = ContainerVmState.REMOVED;
          }
        }
        case REMOVE_FORCIBLY -> {
          vm.removeForcibly();
          expected.state = ContainerVmState.REMOVED;
        }
        case RENAME -> rename(vm, expected, number);
        case CUT_POWER -> {
          hypervisor.powerOff(vm.id());
          if (on || suspended) {
            expected.stopped(ExitStatus.unknown(""));
          }
        }
        case SUSPEND -> {
          if (on) {
            hypervisor.suspend(vm.id());
            expected.state = ContainerVmState.SUSPENDED;
          }
        }
        case VANISH -> {
          hypervisor.vanish(vm.id());
          expected.state = ContainerVmState.REMOVED;
          datastore.delete(scratch(number).parent()); // It was not the hypervisor's doing.
        }
        default -> throw new AssertionError(action);
      }
    }

    private boolean isOthers(String name, Expected own) {
      return model.stream().anyMatch(it -> it != own && it.isThere() && it.name.equals(name));
    }

    /** To the name that the next VM has at first: it is free, or taken, or its own. */
    private void rename(ContainerVm vm, Expected expected, int number) {
      String wanted = "vm-" + (number + 1) % (VMS + 1);
      if (isOthers(wanted, expected)) {
        assertThatThrownBy(() -> vm.rename(wanted)).isInstanceOf(AlreadyExistsException.class);
      } else {
        vm.rename(wanted);
        expected.name = wanted;
      }
      assertThat(vm.name()).isEqualTo(expected.name);
    }

    private void stop(ContainerVm vm, Expected expected, int number) {
      Instant begun = clock.instant();
      vm.stop(GRACE);
      if (expected.state == ContainerVmState.SUSPENDED) {
        expected.stopped(ExitStatus.unknown(""));
      } else if (expected.state == ContainerVmState.RUNNING) {
        if (number != STUBBORN) {
          expected.stopped(ExitStatus.exited(0));
          assertThat(clock.instant()).isEqualTo(begun.plus(HEED));
        } else if (expected.end.isAfter(begun.plus(GRACE))) {
          expected.stopped(ExitStatus.signalled(Signal.KILL));
          assertThat(clock.instant()).isEqualTo(begun.plus(GRACE));
        } else {
          expected.stopped(ExitStatus.exited(3));
        }
      }
    }

    private void letTimePassInTheModel() {
      for (Expected each : model) {
        if (each.state == ContainerVmState.RUNNING && !each.end.isAfter(clock.instant())) {
          each.stopped(ExitStatus.exited(3));
        }
      }
    }

    void check() {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < VMS; i++) {
        Expected expected = model.get(i);
        assertThat(datastore.stat(scratch(i)).isPresent()).isEqualTo(expected.isThere());
        if (expected.isThere()) {
          names.add(expected.name);
          ContainerVm vm = vms.find(expected.name).orElseThrow();
          assertThat(vm.state()).isEqualTo(expected.state);
          assertThat(vm.status().exit().map(World::kind)).isEqualTo(expected.exit.map(World::kind));
        }
      }
      names.sort(Comparator.naturalOrder());
      assertThat(vms.list()).extracting(ContainerVm::name).isEqualTo(names);
      assertThat(datastore.stat(LAYER_DISK)).isPresent();
    }

    /** An unknown exit is one, whatever its reason. */
    private static String kind(ExitStatus exit) {
      return exit instanceof ExitStatus.Unknown ? "unknown" : exit.toString();
    }

    @Override
    public void close() {
      vms.close();
    }
  }

  @Property(tries = 300)
  void whateverIsDone_theStateIsThatOfTheModel(
      @ForAll @Size(max = 40) List<@IntRange(min = 0, max = 35) Integer> codes) {
    try (World world = new World()) {
      for (int code : codes) {
        world.take(new Step(Action.values()[code / VMS], code % VMS));
        world.check();
      }
    }
  }
}
