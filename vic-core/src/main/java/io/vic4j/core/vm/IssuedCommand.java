package io.vic4j.core.vm;

import io.vic4j.core.InvalidArgumentException;

/**
 * A command as it lies with a VM for its guest; see {@link GuestProtocol}.
 *
 * @param run which start of the VM it is for: to the guest of another one it says nothing
 * @param seq its number among all commands that the VM ever got, from 1
 * @param command what the guest is to do
 */
public record IssuedCommand(long run, long seq, GuestCommand command) {
  /**
   * The highest number: the largest that all readers of JSON keep exactly (RFC 8259, section 6).
   */
  static final long MAX_SEQ = (1L << 53) - 1;

  /** Checks the number. */
  public IssuedCommand {
    if (seq < 1 || seq > MAX_SEQ) {
      throw new InvalidArgumentException("commands are numbered from 1 to " + MAX_SEQ);
    }
  }

  /** The acknowledgement that the guest has done it. */
  public CommandAck done() {
    return CommandAck.done(run, seq);
  }

  /** The acknowledgement that the guest has not done it, and why. */
  public CommandAck refused(CommandAck.Refusal refusal) {
    return CommandAck.refused(run, seq, refusal);
  }
}
