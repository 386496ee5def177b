package io.vic4j.testkit;

import io.vic4j.core.ConflictException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.TimeSource;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.CommandAck;
import io.vic4j.core.vm.CommandAck.Refusal;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.GuestProtocol;
import io.vic4j.core.vm.IssuedCommand;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.LogFormat;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.storage.overlay.OverlayFiles;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One VM of a {@link GuestedHypervisor}, and the guest that is played in it while it is on. Not
 * thread-safe: all of it happens on the players' thread.
 */
final class PlayedVm implements GuestHost {
  /** What a VM has of its hypervisor. */
  interface Surroundings {
    TimeSource time();

    ScriptSource scripts();

    Backdoor backdoor();

    /** Where the disks are, if guests are to look at them. */
    Optional<Datastore> disks();

    /** How the VM is now, as the hypervisor shows it. */
    Optional<VmRecord> find(String id);

    /** Waits until the hypervisor shows this of a VM. */
    void awaitShown(String id, String what, Predicate<Optional<VmRecord>> condition);

    /** Does a piece of a guest's work on the players' thread, and returns when all have seen it. */
    void perform(String id, Runnable work);
  }

  /** One time that the VM is on. */
  private static final class Boot {
    final Optional<Instant> bootTime;
    final OptionalLong run;
    @Nullable MemoryGuest guest; // None in a machine without a tether: nobody answers.
    @Nullable PlayedVariableLink link;

    Boot(VmRecord record) {
      this.bootTime = record.bootTime();
      this.run = run(record);
    }

    /** Whether the VM is on as this time. */
    boolean isThat(VmRecord record) {
      boolean sameTime =
          bootTime.isEmpty() || record.bootTime().isEmpty() || bootTime.equals(record.bootTime());
      return record.power() != PowerState.OFF && sameTime && run.equals(run(record));
    }

    private static OptionalLong run(VmRecord record) {
      try {
        return OptionalLong.of(GuestProtocol.run(record.variables()));
      } catch (CorruptException e) {
        return OptionalLong.empty(); // Not one of a container.
      }
    }
  }

  private final Surroundings surroundings;
  private final String id;
  private final Set<TimeSource.Scheduled> timers = new HashSet<>();
  private final List<Runnable> deferred = new ArrayList<>();
  private @Nullable Boot boot;
  private boolean obeying;
  private boolean offAfterAck;

  PlayedVm(Surroundings surroundings, String id) {
    this.surroundings = surroundings;
    this.id = id;
  }

  /**
   * Makes the guest do what the VM's state asks for.
   *
   * @param boots whether a guest is to be booted where the VM is on without one
   */
  void play(VmRecord record, boolean boots) {
    Boot current = boot;
    if (current != null && !current.isThat(record)) {
      losePower();
    }
    if (record.power() != PowerState.ON) {
      return;
    }
    if (boot == null && boots) {
      act(() -> boot(record));
    }
    if (boot != null) {
      List<Runnable> due = List.copyOf(deferred);
      deferred.clear();
      due.forEach(this::act);
      act(this::lookAtConfig);
      act(this::obey);
    }
  }

  /** The guest is no more. */
  void losePower() {
    boot = null;
    offAfterAck = false;
    timers.forEach(TimeSource.Scheduled::cancel);
    timers.clear();
    deferred.clear();
  }

  private void act(Runnable work) {
    try {
      work.run();
      answerLink();
    } catch (PowerLostException e) {
      losePower();
    }
  }

  private void boot(VmRecord record) {
    Boot fresh = new Boot(record);
    boot = fresh;
    try {
      MemoryGuest guest = new MemoryGuest(this);
      fresh.guest = guest;
      fresh.link = new PlayedVariableLink(guest.exchanges());
      guest.boot();
    } catch (CorruptException | UnsupportedException e) {
      fresh.guest = null;
    }
  }

  /** Takes what the host sends, and sends what the host takes. */
  private void answerLink() {
    Boot current = boot;
    if (current == null || current.link == null || record().power() != PowerState.ON) {
      return;
    }
    Optional<Map<String, String>> answer = current.link.answer(record().variables());
    while (answer.isPresent() && boot == current) {
      setVariables(answer.get());
      answer = boot == current ? current.link.answer(record().variables()) : Optional.empty();
    }
  }

  private void lookAtConfig() {
    Boot current = boot;
    if (current != null && current.guest != null) {
      current.guest.lookAtConfig();
    }
  }

  /** Does what the guest was told, all of it, and acknowledges it then. */
  private void obey() {
    Optional<IssuedCommand> open = GuestProtocol.openCommand(record().variables());
    while (open.isPresent() && boot != null && boot.guest != null) {
      setVariables(GuestProtocol.encode(obey(boot.guest, open.get())));
      if (offAfterAck) {
        powerOff();
        return;
      }
      open = GuestProtocol.openCommand(record().variables());
    }
  }

  private CommandAck obey(MemoryGuest guest, IssuedCommand issued) {
    obeying = true;
    try {
      guest.take(issued.command());
      return issued.done();
    } catch (NotFoundException e) {
      return issued.refused(Refusal.NOT_FOUND);
    } catch (ConflictException e) {
      return issued.refused(Refusal.CONFLICT);
    } finally {
      obeying = false;
    }
  }

  private VmRecord record() {
    Boot current = boot;
    return surroundings
        .find(id)
        .filter(record -> current != null && current.isThat(record))
        .orElseThrow(() -> new PowerLostException(id, null));
  }

  private void checkPower() {
    VmRecord unused = record();
  }

  private void throughBackdoor(Runnable work) {
    try {
      work.run();
    } catch (NotFoundException e) {
      throw new PowerLostException(id, e);
    }
  }

  // What the guest has of this machine.

  @Override
  public Map<String, String> variables() {
    return GuestHost.visible(record().variables());
  }

  @Override
  public void setVariables(Map<String, String> changes) {
    Boot current = boot;
    if (current == null) {
      return; // It has powered off, and does not know it yet.
    }
    checkPower();
    throughBackdoor(() -> surroundings.backdoor().setVariables(id, changes));
    surroundings.awaitShown(
        id,
        "what its guest wrote",
        now -> now.isEmpty() || !current.isThat(now.get()) || shows(now.get(), changes));
    checkPower();
  }

  private static boolean shows(VmRecord record, Map<String, String> changes) {
    return changes.entrySet().stream()
        .allMatch(
            change ->
                record.variables().getOrDefault(change.getKey(), "").equals(change.getValue()));
  }

  @Override
  public void print(String session, LogEntry entry) {
    if (boot != null) {
      throughBackdoor(
          () -> surroundings.backdoor().appendLog(id, session, LogFormat.encode(entry)));
    }
  }

  @Override
  public void powerOff() {
    Boot current = boot;
    if (current == null) {
      return;
    }
    if (obeying) {
      offAfterAck = true; // Else the ack would be lost with the power.
      return;
    }
    checkPower();
    throughBackdoor(() -> surroundings.backdoor().powerOff(id));
    surroundings.awaitShown(
        id, "the power-off by its guest", now -> now.isEmpty() || !current.isThat(now.get()));
    losePower();
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
    Boot owner = boot;
    TimeSource.Scheduled[] timer = new TimeSource.Scheduled[1];
    timer[0] =
        surroundings
            .time()
            .schedule(
                delay,
                () ->
                    surroundings.perform(
                        id,
                        () -> {
                          timers.remove(timer[0]);
                          if (boot == owner && owner != null) {
                            act(() -> due(task));
                          }
                        }));
    timers.add(timer[0]);
  }

  private void due(Runnable task) {
    if (record().power() == PowerState.SUSPENDED) {
      deferred.add(task);
    } else {
      task.run();
    }
  }

  @Override
  public String diskProblem(UUID fileSystem) {
    return spec().disks().stream()
        .filter(disk -> disk.fileSystem().equals(fileSystem))
        .findFirst()
        .map(disk -> surroundings.disks().map(disks -> DiskCheck.problem(disks, disk)).orElse(""))
        .orElse("there is no disk with file system " + fileSystem);
  }

  @Override
  public ScriptSource scripts() {
    return surroundings.scripts();
  }

  @Override
  public OverlayFiles files(String session) {
    return OverlayFiles.open(
        surroundings.disks().orElseThrow(() -> new NotFoundException("disks of VM", id)),
        spec(),
        session);
  }

  @Override
  public long memoryBytes() {
    return spec().memory().bytes();
  }

  @Override
  public ContainerVmSpec spec() {
    VmRecord record = record();
    return GuestProtocol.decodeSpec(record.name(), record.variables());
  }
}
