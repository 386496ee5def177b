package io.vic4j.core.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.TimedOutException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.vm.CommandAck.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class VariableCommandsTest {
  private static final String ID = SpecSamples.ID;
  private static final GuestCommand HUP = new GuestCommand.SendSignal("main", Signal.HUP);
  private static final GuestCommand STOP = new GuestCommand.Stop();
  private static final Duration TIMEOUT = Duration.ofSeconds(7);

  private final Machine machine = new Machine();
  private final VariableCommands commands = VariableCommands.over(machine, TIMEOUT);

  /**
   * One VM, and what happens to it: each wait lets the next thing happen, until its condition is
   * met; when nothing happens any more, time is up.
   */
  private static final class Machine implements VariableCommands.Machines {
    final Map<String, String> variables =
        new TreeMap<>(GuestProtocol.encode(ID, SpecSamples.full()));
    final Deque<Runnable> happenings = new ArrayDeque<>();
    final List<Duration> timeouts = new ArrayList<>();
    PowerState power = PowerState.ON;
    boolean isThere = true;
    int changeVersion = 1;
    int writes;
    Runnable beforeWrite = () -> {};

    Machine() {
      variables.putAll(GuestProtocol.announceRun(3));
    }

    VmRecord record() {
      return new VmRecord(
          ID,
          "test",
          "web",
          power,
          power == PowerState.ON ? Optional.of(Instant.EPOCH) : Optional.empty(),
          new TreeMap<>(variables),
          Integer.toString(changeVersion));
    }

    Optional<IssuedCommand> open() {
      return GuestProtocol.openCommand(variables);
    }

    void acknowledge() {
      variables.putAll(GuestProtocol.encode(open().orElseThrow().done()));
    }

    void refuse(Refusal refusal) {
      variables.putAll(GuestProtocol.encode(open().orElseThrow().refused(refusal)));
    }

    /** As another process would. */
    IssuedCommand issue(GuestCommand command) {
      IssuedCommand issued = GuestProtocol.nextCommand(variables, command);
      variables.putAll(GuestProtocol.encode(issued));
      changeVersion++;
      return issued;
    }

    void then(Runnable happening) {
      happenings.add(happening);
    }

    @Override
    public synchronized Optional<VmRecord> find(String id) {
      return isThere ? Optional.of(record()) : Optional.empty();
    }

    @Override
    public synchronized VmRecord reconfigure(
        String id, Map<String, String> changes, String version) {
      beforeWrite.run();
      if (!version.equals(Integer.toString(changeVersion))) {
        throw new ConflictException("reconfigured meanwhile");
      }
      variables.putAll(changes);
      changeVersion++;
      writes++;
      return record();
    }

    @Override
    public Optional<VmRecord> await(String id, Predicate<VmRecord> condition, Duration timeout) {
      CancelledException.throwIfInterrupted("a wait");
      while (true) {
        synchronized (this) {
          timeouts.add(timeout);
          Optional<VmRecord> now = find(id);
          if (now.isEmpty() || condition.test(now.get())) {
            return now;
          }
          if (happenings.isEmpty()) {
            throw new TimedOutException("what is waited for", timeout);
          }
          happenings.remove().run();
        }
      }
    }
  }

  @Test
  void command_isWritten_andItsAckAwaited() {
    machine.then(
        () -> {
          assertThat(machine.open()).contains(new IssuedCommand(3, 1, HUP));
          machine.acknowledge();
        });
    commands.send(ID, HUP);
    assertThat(machine.happenings).isEmpty();
    machine.then(machine::acknowledge);
    commands.send(ID, STOP);
    assertThat(GuestProtocol.decodeCommand(machine.variables))
        .contains(new IssuedCommand(3, 2, STOP));
    assertThat(machine.timeouts).containsOnly(TIMEOUT);
  }

  @Test
  void otherChanges_doNotEndTheWait() {
    machine.then(() -> machine.variables.put("guestinfo.other", "x"));
    machine.then(() -> machine.variables.put("guestinfo.vic.ack", "{"));
    machine.then(() -> machine.variables.putAll(GuestProtocol.encode(CommandAck.done(2, 1))));
    machine.then(machine::acknowledge);
    commands.send(ID, HUP);
    assertThat(machine.happenings).isEmpty();
  }

  @Test
  void refusals_areTold() {
    machine.then(() -> machine.refuse(Refusal.NOT_FOUND));
    assertThatThrownBy(() -> commands.send(ID, HUP))
        .isInstanceOfSatisfying(
            NotFoundException.class, e -> assertThat(e.name()).isEqualTo("main"));
    machine.then(() -> machine.refuse(Refusal.CONFLICT));
    assertThatThrownBy(() -> commands.send(ID, HUP)).isInstanceOf(ConflictException.class);
    machine.then(() -> machine.refuse(Refusal.NOT_FOUND));
    assertThatThrownBy(() -> commands.send(ID, STOP)).isInstanceOf(ConflictException.class);
  }

  @Test
  void guestThatDoesNotAnswer_isUnavailable_andTheNextCommandWaitsForItOnce() {
    assertThatThrownBy(() -> commands.send(ID, HUP))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("web")
        .hasMessageContaining("HUP");
    machine.timeouts.clear();
    assertThatThrownBy(() -> commands.send(ID, STOP)).isInstanceOf(UnavailableException.class);
    assertThat(machine.timeouts).hasSize(2); // One for the open command, one for this.
    assertThat(machine.open()).contains(new IssuedCommand(3, 2, STOP));
  }

  @Test
  void openCommandOfAnother_isAwaitedFirst() {
    IssuedCommand other = machine.issue(STOP);
    machine.then(
        () -> {
          assertThat(machine.open()).contains(other);
          machine.acknowledge();
        });
    machine.then(
        () -> {
          assertThat(machine.open().orElseThrow().command()).isEqualTo(HUP);
          machine.acknowledge();
        });
    commands.send(ID, HUP);
    assertThat(machine.happenings).isEmpty();
  }

  @Test
  void openCommandOfAnEarlierRun_isNotAwaited() {
    machine.issue(STOP);
    machine.variables.putAll(GuestProtocol.announceRun(4));
    machine.then(
        () -> {
          assertThat(machine.open()).contains(new IssuedCommand(4, 2, HUP));
          machine.acknowledge();
        });
    commands.send(ID, HUP);
    assertThat(machine.writes).isEqualTo(1);
  }

  @Test
  void commandThatCannotBeRead_isNotAwaited() {
    machine.variables.put("guestinfo.vic/command", "nonsense");
    machine.then(machine::acknowledge);
    commands.send(ID, HUP);
  }

  @Test
  void conflict_isTriedAgain_withWhatIsThereThen() {
    machine.beforeWrite =
        () -> {
          machine.changeVersion++; // The guest has reported.
          machine.beforeWrite = () -> {};
        };
    machine.then(machine::acknowledge);
    commands.send(ID, HUP);
    assertThat(machine.writes).isEqualTo(1);
  }

  @Test
  void commandThatAnotherProcessGotInFirst_isAwaited() {
    machine.beforeWrite =
        () -> {
          machine.issue(STOP);
          machine.beforeWrite = () -> {};
        };
    machine.then(machine::acknowledge);
    machine.then(machine::acknowledge);
    commands.send(ID, HUP);
    assertThat(GuestProtocol.decodeCommand(machine.variables))
        .contains(new IssuedCommand(3, 2, HUP));
  }

  @Test
  void vmThatIsReconfiguredAllTheTime_isUnavailable_inTheEnd() {
    machine.beforeWrite = () -> machine.changeVersion++;
    assertThatThrownBy(() -> commands.send(ID, HUP)).isInstanceOf(UnavailableException.class);
    assertThat(machine.open()).isEmpty();
  }

  @Test
  void conflictThatDoesNotShow_isUnavailable() {
    machine.beforeWrite =
        () -> {
          throw new ConflictException("so it says");
        };
    assertThatThrownBy(() -> commands.send(ID, HUP)).isInstanceOf(UnavailableException.class);
  }

  @Test
  void vmThatIsNotOn_isAConflict() {
    for (PowerState power : List.of(PowerState.OFF, PowerState.SUSPENDED)) {
      machine.power = power;
      assertThatThrownBy(() -> commands.send(ID, HUP)).isInstanceOf(ConflictException.class);
    }
    assertThat(machine.writes).isZero();
  }

  @Test
  void vmOutOfSight_isUnavailable() {
    machine.power = PowerState.UNKNOWN;
    assertThatThrownBy(() -> commands.send(ID, HUP)).isInstanceOf(UnavailableException.class);
  }

  @Test
  void vmThatGoesOff_beforeItsGuestHasAnswered_isAConflict() {
    machine.then(() -> machine.power = PowerState.OFF);
    assertThatThrownBy(() -> commands.send(ID, HUP)).isInstanceOf(ConflictException.class);
  }

  @Test
  void vmThatGoesOff_onceItsGuestHasAnswered_hasTakenNotice() {
    machine.then(
        () -> {
          machine.acknowledge();
          machine.power = PowerState.OFF;
        });
    commands.send(ID, STOP);
  }

  @Test
  void vmThatIsStartedAnew_onceItsGuestHasAnswered_hasTakenNotice() {
    machine.then(
        () -> {
          machine.acknowledge();
          machine.variables.putAll(GuestProtocol.announceRun(4));
        });
    commands.send(ID, STOP);
  }

  @Test
  void vmThatIsStartedAnew_beforeItsGuestHasAnswered_isAConflict() {
    machine.then(() -> machine.variables.putAll(GuestProtocol.announceRun(4)));
    assertThatThrownBy(() -> commands.send(ID, HUP)).isInstanceOf(ConflictException.class);
  }

  @Test
  void commandThatAnotherReplaced_isAConflict() {
    machine.then(
        () -> {
          machine.acknowledge(); // Which nobody sees.
          machine.issue(STOP);
          machine.acknowledge();
        });
    assertThatThrownBy(() -> commands.send(ID, HUP)).isInstanceOf(ConflictException.class);
  }

  @Test
  void vmThatIsGone_isNotFound() {
    machine.then(() -> machine.isThere = false);
    assertThatThrownBy(() -> commands.send(ID, HUP)).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> commands.send(ID, HUP)).isInstanceOf(NotFoundException.class);
  }

  @Test
  void vmThatDoesNotSpeakTheProtocol_isUnavailable() {
    machine.variables.clear();
    assertThatThrownBy(() -> commands.send(ID, HUP)).isInstanceOf(UnavailableException.class);
  }

  @Test
  void sessionThatCannotBe_isNotFound() {
    assertThatThrownBy(
            () -> commands.send(ID, new GuestCommand.SendSignal("x".repeat(9999), Signal.HUP)))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void interruptedSender_isCancelled() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> commands.send(ID, HUP)).isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void negativeTimeout_isRefused() {
    assertThatThrownBy(() -> VariableCommands.over(machine, Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** A guest that answers on a thread of its own; each of its answers may come as the next one. */
  @Test
  void manySenders_takeTurns_andEachIsAnsweredForItself() throws Exception {
    ManyThreads guest = new ManyThreads();
    VariableCommands threads = VariableCommands.over(guest, Duration.ofSeconds(30));
    ExecutorService executor = Executors.newCachedThreadPool();
    try {
      List<CompletableFuture<Void>> senders = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        String session = i % 2 == 0 ? "main" : "none";
        GuestCommand command = new GuestCommand.SendSignal(session, Signal.HUP);
        senders.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int round = 0; round < 20; round++) {
                    if (session.equals("main")) {
                      threads.send(ID, command);
                    } else {
                      assertThatThrownBy(() -> threads.send(ID, command))
                          .isInstanceOf(NotFoundException.class);
                    }
                  }
                },
                executor));
      }
      for (CompletableFuture<Void> sender : senders) {
        sender.get(50, TimeUnit.SECONDS);
      }
      assertThat(guest.handled).isEqualTo(160);
    } finally {
      executor.shutdownNow();
      guest.thread.shutdownNow();
    }
  }

  private static final class ManyThreads implements VariableCommands.Machines {
    private final Machine machine = new Machine();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private int handled;

    @Override
    public synchronized Optional<VmRecord> find(String id) {
      return machine.find(id);
    }

    @Override
    public synchronized VmRecord reconfigure(
        String id, Map<String, String> changes, String version) {
      VmRecord record = machine.reconfigure(id, changes, version);
      thread.execute(this::handle);
      return record;
    }

    private synchronized void handle() {
      GuestCommand command = machine.open().orElseThrow().command();
      if (command instanceof GuestCommand.SendSignal send && send.session().equals("none")) {
        machine.refuse(Refusal.NOT_FOUND);
      } else {
        machine.acknowledge();
      }
      machine.changeVersion++;
      handled++;
      notifyAll();
    }

    @Override
    public synchronized Optional<VmRecord> await(
        String id, Predicate<VmRecord> condition, Duration timeout) {
      try {
        while (!condition.test(machine.record())) {
          wait();
        }
        return Optional.of(machine.record());
      } catch (InterruptedException e) {
        throw CancelledException.from(e, "a wait");
      }
    }
  }
}
