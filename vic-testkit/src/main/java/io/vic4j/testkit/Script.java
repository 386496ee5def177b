package io.vic4j.testkit;

import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.LogEntry;
import io.vic4j.core.vm.Signal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a process in an in-memory VM does, instead of a program: prints, takes its time, ends. Begun
 * with one of the factories, ended with {@code exits}, {@code killedBy}, {@code runsOutOfMemory} or
 * {@code runsForever}:
 *
 * <pre>{@code
 * Script.prints("no disk").after(Duration.ofSeconds(30)).exits(3)
 * }</pre>
 *
 * <p>A signal that the script does not {@linkplain #onSignal trap} ends it as Linux has it.
 * Immutable.
 */
public final class Script {
  /** One thing that a script does. */
  sealed interface Step {}

  record Print(LogEntry.Output output, ByteBuffer content) implements Step {}

  record Pause(Duration duration) implements Step {}

  record Forever() implements Step {}

  record CopyInput() implements Step {}

  record End(ExitStatus exit) implements Step {}

  record OutOfMemory() implements Step {}

  record FailToStart(int code, String message) implements Step {}

  private final List<Step> steps;
  private final Map<Signal, Script> traps;

  private Script(List<Step> steps, Map<Signal, Script> traps) {
    this.steps = List.copyOf(steps);
    this.traps = Collections.unmodifiableMap(new HashMap<>(traps));
  }

  /** Prints a line of text to standard output. */
  public static Steps prints(String line) {
    return new Steps(List.of()).prints(line);
  }

  /** Prints a line of text to standard error. */
  public static Steps printsError(String line) {
    return new Steps(List.of()).printsError(line);
  }

  /** Prints bytes to standard output as they are. */
  public static Steps printsBytes(byte[] content) {
    return new Steps(List.of()).printsBytes(content);
  }

  /** Lets some time pass. */
  public static Steps after(Duration duration) {
    return new Steps(List.of()).after(duration);
  }

  /** Prints what comes on its standard input, until that ends, as cat(1) does. */
  public static Steps copiesInput() {
    return new Steps(List.of()).copiesInput();
  }

  /** Ends at once with this code. */
  public static Script exits(int code) {
    return new Steps(List.of()).exits(code);
  }

  /** Ends at once, killed by this signal. */
  public static Script killedBy(Signal signal) {
    return new Steps(List.of()).killedBy(signal);
  }

  /** Is killed at once for want of memory. */
  public static Script runsOutOfMemory() {
    return new Steps(List.of()).runsOutOfMemory();
  }

  /** Never ends by itself. */
  public static Script runsForever() {
    return new Steps(List.of()).runsForever();
  }

  /**
   * Does not even begin.
   *
   * @param code 127 if the program is not there, 126 if it cannot be executed
   * @param message why, as the guest reports it
   */
  public static Script failsToStart(int code, String message) {
    return new Script(List.of(new FailToStart(code, message)), Map.of());
  }

  /**
   * The same, but when the signal comes the process leaves what it is at and does {@code reaction};
   * other traps stay. {@link Signal#KILL} cannot be trapped.
   */
  public Script onSignal(Signal signal, Script reaction) {
    if (signal.equals(Signal.KILL)) {
      throw new IllegalArgumentException("SIGKILL cannot be trapped");
    }
    Map<Signal, Script> all = new HashMap<>(traps);
    all.put(signal, reaction);
    return new Script(steps, all);
  }

  /** The same, but the signal does nothing to it. */
  public Script ignores(Signal signal) {
    return onSignal(signal, new Script(List.of(), Map.of()));
  }

  List<Step> steps() {
    return steps;
  }

  Map<Signal, Script> traps() {
    return traps;
  }

  /** Whether this, as a reaction to a signal, is to take no notice of it. */
  boolean isNothing() {
    return steps.isEmpty();
  }

  /** What a process does, up to now; not its end yet. Immutable. */
  public static final class Steps {
    private final List<Step> steps;

    private Steps(List<Step> steps) {
      this.steps = steps;
    }

    private static ByteBuffer copyOf(byte[] content) {
      return ByteBuffer.wrap(content.clone()).asReadOnlyBuffer();
    }

    private Steps with(Step step) {
      List<Step> all = new ArrayList<>(steps);
      all.add(step);
      return new Steps(List.copyOf(all));
    }

    /** Then prints a line of text to standard output. */
    public Steps prints(String line) {
      return with(
          new Print(
              LogEntry.Output.STDOUT, copyOf((line + "\n").getBytes(StandardCharsets.UTF_8))));
    }

    /** Then prints a line of text to standard error. */
    public Steps printsError(String line) {
      return with(
          new Print(
              LogEntry.Output.STDERR, copyOf((line + "\n").getBytes(StandardCharsets.UTF_8))));
    }

    /** Then prints bytes to standard output as they are. */
    public Steps printsBytes(byte[] content) {
      return with(new Print(LogEntry.Output.STDOUT, copyOf(content)));
    }

    /** Then lets some time pass. */
    public Steps after(Duration duration) {
      if (duration.isNegative()) {
        throw new IllegalArgumentException("time does not go back: " + duration);
      }
      return with(new Pause(duration));
    }

    /** Then prints what comes on its standard input, until that ends. */
    public Steps copiesInput() {
      return with(new CopyInput());
    }

    /** Then ends with this code. */
    public Script exits(int code) {
      return new Script(with(new End(ExitStatus.exited(code))).steps, Map.of());
    }

    /** Then is killed by this signal. */
    public Script killedBy(Signal signal) {
      return new Script(with(new End(ExitStatus.signalled(signal))).steps, Map.of());
    }

    /** Then wants more memory than it may have, for which the kernel kills it. */
    public Script runsOutOfMemory() {
      return new Script(with(new OutOfMemory()).steps, Map.of());
    }

    /** Then does nothing more, and does not end. */
    public Script runsForever() {
      return new Script(with(new Forever()).steps, Map.of());
    }
  }
}
