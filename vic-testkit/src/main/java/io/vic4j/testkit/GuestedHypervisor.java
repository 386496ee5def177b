package io.vic4j.testkit;

import io.vic4j.core.TimeSource;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.FollowedLog;
import io.vic4j.core.vm.GuestCommand;
import io.vic4j.core.vm.GuestLinks;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.HypervisorCapacity;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.Subscription;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmListener;
import io.vic4j.core.vm.VmRecord;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/*
 * Why nothing here races with a clock that those who wait by it move. Whatever a guest does is done
 * on one thread, and each piece of it ends only when the hypervisor shows it and all who watch have
 * been told. The threads that set it off wait for that: who powers a VM on, sends a command or does
 * anything else with a VM through here, and the one that moves the clock, for a guest's timers wait
 * in it as well. So time does not pass while a guest is at something; and nobody who begins to wait
 * after that can miss what it has done. The waiting itself is in real time, and for things that
 * happen at once. The hypervisor below must therefore not measure by the guests' clock.
 *
 * A command finds its guest through the hypervisor's watch, as it would a real one: the thread that
 * sends it is in the hypervisor below meanwhile, and waits there for the ack. The guest powers off
 * after the ack; the sender waits for that, too.
 */
/**
 * A hypervisor whose VMs have no guests, with guests: they follow {@link Script}s like those of a
 * {@link MemoryHypervisor}, read the variables that the hypervisor shows, and write through a
 * {@link Backdoor}. With it, {@link io.vic4j.testkit.contract.ScriptedContainerVmContract} and
 * {@link io.vic4j.testkit.contract.PodLifecycleContract} can be asked of an adapter for a
 * simulator.
 *
 * <p>All calls go to the hypervisor below, which tells guests of commands through variables, as
 * {@link io.vic4j.core.vm.VariableCommands} does. A VM that is powered on through this gets a guest
 * that boots in no time, until its power is gone, by whomever. A call that changes a VM returns
 * when its guest has done what comes of it at once and all who watch through this have been told;
 * so does whoever moves the guests' clock.
 *
 * <p>Guests live by a time source of their own choice, such as a {@link VirtualClock}; the
 * hypervisor below must measure its timeouts by the system's time.
 *
 * <p>Thread-safe. Listeners must not call what changes a VM. Closing this ends the guests, whose
 * VMs stay on, and its thread; the hypervisor below stays the caller's. Closing twice is fine.
 */
public final class GuestedHypervisor implements Hypervisor, AutoCloseable {
  private final Hypervisor real;
  private final ToldWatches watches;
  private final GuestPlayers players;

  private GuestedHypervisor(
      Hypervisor real,
      Backdoor backdoor,
      TimeSource time,
      ScriptSource scripts,
      @Nullable Datastore disks) {
    Pulse pulse = new Pulse();
    this.real = real;
    this.watches = new ToldWatches(real, pulse);
    this.players = new GuestPlayers(real, backdoor, time, scripts, disks, pulse, watches);
  }

  /**
   * This hypervisor, with guests that believe that their disks are as they should be.
   *
   * @param real what runs the VMs
   * @param backdoor how guests write
   * @param time what they live by
   * @param scripts what their processes do
   */
  public static GuestedHypervisor over(
      Hypervisor real, Backdoor backdoor, TimeSource time, ScriptSource scripts) {
    return new GuestedHypervisor(real, backdoor, time, scripts, null);
  }

  /**
   * This hypervisor, with guests that look whether their disks hold the file systems that they are
   * said to hold.
   *
   * @param real what runs the VMs
   * @param backdoor how guests write
   * @param time what they live by
   * @param scripts what their processes do
   * @param disks where the disks are
   */
  public static GuestedHypervisor over(
      Hypervisor real, Backdoor backdoor, TimeSource time, ScriptSource scripts, Datastore disks) {
    return new GuestedHypervisor(real, backdoor, time, scripts, disks);
  }

  @Override
  public String name() {
    return real.name();
  }

  @Override
  public HypervisorCapacity capacity() {
    return real.capacity();
  }

  @Override
  public Optional<String> networkProblem(String network) {
    return real.networkProblem(network);
  }

  @Override
  public VmRecord create(VmDefinition definition) {
    return settled(definition.id(), false, () -> real.create(definition));
  }

  @Override
  public Optional<VmRecord> find(String id) {
    return real.find(id);
  }

  @Override
  public Optional<VmRecord> findByName(String scope, String name) {
    return real.findByName(scope, name);
  }

  @Override
  public List<VmRecord> list(String scope) {
    return real.list(scope);
  }

  @Override
  public VmRecord powerOn(String id) {
    // If it is on already, somebody else has done that, and its guest is his to play.
    boolean wasOff = real.find(id).filter(vm -> vm.power() == PowerState.OFF).isPresent();
    return settled(id, wasOff, () -> real.powerOn(id));
  }

  @Override
  public VmRecord powerOff(String id) {
    return settled(id, false, () -> real.powerOff(id));
  }

  @Override
  public void remove(String id) {
    String unused =
        settled(
            id,
            false,
            () -> {
              real.remove(id);
              return id;
            });
  }

  @Override
  public VmRecord reconfigure(String id, Map<String, String> changes, String changeVersion) {
    return settled(id, false, () -> real.reconfigure(id, changes, changeVersion));
  }

  @Override
  public VmRecord plug(String id, List<DiskAttachment> disks) {
    return settled(id, false, () -> real.plug(id, disks));
  }

  @Override
  public VmRecord rename(String id, String name) {
    return settled(id, false, () -> real.rename(id, name));
  }

  @Override
  public void send(String id, GuestCommand command) {
    String unused =
        settled(
            id,
            false,
            () -> {
              real.send(id, command);
              return id;
            });
  }

  @Override
  public Subscription watch(String scope, VmListener listener) {
    Subscription watch = watches.open(scope, listener);
    try {
      players.settleScope(scope);
    } catch (RuntimeException e) {
      watch.close();
      throw e;
    }
    return watch;
  }

  @Override
  public InputStream openLog(String id, String log, long from) {
    return real.openLog(id, log, from);
  }

  @Override
  public FollowedLog followLog(String id, String log, long from) {
    return real.followLog(id, log, from);
  }

  @Override
  public Optional<GuestLinks> guestLinks() {
    return real.guestLinks();
  }

  private <T> T settled(String id, boolean boots, Supplier<T> work) {
    T result;
    try {
      result = work.get();
    } catch (RuntimeException e) {
      try {
        players.settle(id, boots); // It may have happened all the same.
      } catch (RuntimeException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
    players.settle(id, boots);
    return result;
  }

  @Override
  public void close() {
    players.close();
  }
}
