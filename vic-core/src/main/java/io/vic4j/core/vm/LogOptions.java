package io.vic4j.core.vm;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.vm.LogEntry.Output;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Which part of a log is read.
 *
 * @param position where to begin: the {@link LogReader#position} of an earlier reader; 0 for the
 *     beginning
 * @param follow whether to wait for more at the end, until the session is over
 * @param tail only the last so many lines of what is there; empty for all
 * @param since nothing that was printed before; empty for the beginning
 * @param until nothing that was printed at this time or later; empty for the end
 * @param outputs from which outputs; at least one
 */
public record LogOptions(
    long position,
    boolean follow,
    OptionalLong tail,
    Optional<Instant> since,
    Optional<Instant> until,
    Set<Output> outputs) {
  /** All that there is, of both outputs. */
  public static final LogOptions ALL =
      new LogOptions(
          0,
          false,
          OptionalLong.empty(),
          Optional.empty(),
          Optional.empty(),
          EnumSet.allOf(Output.class));

  /** Checks the numbers and copies the outputs. */
  public LogOptions {
    outputs = Set.copyOf(outputs);
    if (position < 0 || (tail.isPresent() && tail.getAsLong() < 0) || outputs.isEmpty()) {
      throw new InvalidArgumentException(
          "a log is read from position 0 on, by 0 lines or more, of at least one output");
    }
  }

  /** The same, from where an earlier reader has come to. */
  public LogOptions from(long start) {
    return new LogOptions(start, follow, tail, since, until, outputs);
  }

  /** The same, but waiting for more at the end. */
  public LogOptions following() {
    return new LogOptions(position, true, tail, since, until, outputs);
  }

  /** The same, but only the last so many lines of what is there. */
  public LogOptions lastLines(long lines) {
    return new LogOptions(position, follow, OptionalLong.of(lines), since, until, outputs);
  }

  /** The same, but nothing that was printed before this time. */
  public LogOptions since(Instant time) {
    return new LogOptions(position, follow, tail, Optional.of(time), until, outputs);
  }

  /** The same, but nothing that was printed at this time or later. */
  public LogOptions until(Instant time) {
    return new LogOptions(position, follow, tail, since, Optional.of(time), outputs);
  }

  /** The same, of one output only. */
  public LogOptions only(Output output) {
    return new LogOptions(position, follow, tail, since, until, Set.of(output));
  }

  boolean has(LogEntry entry) {
    return outputs.contains(entry.output())
        && since.filter(entry.time()::isBefore).isEmpty()
        && until.filter(time -> !entry.time().isBefore(time)).isEmpty();
  }
}
