package io.vic4j.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.vm.GuestCommand;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.HypervisorCapacity;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.Signal;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Hypervisor} must do with machines; {@link ContainerVmContract} says what it
 * must do with guests. Extend it, and say how to make one without VMs, and where its disks are.
 */
public abstract class HypervisorContract extends HypervisorDisks {
  /** For subclasses. */
  protected HypervisorContract() {}

  @Test
  void capacity_isSomething_andRoomForAVm() {
    HypervisorCapacity capacity = hypervisor.capacity();
    assertThat(capacity.cpuMhz().allocatable()).isPositive();
    assertThat(capacity.memoryBytes().allocatable())
        .isGreaterThan(MemorySize.ofMebibytes(64).bytes());
    capacity
        .coreMhz()
        .ifPresent(core -> assertThat(core).isLessThanOrEqualTo(capacity.cpuMhz().total()));
    hypervisor.powerOn(hypervisor.create(definition("web")).id());
    HypervisorCapacity used = hypervisor.capacity();
    assertThat(used.cpuMhz().total()).isEqualTo(capacity.cpuMhz().total());
    assertThat(used.memoryBytes().total()).isEqualTo(capacity.memoryBytes().total());
    assertThat(used.memoryBytes().used()).isGreaterThanOrEqualTo(capacity.memoryBytes().used());
  }

  @Test
  void createdVm_isOff_andFound() {
    VmDefinition definition = definition("web", layer(), scratch("web"));
    VmRecord created = hypervisor.create(definition);
    assertThat(created.id()).isEqualTo(definition.id());
    assertThat(created.scope()).isEqualTo(SCOPE);
    assertThat(created.name()).isEqualTo("web");
    assertThat(created.power()).isEqualTo(PowerState.OFF);
    assertThat(created.bootTime()).isEmpty();
    assertThat(created.variables()).containsAllEntriesOf(definition.variables());
    assertThat(hypervisor.find(definition.id())).contains(created);
    assertThat(hypervisor.findByName(SCOPE, "web")).contains(created);
    assertThat(hypervisor.list(SCOPE)).containsExactly(created);
  }

  @Test
  void largeVariables_areKept() {
    VmDefinition plain = definition("web");
    TreeMap<String, String> variables = new TreeMap<>();
    for (int i = 0; i < 20; i++) {
      variables.put("guestinfo.test." + i, ("\"\\ =%" + i).repeat(2000));
    }
    VmRecord created =
        hypervisor.create(
            new VmDefinition(
                plain.id(),
                SCOPE,
                "web",
                1,
                plain.memory(),
                Optional.empty(),
                List.of(),
                List.of(),
                List.of(),
                variables));
    assertThat(created.variables()).containsAllEntriesOf(variables);
    assertThat(hypervisor.find(plain.id()).orElseThrow().variables())
        .containsAllEntriesOf(variables);
  }

  @Test
  void scopes_doNotSeeEachOther() {
    hypervisor.create(definition("one", "web"));
    hypervisor.create(definition("two", "web"));
    assertThat(hypervisor.list("one")).hasSize(1);
    assertThat(hypervisor.findByName("two", "web").orElseThrow().scope()).isEqualTo("two");
    assertThat(hypervisor.list("three")).isEmpty();
  }

  @Test
  void list_isSortedByName() {
    for (String name : List.of("b", "c", "a")) {
      hypervisor.create(definition(name));
    }
    assertThat(hypervisor.list(SCOPE)).extracting(VmRecord::name).containsExactly("a", "b", "c");
  }

  @Test
  void createWithATakenName_isRefused_andTakesNoDisk() {
    hypervisor.create(definition("web"));
    assertThatThrownBy(() -> hypervisor.create(definition("web", scratch("other"))))
        .isInstanceOf(AlreadyExistsException.class);
    assertThat(hypervisor.list(SCOPE)).hasSize(1);
    assertThat(datastore.stat(scratchPath("other"))).isPresent();
  }

  @Test
  void power_goesOnAndOff_andTwiceIsFine() {
    String id = hypervisor.create(definition("web", layer(), scratch("web"))).id();
    VmRecord on = hypervisor.powerOn(id);
    assertThat(on.power()).isEqualTo(PowerState.ON);
    assertThat(on.bootTime()).isPresent();
    assertThat(hypervisor.powerOn(id).bootTime()).isEqualTo(on.bootTime());
    assertThat(hypervisor.find(id).orElseThrow().power()).isEqualTo(PowerState.ON);
    assertThat(hypervisor.powerOff(id).power()).isEqualTo(PowerState.OFF);
    assertThat(hypervisor.powerOff(id).bootTime()).isEmpty();
  }

  @Test
  void remove_ofAVmThatIsOn_isRefused() {
    String id = hypervisor.create(definition("web", scratch("web"))).id();
    hypervisor.powerOn(id);
    assertThatThrownBy(() -> hypervisor.remove(id)).isInstanceOf(ConflictException.class);
    assertThat(datastore.stat(scratchPath("web"))).isPresent();
    assertThat(hypervisor.find(id).orElseThrow().power()).isEqualTo(PowerState.ON);
  }

  @Test
  void missingVm_isNotFound() {
    String id = "f".repeat(64);
    assertThat(hypervisor.find(id)).isEmpty();
    assertThat(hypervisor.findByName(SCOPE, "none")).isEmpty();
    List<Runnable> operations =
        List.of(
            () -> hypervisor.powerOn(id),
            () -> hypervisor.powerOff(id),
            () -> hypervisor.remove(id),
            () -> hypervisor.reconfigure(id, Map.of(), "1"),
            () -> hypervisor.rename(id, "other"),
            () -> hypervisor.send(id, new GuestCommand.Stop()),
            () -> hypervisor.openLog(id, "main", 0));
    for (Runnable operation : operations) {
      assertThatThrownBy(operation::run).isInstanceOf(NotFoundException.class);
    }
  }

  @Test
  void reconfigure_setsAndRemovesVariables() {
    VmRecord before = hypervisor.create(definition("web"));
    VmRecord after =
        hypervisor.reconfigure(
            before.id(),
            Map.of("guestinfo.test.new", "c", "guestinfo.test.seen", "", "test.hidden", "d"),
            before.changeVersion());
    assertThat(after.variables())
        .containsEntry("guestinfo.test.new", "c")
        .containsEntry("test.hidden", "d")
        .doesNotContainKey("guestinfo.test.seen");
    assertThat(after.changeVersion()).isNotEqualTo(before.changeVersion());
    assertThat(hypervisor.find(before.id())).contains(after);
  }

  @Test
  void reconfigure_againstAnOldVersion_isAConflict_andChangesNothing() {
    VmRecord before = hypervisor.create(definition("web"));
    hypervisor.reconfigure(before.id(), Map.of("test.hidden", "mine"), before.changeVersion());
    assertThatThrownBy(
            () ->
                hypervisor.reconfigure(
                    before.id(), Map.of("test.hidden", "yours"), before.changeVersion()))
        .isInstanceOf(ConflictException.class);
    assertThat(hypervisor.find(before.id()).orElseThrow().variables())
        .containsEntry("test.hidden", "mine");
  }

  @Test
  void rename_isSeenInAllLookUps_andFreesTheOldName() {
    VmDefinition definition = definition("web", layer(), scratch("web"));
    VmRecord before = hypervisor.create(definition);
    VmRecord after = hypervisor.rename(before.id(), "site");
    assertThat(after.name()).isEqualTo("site");
    assertThat(after.variables()).isEqualTo(before.variables());
    assertThat(hypervisor.find(before.id())).contains(after);
    assertThat(hypervisor.findByName(SCOPE, "site")).contains(after);
    assertThat(hypervisor.findByName(SCOPE, "web")).isEmpty();
    assertThat(hypervisor.list(SCOPE)).containsExactly(after);
    hypervisor.create(definition("web"));
    hypervisor.remove(before.id());
    assertThat(datastore.stat(scratchPath("web").parent())).isEmpty();
    assertThat(hypervisor.list(SCOPE)).extracting(VmRecord::name).containsExactly("web");
  }

  @Test
  void rename_ofAVmThatIsOn_leavesItOn() {
    String id = hypervisor.create(definition("web", layer(), scratch("web"))).id();
    VmRecord on = hypervisor.powerOn(id);
    assertThat(hypervisor.rename(id, "site").power()).isEqualTo(PowerState.ON);
    assertThat(hypervisor.find(id).orElseThrow().bootTime()).isEqualTo(on.bootTime());
  }

  @Test
  void rename_toItsOwnName_doesNothing() {
    VmRecord before = hypervisor.create(definition("web"));
    assertThat(hypervisor.rename(before.id(), "web")).isEqualTo(before);
    assertThat(hypervisor.findByName(SCOPE, "web")).contains(before);
  }

  @Test
  void rename_toATakenName_isRefused_andOtherScopesDoNotMatter() {
    String id = hypervisor.create(definition("web")).id();
    hypervisor.create(definition("taken"));
    hypervisor.create(definition("other scope", "free"));
    assertThatThrownBy(() -> hypervisor.rename(id, "taken"))
        .isInstanceOf(AlreadyExistsException.class);
    assertThat(hypervisor.findByName(SCOPE, "web").orElseThrow().id()).isEqualTo(id);
    assertThat(hypervisor.rename(id, "free").name()).isEqualTo("free");
    hypervisor.rename(id, "web"); // And back.
    assertThat(hypervisor.findByName(SCOPE, "web").orElseThrow().id()).isEqualTo(id);
  }

  @Test
  void command_toAVmThatIsOff_isAConflict() {
    String id = hypervisor.create(definition("web")).id();
    assertThatThrownBy(() -> hypervisor.send(id, new GuestCommand.SendSignal("main", Signal.TERM)))
        .isInstanceOf(ConflictException.class);
  }

  @Test
  void log_ofAVmThatNeverRan_isEmpty_andOneItDoesNotHaveIsNotFound() throws IOException {
    String id = hypervisor.create(definition("web")).id();
    try (InputStream log = hypervisor.openLog(id, "main", 0)) {
      assertThat(log.readAllBytes()).isEmpty();
    }
    try (InputStream log = hypervisor.openLog(id, "main", 1000)) {
      assertThat(log.readAllBytes()).isEmpty();
    }
    assertThatThrownBy(() -> hypervisor.openLog(id, "other", 0))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void watch_tellsOfWhatIsThere_andOfEachChange() throws Exception {
    hypervisor.create(definition("before"));
    Recorder recorder = new Recorder();
    try (Subscription watch = hypervisor.watch(SCOPE, recorder)) {
      recorder.expect(event -> event.equals("before OFF"));
      String id = hypervisor.create(definition("web")).id();
      recorder.expect(event -> event.equals("web OFF"));
      hypervisor.powerOn(id);
      recorder.expect(event -> event.equals("web ON"));
      hypervisor.powerOff(id);
      recorder.expect(event -> event.equals("web OFF"));
      hypervisor.rename(id, "site");
      recorder.expect(event -> event.equals("site OFF"));
      hypervisor.remove(id);
      recorder.expect(event -> event.equals("vanished " + id));
    }
  }

  @Test
  void watch_tellsNothingOfOtherScopes_norAfterItsEnd() {
    Recorder recorder = new Recorder();
    Subscription watch = hypervisor.watch(SCOPE, recorder);
    hypervisor.create(definition("other scope", "web"));
    watch.close();
    watch.close();
    hypervisor.create(definition("late"));
    assertThat(recorder.events).isEmpty();
  }

  @Test
  void interruptedThread_isCancelled_andNothingIsMade() {
    VmDefinition definition = definition("web");
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> hypervisor.create(definition)).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(hypervisor.list(SCOPE)).isEmpty();
  }

  /** Keeps what a listener is told, as text. */
  private static final class Recorder implements VmListener {
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();

    @Override
    public void changed(VmRecord vm) {
      events.add(vm.name() + " " + vm.power());
    }

    @Override
    public void vanished(String id) {
      events.add("vanished " + id);
    }

    /** Takes events until one fits: several changes may come as one, or one as several. */
    void expect(Predicate<String> wanted) throws InterruptedException {
      while (true) {
        String event = events.poll(30, TimeUnit.SECONDS);
        assertThat(event).as("an event").isNotNull();
        if (wanted.test(String.valueOf(event))) {
          return;
        }
      }
    }
  }
}
