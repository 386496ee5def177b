package io.vic4j.testkit;

import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.vm.GuestCommand;
import io.vic4j.core.vm.GuestConfig;
import io.vic4j.core.vm.GuestProtocol;
import io.vic4j.core.vm.GuestReport;
import io.vic4j.core.vm.GuestReport.Phase;
import io.vic4j.core.vm.Signal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tether of an in-memory VM: reads its configuration, runs its sessions by their scripts and
 * reports, through the variables that a real one uses. One for each time the VM is powered on. Not
 * thread-safe: all of it happens under the hypervisor's lock.
 */
final class MemoryGuest {
  private final GuestHost host;
  private final GuestConfig config;
  private final Map<String, ScriptedProcess> processes = new LinkedHashMap<>();
  private final GuestService service;
  private final GuestExchanges exchanges;
  private boolean booted;
  private boolean stopping;

  MemoryGuest(GuestHost host) {
    this.host = host;
    this.config = GuestProtocol.decodeConfig(host.variables());
    this.service = new GuestService(host, processes, this::progress);
    this.exchanges = new GuestExchanges(service);
    config
        .sessions()
        .forEach(
            session ->
                processes.put(session.name(), new ScriptedProcess(host, session, this::progress)));
  }

  boolean isBooted() {
    return booted;
  }

  /** What it does for hosts that connect. */
  GuestExchanges exchanges() {
    return exchanges;
  }

  /** Begins the sessions. */
  void boot() {
    booted = true;
    processes.values().forEach(ScriptedProcess::start);
    progress();
  }

  /** Reports, and powers off if there is nothing left to do. */
  private void progress() {
    if (!booted) {
      return;
    }
    host.setVariables(
        GuestProtocol.encode(
            new GuestReport(
                config.run(),
                stopping ? Phase.STOPPING : Phase.RUNNING,
                processes.values().stream().map(ScriptedProcess::status).toList(),
                config.networks().isEmpty() ? List.of() : List.of("192.0.2.1"),
                false)));
    service.look();
    boolean done = processes.values().stream().allMatch(ScriptedProcess::isOver);
    if (done && (stopping || config.powerOffWhenDone())) {
      host.powerOff();
    }
  }

  void take(GuestCommand command) {
    if (command instanceof GuestCommand.SendSignal send) {
      ScriptedProcess process = processes.get(send.session());
      if (process == null) {
        throw new NotFoundException("session", send.session());
      }
      if (!process.isRunning()) {
        throw new ConflictException("session " + send.session() + " does not run");
      }
      process.signal(send.signal());
    } else {
      stopping = true;
      service.stop();
      boolean kill = command instanceof GuestCommand.Kill;
      for (ScriptedProcess process : processes.values()) {
        process.startNoMore();
        if (process.isRunning()) {
          process.signal(kill ? Signal.KILL : process.stopSignal());
        }
      }
    }
    progress();
  }
}
