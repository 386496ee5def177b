package io.vic4j.testkit;

import io.vic4j.core.vm.GuestAction;
import io.vic4j.core.vm.SessionSpec;
import java.time.Duration;

/**
 * Says what probes and hooks over the network find in an in-memory VM. Thread-safe, and quick.
 *
 * <pre>{@code
 * (session, action, sinceBegun) ->
 *     sinceBegun.toMinutes() < 2 ? ProbeAnswer.status(503) : ProbeAnswer.ok()
 * }</pre>
 */
@FunctionalInterface
public interface ProbeAnswers {
  /**
   * What this one finds.
   *
   * @param session whose it is
   * @param action how it asks: {@link GuestAction.HttpGet}, {@link GuestAction.TcpConnect} or
   *     {@link GuestAction.Grpc}
   * @param sinceBegun how long the session's process runs
   */
  ProbeAnswer answer(SessionSpec session, GuestAction action, Duration sinceBegun);
}
