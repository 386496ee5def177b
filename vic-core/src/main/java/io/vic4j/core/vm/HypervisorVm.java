package io.vic4j.core.vm;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.VicException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * How the hooks of a hypervisor make the life of a container VM.
 *
 * A start is two steps: the host counts the VM's run up, against the change version that it has
 * seen, then powers it on. The first step decides between processes that race; and as reports carry
 * the run, what the guest said of an earlier run does not count from then on. If the version has
 * changed, but not the run, then it was for something else, such as a new name, and the host counts
 * again. A power-on that fails takes the count back. A crash between the steps leaves a VM that counts as stopped, with an
 * unknown exit. Who looks from this process between the steps is told that it starts; others, for that moment, that it is
 * stopped.
 *
 * A stop tells the guest, waits for the VM to power itself off, tells the guest to kill, waits again
 * and takes the power. Each step may be overtaken by another process or by the guest itself: what
 * counts is that the VM is off at the end.
 */
/**
 * A container VM that a {@link Hypervisor} runs. Keeps nothing but what never changes, and the name
 * and the guest's report as they were last seen.
 */
final class HypervisorVm implements ContainerVm {
  /** How long a guest may take to power off after its sessions were killed. */
  static final Duration KILL_GRACE = Duration.ofSeconds(10);

  /** How often a change of variables is tried while others change them, too. */
  static final int ATTEMPTS = 5;

  private static final Logger log = LoggerFactory.getLogger(HypervisorVm.class);

  private final Hypervisor hypervisor;
  private final VmWaiters waiters;
  private final String id;
  private final GuestSide guest;
  private final DiskChanges disks;
  private final VmEdits edits;
  private volatile ContainerVmSpec spec;
  private long labelled;

  /** The run that this begins just now; 0 for none. */
  private volatile long beginning;

  /** The run that this has begun last. */
  private volatile long begun;

  /** The report that was read last: who asks how it is asks more often than that changes. */
  private volatile ReadReport read = ReadReport.NONE;

  private final ReentrantLock turn = new ReentrantLock(true);

  private record ReadReport(String text, Optional<GuestReport> report) {
    static final ReadReport NONE = new ReadReport(GuestProtocol.NOTHING, Optional.empty());
  }

  HypervisorVm(GuestSide.Ground ground, VmRecord record, ContainerVmSpec spec) {
    this.hypervisor = ground.hypervisor();
    this.waiters = ground.waiters();
    this.id = record.id();
    this.spec = spec;
    this.labelled = GuestProtocol.revision(record.variables());
    this.guest = new GuestSide(ground, this);
    this.disks = new DiskChanges(ground.files(), this);
    this.edits = new VmEdits(hypervisor, this);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String name() {
    return spec.name();
  }

  @Override
  public ContainerVmSpec spec() {
    return spec;
  }

  /** Takes notice of what the VM is called now, and of what is noted on it, by whomever. */
  synchronized void saw(VmRecord record) {
    long revision = GuestProtocol.revision(record.variables());
    if (revision != labelled) {
      spec = GuestProtocol.decodeSpec(record.name(), record.variables());
      labelled = revision;
    } else if (!spec.name().equals(record.name())) {
      spec = spec.shownAs(record.name());
    }
  }

  @Override
  public ContainerVmStatus status() {
    return hypervisor.find(id).map(this::status).orElse(StatusView.REMOVED);
  }

  /**
   * How it is by a record. One of a run that this has counted, and that is not on, may be older
   * than the power-on: then the latest record says how it is.
   */
  ContainerVmStatus status(VmRecord record) {
    long run = begun;
    boolean mayBeOld = run != 0 && beginning != run && isUnheardOf(record, run);
    return latest(mayBeOld ? hypervisor.find(id).orElse(record) : record);
  }

  private ContainerVmStatus latest(VmRecord record) {
    ContainerVmStatus status = StatusView.of(record, spec, report(record));
    long run = beginning;
    return run != 0 && isUnheardOf(record, run) ? StatusView.starting(status) : status;
  }

  /** Whether a VM is off, and its guest has told nothing of this run. */
  private boolean isUnheardOf(VmRecord record, long run) {
    return record.power() == PowerState.OFF
        && GuestProtocol.run(record.variables()) == run
        && report(record).isEmpty();
  }

  private Optional<GuestReport> report(VmRecord record) {
    String text = GuestProtocol.reportText(record.variables());
    ReadReport last = read;
    if (!last.text().equals(text)) {
      last = new ReadReport(text, GuestProtocol.readReport(text));
      read = last;
    }
    return GuestProtocol.currentReport(record.variables(), last.report());
  }

  @Override
  public void start() {
    inTurn(
        "start",
        () -> {
          VmRecord record = reachable();
          switch (record.power()) {
            case OFF -> startAnew(record);
            case SUSPENDED -> hypervisor.powerOn(id);
            default -> {}
          }
        });
  }

  private void startAnew(VmRecord record) {
    long run = GuestProtocol.run(record.variables());
    begun = run + 1;
    beginning = run + 1;
    try {
      VmRecord announced = count(record, run + 1);
      try {
        powerOn();
      } catch (VicException e) {
        takeBack(run, announced, e);
        throw e;
      }
    } finally {
      beginning = 0;
    }
  }

  /** Powers it on, also if a program that changed its disks has ended before they were in place. */
  private void powerOn() {
    try {
      hypervisor.powerOn(id);
    } catch (VicException e) {
      if (!disks.settleAfter(e)) {
        throw e;
      }
      hypervisor.powerOn(id);
    }
  }

  private VmRecord count(VmRecord seen, long run) {
    VmRecord record = seen;
    int attempt = 1;
    while (true) {
      try {
        return hypervisor.reconfigure(id, GuestProtocol.announceRun(run), record.changeVersion());
      } catch (ConflictException e) {
        record = reachable();
        boolean sameRun =
            GuestProtocol.run(record.variables()) == GuestProtocol.run(seen.variables());
        if (attempt++ == ATTEMPTS || !sameRun || record.power() != PowerState.OFF) {
          throw e;
        }
      }
    }
  }

  private void takeBack(long run, VmRecord announced, VicException failure) {
    boolean interrupted = Thread.interrupted(); // It must not keep us from tidying up.
    try {
      if (hypervisor.find(id).filter(vm -> vm.power() == PowerState.OFF).isPresent()) {
        VmRecord unused = count(announced, run);
      }
    } catch (VicException e) {
      failure.addSuppressed(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void stop(Duration grace) {
    if (grace.isNegative()) {
      throw new IllegalArgumentException("negative grace: " + grace);
    }
    inTurn(
        "stop",
        () -> {
          VmRecord record = reachable();
          switch (record.power()) {
            case ON -> {
              if (!tell(new GuestCommand.Stop()) || !isOffWithin(grace)) {
                end();
              }
            }
            case SUSPENDED -> hypervisor.powerOff(id);
            default -> {}
          }
        });
  }

  @Override
  public void kill() {
    // Takes no turn: it may cut a stop short that has the turn and waits out its grace.
    switch (reachable().power()) {
      case ON -> end();
      case SUSPENDED -> hypervisor.powerOff(id);
      default -> throw new ConflictException(this + " cannot be killed: it is not on");
    }
  }

  private void end() {
    if (hasBegun() && tell(new GuestCommand.Kill()) && isOffWithin(KILL_GRACE)) {
      return;
    }
    hypervisor.powerOff(id);
  }

  /** Whether the guest has told of a session. One that has not has none to end, or never will. */
  private boolean hasBegun() {
    return hypervisor
        .find(id)
        .filter(vm -> status(vm).state() != ContainerVmState.STARTING)
        .isPresent();
  }

  /** Tells the guest; false if it does not answer. A VM that is off by now has taken notice. */
  private boolean tell(GuestCommand command) {
    try {
      hypervisor.send(id, command);
      return true;
    } catch (ConflictException e) {
      return true;
    } catch (UnavailableException e) {
      log.warn("guest of {} does not answer {}; its power is taken", this, command, e);
      return false;
    }
  }

  private boolean isOffWithin(Duration timeout) {
    try {
      awaitRecord(vm -> vm.power() == PowerState.OFF, timeout, "power-off");
      return true;
    } catch (TimedOutException e) {
      return false;
    }
  }

  @Override
  public void signal(String session, Signal signal) {
    checkSession(session);
    if (reachable().power() != PowerState.ON) {
      throw new ConflictException(this + " cannot take " + signal + ": it is not running");
    }
    hypervisor.send(id, new GuestCommand.SendSignal(session, signal));
  }

  @Override
  public ContainerVmStatus awaitStarted(Duration timeout) {
    return status(
        awaitRecord(
            vm ->
                switch (status(vm).state()) {
                  case RUNNING, STOPPING, STOPPED -> true;
                  default -> false;
                },
            timeout,
            "start"));
  }

  @Override
  public ExitStatus awaitExit(Duration timeout) {
    VmRecord stopped =
        awaitRecord(vm -> status(vm).state() == ContainerVmState.STOPPED, timeout, "exit");
    return status(stopped).exit().orElseThrow();
  }

  VmRecord awaitRecord(Predicate<VmRecord> condition, Duration timeout, String what) {
    return waiters.await(id, condition, timeout, what + " of " + this).orElseThrow(this::notFound);
  }

  /** Waits until the process of a session has ended for good. */
  ExitStatus awaitSessionExit(String session, Duration timeout) {
    return guest.awaitExit(session, timeout);
  }

  @Override
  public LogReader logs(String session, LogOptions options) {
    return guest.logs(session, options);
  }

  @Override
  public GuestProcess exec(ExecSpec spec) {
    return guest.exec(spec);
  }

  @Override
  public GuestProcess attach(String session, long position) {
    return guest.attach(session, position);
  }

  @Override
  public GuestStats stats() {
    return guest.stats();
  }

  @Override
  public CopiedFiles copyOut(String session, String path, boolean followLink) {
    return guest.copyOut(session, path, followLink);
  }

  @Override
  public void copyIn(String session, String path, InputStream tar) throws IOException {
    guest.copyIn(session, path, tar);
  }

  DiskChanges disks() {
    return disks;
  }

  @Override
  public void replaceFiles(UUID fileSystem, String volume, InputStream tar) throws IOException {
    guest.replaceFiles(fileSystem, volume, tar);
  }

  @Override
  public GuestConnection dial(int port) {
    return guest.dial(port);
  }

  @Override
  public void relabel(Map<String, String> changes) {
    edits.relabel(changes);
  }

  @Override
  public void revise(UnaryOperator<ContainerVmSpec> change) {
    edits.revise(change);
  }

  @Override
  public void rename(String name) {
    ContainerVmSpec renamed = spec.named(name);
    inTurn(
        "renaming",
        () -> {
          hypervisor.rename(id, name);
          spec = renamed;
        });
  }

  @Override
  public void remove() {
    inTurn("remove", this::removeIfOff);
  }

  @Override
  public void removeForcibly() {
    powerOffIfThere();
    inTurn(
        "remove",
        () -> {
          powerOffIfThere();
          removeIfOff();
        });
  }

  private void powerOffIfThere() {
    try {
      hypervisor.powerOff(id);
    } catch (NotFoundException e) {
      // Removed already, by whomever: what was asked for holds.
    }
  }

  private void removeIfOff() {
    Optional<VmRecord> record = hypervisor.find(id);
    if (record.isEmpty()) {
      return;
    }
    PowerState power = record.get().power();
    if (power == PowerState.ON || power == PowerState.SUSPENDED) {
      throw new ConflictException(
          this + " cannot be removed: it is " + status(record.get()).state() + "; stop it first");
    }
    try {
      hypervisor.remove(id);
    } catch (NotFoundException e) {
      // Removed by another process between the two calls.
    }
  }

  private void checkSession(String session) {
    if (spec.sessions().stream().noneMatch(it -> it.name().equals(session))) {
      throw new NotFoundException("session", session);
    }
  }

  /** How it is now, of a VM that is there and in sight. */
  ContainerVmStatus reachableStatus() {
    return status(reachable());
  }

  VmRecord reachable() {
    VmRecord record = hypervisor.find(id).orElseThrow(this::notFound);
    if (record.power() == PowerState.UNKNOWN) {
      throw new UnavailableException(
          hypervisor.name() + " has lost sight of " + this + "; try again when it is back", null);
    }
    return record;
  }

  private NotFoundException notFound() {
    return new NotFoundException("container vm", name());
  }

  /** Does something while nobody else of this process changes the state of the VM. */
  void inTurn(String what, Runnable transition) {
    try {
      turn.lockInterruptibly();
    } catch (InterruptedException e) {
      throw CancelledException.from(e, what + " of " + this);
    }
    try {
      transition.run();
    } finally {
      turn.unlock();
    }
  }

  /** Its name and the first digits of its identifier. */
  @Override
  public String toString() {
    return "container vm '" + name() + "' (" + id.substring(0, Math.min(12, id.length())) + ")";
  }
}
