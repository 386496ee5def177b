package io.vic4j.testkit;

import io.vic4j.core.vm.AddressMarks;
import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestAction;
import io.vic4j.core.vm.Health;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.LogFormat;
import io.vic4j.core.vm.SessionRun;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.Signal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One process of a session of an in-memory guest, from its begin to its end, with all that is done
 * beside it: checks, probes, hooks. All calls are made under the hypervisor's lock.
 */
final class ProcessLife implements ScriptRun.Surroundings, ScriptedProbes.Owner {
  /** The session whose process this is. */
  interface Session {
    /** Its probes or hooks complain; {@link #progress} comes later. */
    void complained(String trouble);

    /** The process is over. */
    void ended(ProcessLife life, ExitStatus exit);

    /** Something has happened that nobody outside has caused. */
    void progress();
  }

  /** The code of a process that could not begin, as a shell has it. */
  private static final int CANNOT_BEGIN = 126;

  private final GuestHost host;
  private final SessionSpec spec;
  private final Session session;
  private final Instant earliest;
  private @Nullable ScriptRun run;
  private @Nullable ScriptedHealth health;
  private @Nullable ScriptedProbes probes;
  private @Nullable ScriptedAction hook;
  private @Nullable ProcessEnding ending;
  private Instant begun = Instant.MIN;
  private @Nullable Instant started;
  private @Nullable Instant ended;
  private @Nullable ExitStatus exit;
  private String message = "";
  private boolean outOfMemory;
  private boolean settled; // Its hook after the begin is done.
  private boolean condemned;

  /**
   * A process that has not begun.
   *
   * @param earliest what it is on its clock at least, even if that of the host is behind
   */
  ProcessLife(GuestHost host, SessionSpec spec, Session session, Instant earliest) {
    this.host = host;
    this.spec = spec;
    this.session = session;
    this.earliest = earliest;
  }

  private Instant now() {
    Instant now = host.now();
    return now.isBefore(earliest) ? earliest : now;
  }

  /** Begins it; it may be over when this returns. */
  void begin() {
    String problem = diskProblem();
    if (!problem.isEmpty()) {
      message = problem;
      end(ExitStatus.unknown(problem));
      return;
    }
    if (AddressMarks.isIn(spec)) { // The guest had nothing to put in.
      message = "this machine has no network, and so no address that it could tell its process";
      end(ExitStatus.exited(CANNOT_BEGIN));
      return;
    }
    ScriptRun fresh = new ScriptRun(this, host.script(spec));
    run = fresh;
    if (!spec.stdin()) {
      fresh.endInput();
    }
    begun = host.now();
    started = now();
    health =
        spec.healthCheck()
            .map(check -> new ScriptedHealth(host, spec, check, session::progress))
            .orElse(null);
    fresh.start();
    Optional<GuestAction> first = spec.lifecycle().postStart();
    if (first.isEmpty()) {
      settle();
    } else if (isRunning()) {
      doBeside(first.get(), this::afterPostStart);
    }
  }

  private String diskProblem() {
    for (UUID layer : spec.layers()) {
      String problem = host.diskProblem(layer);
      if (!problem.isEmpty()) {
        return problem;
      }
    }
    return spec.scratch().map(host::diskProblem).orElse("");
  }

  private void afterPostStart(Optional<String> complaint) {
    if (complaint.isEmpty()) {
      settle();
    } else {
      complained("PostStartHook failed: " + complaint.get());
      condemned(spec.lifecycle().grace());
    }
    session.progress();
  }

  /** It has begun, perhaps is over already, and its hook is done: what comes now are the probes. */
  private void settle() {
    settled = started != null;
    if (isRunning() && ScriptedProbes.has(spec.lifecycle())) {
      ScriptedProbes fresh = new ScriptedProbes(host, spec, begun, this);
      probes = fresh;
      fresh.start();
    }
  }

  boolean isRunning() {
    return started != null && exit == null;
  }

  /** Whether it runs, or has run, and was up. */
  boolean wasUp() {
    ScriptedProbes its = probes;
    return settled && (its == null ? spec.lifecycle().startup().isEmpty() : its.isUp());
  }

  boolean isUp() {
    return isRunning() && wasUp();
  }

  boolean isReady() {
    ScriptedProbes its = probes;
    return isUp() && (its == null || its.isReady());
  }

  /** Whether it was ended because a probe or a hook has failed. */
  boolean wasCondemned() {
    return condemned;
  }

  Optional<Instant> started() {
    return Optional.ofNullable(started);
  }

  Optional<Instant> ended() {
    return Optional.ofNullable(ended);
  }

  Optional<ExitStatus> exit() {
    return Optional.ofNullable(exit);
  }

  Optional<Health> health() {
    return Optional.ofNullable(health).map(ScriptedHealth::health);
  }

  String message() {
    return message;
  }

  boolean isOutOfMemory() {
    return outOfMemory;
  }

  /** This, once it is over. */
  SessionRun record() {
    return new SessionRun(started(), ended(), exit().orElseThrow(), message, outOfMemory);
  }

  /**
   * Ends it well.
   *
   * @param grace how long it has; null for as long as it likes
   */
  void end(@Nullable Duration grace) {
    if (!isRunning()) {
      return;
    }
    ProcessEnding end = ending;
    if (end == null) {
      endWhatIsBeside();
      end = new ProcessEnding(host, spec, this);
      ending = end;
    }
    end.begin(grace);
  }

  /** Does something beside it, one thing at a time; whoever asks is told of its end. */
  void doBeside(GuestAction action, Consumer<Optional<String>> done) {
    ScriptedAction fresh = new ScriptedAction(host, spec, action, null, done);
    hook = fresh;
    fresh.start(begun);
  }

  private void endWhatIsBeside() {
    ScriptedProbes its = probes;
    if (its != null) {
      its.end();
    }
    ScriptedAction current = hook;
    hook = null;
    if (current != null) {
      current.cancel();
    }
  }

  void signal(Signal signal) {
    ScriptRun current = run;
    if (current != null) {
      current.signal(signal);
    }
  }

  /** Something for its standard input. */
  void input(byte[] content) {
    ScriptRun current = run;
    if (current != null) {
      current.input(content);
    }
  }

  /** The end of its standard input. */
  void endInput() {
    ScriptRun current = run;
    if (current != null) {
      current.endInput();
    }
  }

  // What its probes say.

  @Override
  public void complained(String trouble) {
    session.complained(trouble);
  }

  @Override
  public void changed() {
    session.progress();
  }

  @Override
  public void condemned(Duration grace) {
    condemned = true;
    end(grace);
  }

  // What its script does.

  @Override
  public void later(Duration delay, Runnable task) {
    host.later(delay, task);
  }

  @Override
  public void progress() {
    session.progress();
  }

  @Override
  public void outOfMemory() {
    outOfMemory = true;
    message = "out of memory: the kernel has killed a process of this session";
  }

  @Override
  public void print(LogEntry.Output output, ByteBuffer content) {
    while (content.hasRemaining()) {
      byte[] piece = new byte[Math.min(content.remaining(), LogFormat.MAX_CONTENT_BYTES)];
      content.get(piece);
      host.print(
          spec.name(), LogEntry.of(now(), spec.tty() ? LogEntry.Output.STDOUT : output, piece));
    }
  }

  @Override
  public void ended(ExitStatus status, boolean began, String why) {
    if (!began) {
      started = null;
      message = why;
    }
    ScriptedHealth checks = health;
    if (checks != null) {
      checks.end();
      if (!began) {
        health = null;
      }
    }
    endWhatIsBeside();
    end(status);
  }

  private void end(ExitStatus status) {
    exit = status;
    ended = now();
    session.ended(this, status);
  }
}
