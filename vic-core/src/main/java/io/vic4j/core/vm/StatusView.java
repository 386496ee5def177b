package io.vic4j.core.vm;

import io.vic4j.core.vm.GuestReport.Phase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a hypervisor's record says of a container VM: a pure function, for nothing else is known of
 * a VM than what is kept with it.
 */
final class StatusView {
  /** The status of a VM that is no more. */
  static final ContainerVmStatus REMOVED =
      new ContainerVmStatus(
          ContainerVmState.REMOVED, List.of(), List.of(), Optional.empty(), false);

  private StatusView() {}

  /**
   * The status of a VM.
   *
   * @param report what its guest has reported of its last start
   */
  static ContainerVmStatus of(VmRecord record, ContainerVmSpec spec, Optional<GuestReport> report) {
    ContainerVmState state = state(record, report);
    Map<String, SessionStatus> reported = new HashMap<>();
    report.ifPresent(it -> it.sessions().forEach(one -> reported.put(one.name(), one)));
    List<SessionStatus> sessions = new ArrayList<>(spec.sessions().size());
    for (SessionSpec session : spec.sessions()) {
      SessionStatus status = reported.get(session.name());
      if (status == null) {
        status = SessionStatus.waiting(session.name());
      }
      sessions.add(state == ContainerVmState.STOPPED ? ended(status) : status);
    }
    List<String> addresses =
        state.isOn() ? report.map(GuestReport::addresses).orElse(List.of()) : List.of();
    return new ContainerVmStatus(
        state,
        sessions,
        addresses,
        record.bootTime(),
        report.map(GuestReport::deadlineExceeded).orElse(false));
  }

  /** The same of a VM that is about to be powered on. */
  static ContainerVmStatus starting(ContainerVmStatus status) {
    return new ContainerVmStatus(
        ContainerVmState.STARTING,
        status.sessions().stream().map(it -> SessionStatus.waiting(it.name())).toList(),
        List.of(),
        Optional.empty(),
        false);
  }

  private static ContainerVmState state(VmRecord record, Optional<GuestReport> report) {
    return switch (record.power()) {
      case OFF ->
          GuestProtocol.run(record.variables()) == 0
              ? ContainerVmState.CREATED
              : ContainerVmState.STOPPED;
      case ON ->
          report
              .map(
                  it ->
                      it.phase() == Phase.STOPPING
                          ? ContainerVmState.STOPPING
                          : ContainerVmState.RUNNING)
              .orElse(ContainerVmState.STARTING);
      case SUSPENDED -> ContainerVmState.SUSPENDED;
      case UNKNOWN -> ContainerVmState.UNKNOWN;
    };
  }

  /** A session of a VM without power is over, even if nobody has seen its end. */
  private static SessionStatus ended(SessionStatus status) {
    if (status.exit().isPresent()) {
      return status;
    }
    String reason =
        status.started().isPresent()
            ? "the VM lost its power while the session ran"
            : "the VM lost its power before the session began";
    return status.lost(new ExitStatus.Unknown(reason));
  }
}
