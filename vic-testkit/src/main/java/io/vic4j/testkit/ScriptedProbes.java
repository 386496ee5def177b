package io.vic4j.testkit;

import io.vic4j.core.vm.Probe;
import io.vic4j.core.vm.SessionLifecycle;
import io.vic4j.core.vm.SessionSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The probes of one process of an in-memory guest: first the one that says that it is up, then the
 * others. All calls are made under the hypervisor's lock.
 */
final class ScriptedProbes {
  /** What has the process. */
  interface Owner {
    /** A probe has failed, whether that counts or not; {@link #changed} comes later. */
    void complained(String trouble);

    /** There is something new of it: a complaint, or it is up, or ready, or not ready. */
    void changed();

    /**
     * It must be ended.
     *
     * @param grace how long it has to end well
     */
    void condemned(Duration grace);
  }

  private final GuestHost host;
  private final SessionSpec session;
  private final SessionLifecycle lifecycle;
  private final Instant begun;
  private final Owner owner;
  private @Nullable ScriptedProbe startup;
  private @Nullable ScriptedProbe readiness;
  private @Nullable ScriptedProbe liveness;
  private boolean up;
  private boolean ready;

  /**
   * The probes of a process.
   *
   * @param begun when the process began
   */
  ScriptedProbes(GuestHost host, SessionSpec session, Instant begun, Owner owner) {
    this.host = host;
    this.session = session;
    this.lifecycle = session.lifecycle();
    this.begun = begun;
    this.owner = owner;
    this.up = lifecycle.startup().isEmpty();
    this.ready = lifecycle.readiness().isEmpty();
  }

  /** Whether there is something for this to do. */
  static boolean has(SessionLifecycle lifecycle) {
    return lifecycle.startup().isPresent()
        || lifecycle.readiness().isPresent()
        || lifecycle.liveness().isPresent();
  }

  boolean isUp() {
    return up;
  }

  boolean isReady() {
    return up && ready;
  }

  void start() {
    Optional<Probe> first = lifecycle.startup();
    if (first.isEmpty()) {
      startOthers();
      return;
    }
    ScriptedProbe probe = probe(first.get(), "Startup", this::countStartup);
    startup = probe;
    probe.start();
  }

  private void startOthers() {
    lifecycle.readiness().ifPresent(it -> readiness = probe(it, "Readiness", this::countReadiness));
    lifecycle.liveness().ifPresent(it -> liveness = probe(it, "Liveness", this::countLiveness));
    if (readiness != null) {
      readiness.start();
    }
    if (liveness != null) {
      liveness.start();
    }
  }

  /** The process is being ended: it is not asked any more whether it must be. */
  void endVerdicts() {
    end(startup);
    end(liveness);
  }

  /** The process is over. */
  void end() {
    endVerdicts();
    end(readiness);
  }

  private static void end(@Nullable ScriptedProbe probe) {
    if (probe != null) {
      probe.end();
    }
  }

  /** What comes of a probe that counts; says whether that is something new. */
  private interface Verdict {
    boolean count(boolean well);
  }

  private ScriptedProbe probe(Probe probe, String kind, Verdict verdict) {
    return new ScriptedProbe(
        host,
        session,
        probe,
        begun,
        (complaint, counts) -> {
          complaint.ifPresent(it -> owner.complained(kind + " probe failed: " + it));
          boolean news = counts && verdict.count(complaint.isEmpty());
          if (news || complaint.isPresent()) {
            owner.changed();
          }
        });
  }

  private boolean countStartup(boolean well) {
    if (!well) {
      return condemn(startup);
    }
    end(startup);
    up = true;
    startOthers();
    return true;
  }

  private boolean countReadiness(boolean well) {
    boolean news = ready != well;
    ready = well;
    return news;
  }

  private boolean countLiveness(boolean well) {
    return !well && condemn(liveness);
  }

  private boolean condemn(@Nullable ScriptedProbe probe) {
    if (probe != null) {
      probe.end();
      owner.condemned(probe.probe().grace().orElse(lifecycle.grace()));
    }
    return true;
  }
}
