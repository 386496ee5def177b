package io.vic4j.testkit.qemu;

import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmRecord;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One VM of a {@link QemuHypervisor}; guarded by the hypervisor's lock but for its turn. */
final class QemuVm {
  /** Held by who changes its power or removes it. */
  final Object turn = new Object();

  final VmFolder folder;
  private VmState state;
  private SortedMap<String, String> variables;
  private final GuestValues guest;
  private @Nullable QemuProcess process;
  private @Nullable VmRecord record;

  QemuVm(VmFolder folder, VmState state) {
    this.folder = folder;
    this.state = state;
    this.variables = new TreeMap<>(state.definition().variables());
    this.guest = new GuestValues(folder.guest(), state.guestBytes());
  }

  VmDefinition definition() {
    return state.definition();
  }

  /** Which of its logs has this name. */
  int logNumber(String log) {
    int number = state.definition().logs().indexOf(log);
    if (number < 0) {
      throw new NotFoundException("log", log);
    }
    return number;
  }

  @Nullable QemuProcess process() {
    return process;
  }

  VmRecord record() {
    VmRecord known = record;
    if (known == null) {
      QemuProcess running = process;
      VmDefinition vm = state.definition();
      Optional<Instant> bootTime = Optional.ofNullable(running).map(QemuProcess::bootTime);
      known =
          new VmRecord(
              vm.id(),
              vm.scope(),
              vm.name(),
              running == null ? PowerState.OFF : PowerState.ON,
              bootTime,
              variables,
              Long.toString(state.changeVersion()));
      record = known;
    }
    return known;
  }

  private SortedMap<String, String> guestVariables() {
    SortedMap<String, String> seen = new TreeMap<>(variables);
    seen.keySet().removeIf(key -> !key.startsWith("guestinfo."));
    return seen;
  }

  /** Reads what the guest has written since; says whether that is news. */
  boolean hear() {
    boolean changed = guest.readInto(variables);
    if (changed) {
      record = null;
    }
    return changed;
  }

  /**
   * Keeps what the guest has written, and forgets how: a new start is at hand. Lays out what the
   * guest is to see then.
   *
   * @return what is to be started
   */
  VmDefinition beginAnew() {
    boolean unused = hear();
    keep();
    guest.clear();
    keep();
    folder.writeVariables(guestVariables());
    return state.definition();
  }

  /** The variables that the guest sees and that have other values than at its boot. */
  Map<String, String> changedSinceBoot() {
    Map<String, String> changed = guestVariables();
    changed.entrySet().removeAll(folder.readVariables().entrySet());
    return changed;
  }

  void runsIn(QemuProcess running) {
    process = running;
    record = null;
  }

  /** Its process has ended. */
  void ended() {
    boolean unused = hear();
    process = null;
    record = null;
    keep();
  }

  void reconfigure(Map<String, String> changes, String expectedVersion) {
    boolean unused = hear();
    String current = Long.toString(state.changeVersion());
    if (!current.equals(expectedVersion)) {
      throw new ConflictException(
          "VM "
              + state.definition().name()
              + " was reconfigured meanwhile (change version "
              + current
              + ", not "
              + expectedVersion
              + "); look at it again");
    }
    SortedMap<String, String> fresh = new TreeMap<>(variables);
    changes.forEach(
        (key, value) -> {
          if (value.isEmpty()) {
            fresh.remove(key);
          } else {
            fresh.put(key, value);
          }
        });
    keep(state.definition().with(state.definition().name(), fresh), state.changeVersion() + 1);
  }

  void rename(String name) {
    boolean unused = hear();
    keep(state.definition().with(name, variables), state.changeVersion() + 1);
  }

  void plug(List<DiskAttachment> disks) {
    boolean unused = hear();
    keep(
        state.definition().with(state.definition().name(), variables).withFurther(disks),
        state.changeVersion() + 1);
  }

  private void keep() {
    keep(state.definition().with(state.definition().name(), variables), state.changeVersion());
  }

  private void keep(VmDefinition now, long changeVersion) {
    VmState fresh = new VmState(now, changeVersion, guest.position());
    fresh.write(folder.state());
    state = fresh;
    variables = new TreeMap<>(now.variables());
    record = null;
  }
}
