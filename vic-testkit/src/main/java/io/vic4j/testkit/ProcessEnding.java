package io.vic4j.testkit;

import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.Signal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a guest ends one process: what its session wants done before, its stop signal, and the kill
 * when its time is over. All calls are made under the hypervisor's lock.
 */
final class ProcessEnding {
  private final GuestHost host;
  private final SessionSpec spec;
  private final ProcessLife process;
  private boolean begun;

  ProcessEnding(GuestHost host, SessionSpec spec, ProcessLife process) {
    this.host = host;
    this.spec = spec;
    this.process = process;
  }

  /**
   * Ends it. Where it is being ended already, nothing is done twice, but its time may become
   * shorter.
   *
   * @param grace how long it has; null for as long as it likes
   */
  void begin(@Nullable Duration grace) {
    if (grace != null) {
      host.later(grace, this::kill);
    }
    if (begun || !process.isRunning()) {
      return;
    }
    begun = true;
    spec.lifecycle()
        .preStop()
        .ifPresentOrElse(
            hook ->
                process.doBeside(
                    hook,
                    complaint -> {
                      complaint.ifPresent(it -> process.complained("PreStopHook failed: " + it));
                      process.signal(spec.stopSignal());
                      process.changed();
                    }),
            () -> process.signal(spec.stopSignal()));
  }

  private void kill() {
    if (process.isRunning()) {
      process.signal(Signal.KILL);
      process.changed();
    }
  }
}
