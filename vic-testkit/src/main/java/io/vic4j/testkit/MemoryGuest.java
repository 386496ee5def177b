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
  private final GuestConfig config;
  private final List<String> addresses;
  private final Map<String, ScriptedProcess> processes = new LinkedHashMap<>();
  private final SessionOrder order;
  private final GuestService service;
  private final GuestExchanges exchanges;
  private @Nullable GuestReport reported;
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
    for (SessionSpec asked : config.sessions()) {
      SessionSpec session =
          AddressMarks.isIn(asked) && !addresses.isEmpty()
              ? AddressMarks.put(asked, addresses)
              : asked;
      processes.put(session.name(), new ScriptedProcess(host, session, this::progress));
    }
    this.order = new SessionOrder(processes.values());
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
    config.deadline().ifPresent(time -> host.later(time, this::exceedDeadline));
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
            deadlineExceeded);
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
