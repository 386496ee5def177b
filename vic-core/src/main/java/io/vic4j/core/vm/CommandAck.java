package io.vic4j.core.vm;

import java.util.Optional;

/**
 * What a guest says of the command that it has handled last; see {@link GuestProtocol}.
 *
 * @param run the command's run
 * @param seq the command's number
 * @param refusal why it has not done it; empty if it has
 */
public record CommandAck(long run, long seq, Optional<Refusal> refusal) {
  /** Why a guest does not do what it is told. */
  public enum Refusal {
    /** It has no such session. */
    NOT_FOUND,
    /** The session does not run. */
    CONFLICT
  }

  static CommandAck done(long run, long seq) {
    return new CommandAck(run, seq, Optional.empty());
  }

  static CommandAck refused(long run, long seq, Refusal refusal) {
    return new CommandAck(run, seq, Optional.of(refusal));
  }

  /** Whether this is about that command. */
  public boolean answers(IssuedCommand command) {
    return run == command.run() && seq == command.seq();
  }
}
