package io.vic4j.core.vm;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.UnavailableException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/*
 * A command is written against the change version that was seen together with what came before it:
 * so of two processes that send at once one gets a conflict, looks again, finds the other's command
 * open and waits for it. Guests' reports may change the version as well; that is why one tries more
 * than once.
 *
 * Senders of one process take turns, each until its command is over. Otherwise one could issue its
 * command as soon as it sees the ack of the other's, before the other has seen it, and changes that
 * follow each other quickly may be told as one. Between processes this can happen: then one is told
 * a conflict, for it cannot be seen whether the guest has done what it was told.
 */
/**
 * Tells guests things through the variables of their VMs, as {@link GuestProtocol} has it: {@link
 * Hypervisor#send} for hypervisors that have no other channel to a guest.
 *
 * <p>One command is under way at a time: who sends while another one is open waits until the guest
 * has acknowledged that, or until it has had its time. Senders to one VM take turns; those to
 * others do not wait for them. Thread-safe.
 */
public final class VariableCommands {
  /** What a hypervisor does for this. All of it throws what {@link Hypervisor} says. */
  public interface Machines {
    /** As {@link Hypervisor#find}. */
    Optional<VmRecord> find(String id);

    /** As {@link Hypervisor#reconfigure}. */
    VmRecord reconfigure(String id, Map<String, String> changes, String changeVersion);

    /**
     * Waits until a VM meets a condition, which is asked of how it is when this is called and of
     * what it becomes then, never of how it was before.
     *
     * @return how it was when it met the condition; empty if it is no more
     * @throws TimedOutException if that takes longer than {@code timeout}
     */
    Optional<VmRecord> await(String id, Predicate<VmRecord> condition, Duration timeout);
  }

  private static final int ATTEMPTS = 8;

  private static final class Turn {
    final ReentrantLock lock = new ReentrantLock(true);
    int users;
    // The number of the last command that has had its time: nobody waits for that again.
    long unanswered;
  }

  /** A command that a VM, so configured, has been given. */
  private record Issue(VmRecord vm, IssuedCommand command) {}

  private final Machines machines;
  private final Duration timeout;
  private final Map<String, Turn> turns = new HashMap<>();

  private VariableCommands(Machines machines, Duration timeout) {
    this.machines = machines;
    this.timeout = timeout;
  }

  /**
   * Commands for these machines.
   *
   * @param timeout how long a guest has to acknowledge a command
   */
  public static VariableCommands over(Machines machines, Duration timeout) {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("negative timeout: " + timeout);
    }
    return new VariableCommands(machines, timeout);
  }

  /**
   * Tells the guest of a VM something, and returns when it has acknowledged it. If another command
   * is open, that one may take the timeout first.
   *
   * @throws UnavailableException if the guest does not acknowledge it in time, though it may do it
   *     later; or if the VM is reconfigured all the time
   * @throws NotFoundException if there is no such VM or session
   * @throws ConflictException if the VM is not powered on, or no more before the guest has
   *     answered; if the session named does not run; or if another process got its command in, and
   *     it cannot be seen whether the guest took notice of this one
   * @throws CancelledException if the thread is interrupted; the guest may do it all the same
   */
  public void send(String id, GuestCommand command) {
    Turn turn = enter(id);
    try {
      turn.lock.lockInterruptibly();
      try {
        awaitAck(issue(id, command, turn), turn);
      } finally {
        turn.lock.unlock();
      }
    } catch (InterruptedException e) {
      throw CancelledException.from(e, command + " to VM " + id);
    } finally {
      leave(id, turn);
    }
  }

  private Turn enter(String id) {
    synchronized (turns) {
      Turn turn = turns.computeIfAbsent(id, key -> new Turn());
      turn.users++;
      return turn;
    }
  }

  private void leave(String id, Turn turn) {
    synchronized (turns) {
      turn.users--;
      if (turn.users == 0) {
        turns.remove(id);
      }
    }
  }

  private Issue issue(String id, GuestCommand command, Turn turn) {
    VmRecord vm = on(id, machines.find(id));
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<IssuedCommand> open =
          GuestProtocol.openCommand(vm.variables()).filter(other -> other.seq() != turn.unanswered);
      if (open.isPresent()) {
        vm = awaitOther(id, open.get(), turn);
      } else {
        String version = vm.changeVersion();
        IssuedCommand next = next(vm, command);
        try {
          return new Issue(machines.reconfigure(id, encode(next), version), next);
        } catch (ConflictException e) {
          vm = awaitChange(id, vm, e);
        }
      }
    }
    throw new UnavailableException(
        "VM " + vm.name() + " is reconfigured all the time: its guest cannot be told " + command,
        null);
  }

  private static IssuedCommand next(VmRecord vm, GuestCommand command) {
    try {
      return GuestProtocol.nextCommand(vm.variables(), command);
    } catch (CorruptException e) {
      throw new UnavailableException("VM " + vm.name() + " has no guest that takes commands", e);
    }
  }

  private static Map<String, String> encode(IssuedCommand issued) {
    try {
      return GuestProtocol.encode(issued);
    } catch (InvalidArgumentException e) {
      if (issued.command() instanceof GuestCommand.SendSignal send) {
        throw new NotFoundException("session", send.session());
      }
      throw e;
    }
  }

  private VmRecord awaitOther(String id, IssuedCommand other, Turn turn) {
    try {
      return on(
          id,
          machines.await(
              id,
              vm ->
                  vm.power() != PowerState.ON
                      || GuestProtocol.openCommand(vm.variables()).filter(other::equals).isEmpty(),
              timeout));
    } catch (TimedOutException e) {
      turn.unanswered = other.seq();
      return on(id, machines.find(id));
    }
  }

  private VmRecord awaitChange(String id, VmRecord seen, ConflictException conflict) {
    try {
      return on(
          id,
          machines.await(
              id,
              vm -> vm.power() != PowerState.ON || !vm.changeVersion().equals(seen.changeVersion()),
              timeout));
    } catch (TimedOutException e) {
      e.addSuppressed(conflict);
      throw e;
    }
  }

  private void awaitAck(Issue issue, Turn turn) {
    IssuedCommand issued = issue.command();
    String name = issue.vm().name();
    VmRecord vm;
    try {
      vm =
          machines
              .await(issue.vm().id(), it -> isOver(it, issued), timeout)
              .orElseThrow(() -> new NotFoundException("container vm", name));
    } catch (TimedOutException e) {
      turn.unanswered = issued.seq();
      throw new UnavailableException(
          "the guest of VM " + name + " has not answered within " + timeout + ": " + issued, e);
    }
    Optional<CommandAck> ack = ack(vm, issued);
    if (ack.isEmpty()) {
      String why =
          vm.power() == PowerState.ON
              ? "it was started anew or told something else meanwhile"
              : "it is not on any more";
      throw new ConflictException(
          "whether the guest of VM " + name + " took " + issued + " cannot be seen: " + why);
    }
    ack.get().refusal().ifPresent(refusal -> fail(name, issued.command(), refusal));
  }

  /** Whether the guest has answered, or will not answer any more. */
  private static boolean isOver(VmRecord vm, IssuedCommand issued) {
    if (ack(vm, issued).isPresent()) {
      return true;
    }
    return switch (vm.power()) {
      case OFF, SUSPENDED -> true;
      case ON, UNKNOWN -> isOvertaken(vm.variables(), issued);
    };
  }

  private static boolean isOvertaken(Map<String, String> variables, IssuedCommand issued) {
    return GuestProtocol.hasLaterRun(variables, issued.run())
        || GuestProtocol.decodeCommand(variables)
            .filter(other -> other.seq() > issued.seq())
            .isPresent();
  }

  private static Optional<CommandAck> ack(VmRecord vm, IssuedCommand issued) {
    return GuestProtocol.decodeAck(vm.variables()).filter(it -> it.answers(issued));
  }

  private static void fail(String vm, GuestCommand command, CommandAck.Refusal refusal) {
    if (refusal == CommandAck.Refusal.NOT_FOUND
        && command instanceof GuestCommand.SendSignal send) {
      throw new NotFoundException("session", send.session());
    }
    throw new ConflictException("the guest of VM " + vm + " cannot take " + command);
  }

  private static VmRecord on(String id, Optional<VmRecord> found) {
    VmRecord vm = found.orElseThrow(() -> new NotFoundException("container vm", id));
    return switch (vm.power()) {
      case ON -> vm;
      case OFF, SUSPENDED -> throw new ConflictException("VM " + vm.name() + " is not on");
      case UNKNOWN ->
          throw new UnavailableException(
              "the hypervisor has lost sight of VM " + vm.name() + "; try again later", null);
    };
  }
}
