package io.vic4j.testkit;

import io.vic4j.core.ConflictException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.TimeSource;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.link.LinkStream;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.GuestCommand;
import io.vic4j.core.vm.GuestProtocol;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.LogFormat;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.storage.overlay.OverlayFiles;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One VM of a {@link MemoryHypervisor}; guarded by the hypervisor's lock. */
final class MemoryVm implements GuestHost {
  /** What a VM has of its hypervisor. */
  interface Surroundings {
    Datastore datastore();

    TimeSource time();

    ScriptSource scripts();

    DiskUse diskUse();

    /** Runs a task under the lock, then tells of the changes it made. */
    void locked(Runnable task);

    void publish(MemoryVm vm);

    /** Tells those who follow a log that it has grown. */
    void logged();
  }

  private final Surroundings surroundings;
  private VmDefinition definition;
  private final SortedMap<String, String> variables;
  private final Map<String, ByteArrayOutputStream> logs = new HashMap<>();
  private final Set<TimeSource.Scheduled> timers = new HashSet<>();
  private final List<Runnable> deferred = new ArrayList<>();
  private PowerState power = PowerState.OFF;
  private @Nullable Instant bootTime;
  private @Nullable MemoryGuest guest;
  private boolean guestSilent;
  private boolean outOfSight;
  private long changeVersion = 1;
  private @Nullable VmRecord record;
  private @Nullable ContainerVmSpec spec;

  MemoryVm(Surroundings surroundings, VmDefinition definition) {
    this.surroundings = surroundings;
    this.definition = definition;
    this.variables = new TreeMap<>(definition.variables());
  }

  VmDefinition definition() {
    return definition;
  }

  PowerState power() {
    return power;
  }

  boolean isOutOfSight() {
    return outOfSight;
  }

  VmRecord record() {
    VmRecord known = record;
    if (known == null) {
      known =
          new VmRecord(
              definition.id(),
              definition.scope(),
              definition.name(),
              outOfSight ? PowerState.UNKNOWN : power,
              Optional.ofNullable(bootTime),
              variables,
              Long.toString(changeVersion));
      record = known;
    }
    return known;
  }

  /** Drops what {@link #record} has put together; to be called after each change. */
  void changed() {
    record = null;
  }

  void powerOn(Duration bootDuration) {
    if (power == PowerState.SUSPENDED) {
      power = PowerState.ON;
      List<Runnable> due = List.copyOf(deferred);
      deferred.clear();
      due.forEach(Runnable::run);
      MemoryGuest looking = guest;
      if (looking != null && looking.isBooted()) {
        looking.lookAtConfig();
      }
    } else if (power == PowerState.OFF) {
      surroundings.diskUse().plugIn(definition);
      power = PowerState.ON;
      bootTime = now();
      guestSilent = false;
      try {
        MemoryGuest fresh = new MemoryGuest(this);
        guest = fresh;
        later(bootDuration, fresh::boot);
      } catch (CorruptException e) {
        guest = null; // A machine without a tether: it is on, and nobody answers.
      }
    }
  }

  void cutPower() {
    if (power != PowerState.OFF) {
      power = PowerState.OFF;
      bootTime = null;
      MemoryGuest ended = guest;
      guest = null;
      if (ended != null) {
        ended.exchanges().losePower();
      }
      timers.forEach(TimeSource.Scheduled::cancel);
      timers.clear();
      deferred.clear();
      surroundings.diskUse().unplug(definition);
    }
  }

  void suspend() {
    if (power != PowerState.ON) {
      throw new ConflictException("VM " + definition.name() + " is not on");
    }
    power = PowerState.SUSPENDED;
  }

  void loseSight() {
    outOfSight = true;
  }

  void regainSight() {
    outOfSight = false;
  }

  void silenceGuest() {
    guestSilent = true;
  }

  void reconfigure(Map<String, String> changes, String expectedChangeVersion) {
    String current = Long.toString(changeVersion);
    if (!current.equals(expectedChangeVersion)) {
      throw new ConflictException(
          "VM "
              + definition.name()
              + " was reconfigured meanwhile (change version "
              + current
              + ", not "
              + expectedChangeVersion
              + "); look at it again");
    }
    set(changes);
    spec = null;
    changeVersion++;
    MemoryGuest looking = guest;
    if (looking != null && looking.isBooted() && power == PowerState.ON) {
      looking.lookAtConfig();
    }
  }

  void plug(List<DiskAttachment> disks) {
    List<DiskAttachment> further =
        disks.stream().filter(disk -> !definition.disks().contains(disk)).toList();
    if (power == PowerState.SUSPENDED) {
      throw new ConflictException("VM " + definition.name() + " is suspended");
    }
    if (further.isEmpty()) {
      return;
    }
    surroundings.diskUse().own(definition.id(), further);
    if (power == PowerState.ON) {
      surroundings.diskUse().plugIn(definition.id(), further);
    }
    definition = definition.withFurther(further);
    changeVersion++;
  }

  void rename(String name) {
    definition = definition.with(name, definition.variables());
    spec = null;
    changeVersion++;
  }

  private void set(Map<String, String> changes) {
    changes.forEach(
        (key, value) -> {
          if (value.isEmpty()) {
            variables.remove(key);
          } else {
            variables.put(key, value);
          }
        });
  }

  void send(GuestCommand command) {
    if (power != PowerState.ON) {
      throw new ConflictException("VM " + definition.name() + " is not on");
    }
    MemoryGuest receiver = guest;
    if (receiver == null || guestSilent || !receiver.isBooted()) {
      throw new UnavailableException(
          "the guest of VM " + definition.name() + " does not answer", null);
    }
    receiver.take(command);
  }

  PlayedLink openLink(LinkStream.Receiver receiver) {
    if (power != PowerState.ON) {
      throw new ConflictException("VM " + definition.name() + " is not on");
    }
    MemoryGuest asked = guest;
    if (asked == null || guestSilent || !asked.isBooted()) {
      throw new UnavailableException(
          "the guest of VM " + definition.name() + " does not answer", null);
    }
    GuestExchanges exchanges = asked.exchanges();
    PlayedLink link = new PlayedLink(surroundings::locked, exchanges::take, receiver);
    exchanges.connect(link);
    return link;
  }

  /** How long a log is, in bytes. */
  long logBytes(String log) {
    ByteArrayOutputStream content = logs.get(log);
    return content == null ? 0 : content.size();
  }

  InputStream openLog(String log, long from) {
    if (!definition.logs().contains(log)) {
      throw new NotFoundException("log", log);
    }
    ByteArrayOutputStream content = logs.get(log);
    byte[] all = content == null ? new byte[0] : content.toByteArray();
    int start = (int) Math.min(from, all.length);
    return new ByteArrayInputStream(all, start, all.length - start);
  }

  // What the guest has of this machine.

  @Override
  public Map<String, String> variables() {
    return GuestHost.visible(variables);
  }

  @Override
  public void setVariables(Map<String, String> changes) {
    set(changes);
    surroundings.publish(this);
  }

  @Override
  public void print(String session, LogEntry entry) {
    logs.computeIfAbsent(session, name -> new ByteArrayOutputStream())
        .writeBytes(LogFormat.encode(entry));
    surroundings.logged();
  }

  @Override
  public void powerOff() {
    cutPower();
    surroundings.publish(this);
  }

  @Override
  public Instant now() {
    return surroundings.time().instant();
  }

  @Override
  public void later(Duration delay, Runnable task) {
    if (delay.isZero()) {
      task.run();
      return;
    }
    MemoryGuest owner = guest;
    if (owner == null) {
      return; // It has powered off, and does not know it yet.
    }
    TimeSource.Scheduled[] timer = new TimeSource.Scheduled[1];
    timer[0] =
        surroundings
            .time()
            .schedule(
                delay,
                () ->
                    surroundings.locked(
                        () -> {
                          timers.remove(timer[0]);
                          if (guest != owner) {
                            return; // The power went in the meantime.
                          }
                          if (power == PowerState.SUSPENDED) {
                            deferred.add(task);
                          } else {
                            task.run();
                          }
                        }));
    timers.add(timer[0]);
  }

  @Override
  public String diskProblem(UUID fileSystem) {
    return definition.disks().stream()
        .filter(disk -> disk.fileSystem().equals(fileSystem))
        .findFirst()
        .map(disk -> DiskCheck.problem(surroundings.datastore(), disk))
        .orElse("there is no disk with file system " + fileSystem);
  }

  @Override
  public ScriptSource scripts() {
    return surroundings.scripts();
  }

  @Override
  public OverlayFiles files(String session) {
    return OverlayFiles.open(surroundings.datastore(), spec(), session);
  }

  @Override
  public long memoryBytes() {
    return definition.memory().bytes();
  }

  @Override
  public ContainerVmSpec spec() {
    ContainerVmSpec known = spec;
    if (known == null) {
      MemoryGuest asking = guest;
      known =
          asking == null
              ? GuestProtocol.decodeSpec(definition.name(), variables)
              : GuestProtocol.decodeSpec(definition.name(), variables, asking.config());
      spec = known;
    }
    return known;
  }
}
