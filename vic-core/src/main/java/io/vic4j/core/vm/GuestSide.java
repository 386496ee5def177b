package io.vic4j.core.vm;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VicException;
import io.vic4j.core.link.Exchange;
import io.vic4j.core.vm.DiskAttachment.Role;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** What a container VM has of its guest: its sessions' logs, and exchanges while it runs. */
final class GuestSide {
  /**
   * What all VMs of a scope stand on.
   *
   * @param files who reads and changes the disks of VMs that are off
   */
  record Ground(
      Hypervisor hypervisor, VmWaiters waiters, VmLinks links, Optional<DiskFiles> files) {}

  private static final Duration END_TIMEOUT = VmLinks.ANSWER_TIMEOUT;

  private final Ground ground;
  private final HypervisorVm vm;

  GuestSide(Ground ground, HypervisorVm vm) {
    this.ground = ground;
    this.vm = vm;
  }

  LogReader logs(String session, LogOptions options) {
    SessionSpec spec = session(session);
    return SelectedLog.open(
        options,
        from -> LogFormat.reader(ground.hypervisor().openLog(vm.id(), session, from), from),
        from -> followed(spec, from));
  }

  private LogReader followed(SessionSpec session, long from) {
    FollowedLog log = ground.hypervisor().followLog(vm.id(), session.name(), from);
    Subscription end =
        ground.waiters().when(vm.id(), record -> isOver(session, vm.status(record)), log::finish);
    return new FrameReader(log, from) {
      @Override
      public void close() {
        end.close();
        super.close();
      }
    };
  }

  /** Whether the session's process has ended and no other one will begin. */
  private static boolean isOver(SessionSpec session, ContainerVmStatus status) {
    return switch (status.state()) {
      case CREATED, STOPPED, REMOVED -> true;
      case RUNNING ->
          status
              .session(session.name())
              .exit()
              .filter(exit -> !session.restartPolicy().restarts(exit))
              .isPresent();
      case STOPPING -> status.session(session.name()).exit().isPresent();
      default -> false;
    };
  }

  ExitStatus awaitExit(String name, Duration timeout) {
    SessionSpec session = session(name);
    return ground
        .waiters()
        .await(
            vm.id(),
            record -> isOver(session, vm.status(record)),
            timeout,
            "end of session " + name + " of " + vm)
        .flatMap(record -> vm.status(record).session(name).exit())
        .orElseGet(() -> ExitStatus.unknown("it never began"));
  }

  GuestProcess exec(ExecSpec spec) {
    checkRuns(spec.session());
    Exchange exchange = open(GuestRequests.exec(spec), "exec");
    throwRefusal(exchange);
    return new ExecProcess(exchange, spec.stdin());
  }

  GuestProcess attach(String name, long position) {
    SessionSpec session = session(name);
    Optional<Exchange> exchange = Optional.empty();
    if (session.stdin() || session.tty()) {
      checkRuns(name);
      exchange = Optional.of(open(GuestRequests.attach(name), "attach"));
      throwRefusal(exchange.get());
    }
    try {
      return new AttachedSession(vm, name, exchange, position);
    } catch (RuntimeException e) {
      exchange.ifPresent(Exchange::cancel);
      throw e;
    }
  }

  GuestStats stats() {
    checkOn();
    Exchange exchange = open(GuestRequests.stats(), "stats");
    return GuestRequests.stats(end(exchange));
  }

  CopiedFiles copyOut(String name, String path, boolean followLink) {
    SessionSpec session = session(name);
    ContainerVmStatus now = vm.reachableStatus();
    return switch (now.state()) {
      case CREATED, STOPPED -> ofDisks(session, path, followLink, now);
      case RUNNING -> GuestCopy.of(open(GuestRequests.copyOut(name, path, followLink), "copying"));
      default -> throw new ConflictException(vm + " cannot be copied from: it is " + now.state());
    };
  }

  private CopiedFiles ofDisks(
      SessionSpec session, String path, boolean followLink, ContainerVmStatus before) {
    return new UnchangedCopy(vm.disks().copyOut(session, path, followLink), vm, before);
  }

  /** Files of a VM that is off: whole only if it was off all the time. */
  private record UnchangedCopy(CopiedFiles files, HypervisorVm vm, ContainerVmStatus before)
      implements CopiedFiles {
    @Override
    public Stat stat() {
      return files.stat();
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      files.writeTo(out);
      if (!vm.reachableStatus().equals(before)) {
        throw new ConflictException(vm + " was started while it was read; copy again");
      }
    }

    @Override
    public void close() {
      files.close();
    }
  }

  void copyIn(String name, String path, InputStream tar) throws IOException {
    SessionSpec session = session(name);
    CancelledException.throwIfInterrupted("copy to", vm);
    ContainerVmState state = vm.reachableStatus().state();
    switch (state) {
      case CREATED, STOPPED -> vm.disks().copyIn(session, path, tar);
      case RUNNING -> GuestCopy.send(open(GuestRequests.copyIn(name, path), "copying"), tar);
      default -> throw new ConflictException(vm + " cannot be copied to: it is " + state);
    }
  }

  void replaceFiles(UUID fileSystem, String volume, InputStream tar) throws IOException {
    if (vm.spec().disks().stream()
        .noneMatch(it -> it.role() == Role.FILES && it.fileSystem().equals(fileSystem))) {
      throw new NotFoundException("disk of files", fileSystem.toString());
    }
    checkOn();
    GuestCopy.send(open(GuestRequests.replaceFiles(fileSystem, volume), "replacing files"), tar);
  }

  GuestConnection dial(int port) {
    checkOn();
    Exchange exchange = open(GuestRequests.dial(port), "a connection");
    throwRefusal(exchange);
    return new Dialled(exchange);
  }

  private Exchange open(String request, String what) {
    return ground.links().open(vm.id(), vm.toString(), request, what + " in " + vm);
  }

  /** Throws what the guest says where it has not even begun. */
  private static void throwRefusal(Exchange exchange) {
    if (exchange.opening().isEmpty()) {
      String unused = end(exchange);
    }
  }

  private static String end(Exchange exchange) {
    String end =
        exchange
            .awaitEnd(END_TIMEOUT)
            .orElseThrow(() -> new ConflictException("the VM ended before its guest answered"));
    Optional<VicException> refusal = GuestRequests.refusal(end);
    if (refusal.isPresent()) {
      throw refusal.get();
    }
    return end;
  }

  private SessionSpec session(String name) {
    return vm.spec().sessions().stream()
        .filter(it -> it.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new NotFoundException("session", name));
  }

  private void checkOn() {
    ContainerVmStatus unused = running();
  }

  private ContainerVmStatus running() {
    CancelledException.throwIfInterrupted("request to", vm);
    ContainerVmStatus status = vm.reachableStatus();
    if (status.state() != ContainerVmState.RUNNING) {
      throw new ConflictException(vm + " is not running: it is " + status.state());
    }
    return status;
  }

  private void checkRuns(String name) {
    SessionSpec session = session(name);
    if (!running().session(session.name()).isRunning()) {
      throw new ConflictException("session " + name + " of " + vm + " does not run");
    }
  }

  private record Dialled(Exchange exchange) implements GuestConnection {
    @Override
    public InputStream in() {
      return exchange.out();
    }

    @Override
    public OutputStream out() {
      return exchange.in();
    }

    @Override
    public void close() {
      exchange.cancel();
    }
  }
}
