package io.vic4j.testkit;

import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.vm.AddressMarks;
import io.vic4j.core.vm.GuestCommand;
import io.vic4j.core.vm.GuestConfig;
import io.vic4j.core.vm.GuestProtocol;
import io.vic4j.core.vm.GuestReport;
import io.vic4j.core.vm.GuestReport.Phase;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.SessionStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tether of an in-memory VM: reads its configuration, runs its sessions by their scripts and
 * reports, through the variables that a real one uses. One for each time the VM is powered on. Not
 * thread-safe: all of it happens under the hypervisor's lock.
 */
final class MemoryGuest {
  private final GuestHost host;
  private GuestConfig config;
  private final List<String> addresses;
  private final Map<String, ScriptedProcess> processes = new LinkedHashMap<>();
  private final SessionOrder order;
  private final GuestService service;
  private final GuestExchanges exchanges;
  private @Nullable GuestReport reported;
  private Instant bootTime = Instant.MIN;
  private int deadlines; // How many were set, of which the last one counts.
  private boolean booted;
  private boolean stopping;
  private boolean deadlineExceeded;
  private boolean progressing;
  private boolean progressed; // While it was at that.

  MemoryGuest(GuestHost host) {
    this.host = host;
    this.config = GuestProtocol.decodeConfig(host.variables());
    this.addresses = config.networks().isEmpty() ? List.of() : List.of("192.0.2.1");
    this.service = new GuestService(host, config.disks(), processes, this::progress);
    this.exchanges = new GuestExchanges(service);
    for (SessionSpec session : config.sessions()) {
      processes.put(session.name(), new ScriptedProcess(host, addressed(session), this::progress));
    }
    this.order = new SessionOrder(processes.values());
  }

  private SessionSpec addressed(SessionSpec session) {
    return AddressMarks.isIn(session) && !addresses.isEmpty()
        ? AddressMarks.put(session, addresses)
        : session;
  }

  boolean isBooted() {
    return booted;
  }

  /** What it was told last. */
  GuestConfig config() {
    return config;
  }

  /** What it does for hosts that connect. */
  GuestExchanges exchanges() {
    return exchanges;
  }

  /** Begins the sessions. */
  void boot() {
    booted = true;
    bootTime = host.now();
    watchDeadline();
    progress();
  }

  private void watchDeadline() {
    int number = ++deadlines;
    config
        .deadline()
        .map(time -> Duration.between(host.now(), bootTime.plus(time)))
        .ifPresent(
            left ->
                host.later(
                    left.isNegative() ? Duration.ZERO : left,
                    () -> {
                      if (number == deadlines) {
                        exceedDeadline();
                      }
                    }));
  }

  /** Follows what it is to do now, if that was changed since it looked. */
  void lookAtConfig() {
    Map<String, String> variables = host.variables();
    if (GuestProtocol.configRevision(variables) == config.revision()) {
      return;
    }
    GuestConfig before = config;
    config = GuestProtocol.decodeConfig(variables);
    if (!config.deadline().equals(before.deadline())) {
      watchDeadline();
    }
    for (SessionSpec session : config.sessions()) {
      ScriptedProcess process = processes.get(session.name());
      if (process != null && process.revise(addressed(session))) {
        service.forgetFiles(session.name());
      }
    }
    progress();
  }

  private void exceedDeadline() {
    deadlineExceeded = !order.isDone();
    end(order::exceedDeadline);
  }

  /** Begins and ends sessions, reports, and powers off if there is nothing left to do. */
  private void progress() {
    if (!booted) {
      return;
    }
    progressed = true;
    if (progressing) {
      return; // What began or ended a session was this.
    }
    progressing = true;
    try {
      while (progressed) {
        progressed = false;
        order.goOn();
        service.look();
      }
      report();
    } finally {
      progressing = false;
    }
    if (order.isDone() && (stopping || config.powerOffWhenDone())) {
      host.powerOff();
    }
  }

  private boolean isEnding() {
    return stopping || (config.powerOffWhenDone() && order.isFinishing() && !order.isDone());
  }

  private void report() {
    List<SessionStatus> sessions = new ArrayList<>(processes.size());
    processes.values().forEach(process -> sessions.add(process.status()));
    GuestReport report =
        new GuestReport(
            config.run(),
            isEnding() ? Phase.STOPPING : Phase.RUNNING,
            sessions,
            addresses,
            deadlineExceeded,
            config.revision());
    if (!report.equals(reported)) {
      reported = report;
      host.setVariables(GuestProtocol.encode(report));
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
      progress();
    } else if (command instanceof GuestCommand.Kill) {
      end(order::kill);
    } else {
      end(order::stop);
    }
  }

  private void end(Runnable how) {
    stopping = true;
    service.stop();
    how.run();
    progress();
  }
}
