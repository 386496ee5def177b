package io.vic4j.testkit;

import io.vic4j.core.vm.ExitStatus;
import io.vic4j.core.vm.GuestAction;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with a probe or a hook, in the words of a kubelet: tests may look for them.
 *
 * <p>Source: Kubernetes, {@code pkg/probe}; the words of Go's libraries where these speak.
 */
final class Complaints {
  private static final String LOOPBACK = "127.0.0.1";

  private Complaints() {}

  /**
   * What is wrong with an answer; empty if nothing is.
   *
   * @param timeout how long it was waited for; null for ever
   */
  static Optional<String> of(GuestAction action, ProbeAnswer answer, @Nullable Duration timeout) {
    if (answer instanceof ProbeAnswer.Ok) {
      return Optional.empty();
    }
    if (answer instanceof ProbeAnswer.Status status) {
      return ofStatus(action, status.code());
    }
    boolean refused = answer instanceof ProbeAnswer.Refused;
    if (action instanceof GuestAction.HttpGet get) {
      String address = address(get.host(), get.port());
      return Optional.of(
          "Get \""
              + (get.tls() ? "https" : "http")
              + "://"
              + address
              + get.path()
              + "\": "
              + (refused
                  ? refused(address)
                  : "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"));
    }
    if (action instanceof GuestAction.TcpConnect connect) {
      String address = address(connect.host(), connect.port());
      return Optional.of(refused ? refused(address) : "dial tcp " + address + ": i/o timeout");
    }
    if (action instanceof GuestAction.Grpc grpc) {
      String address = address(Optional.empty(), grpc.port());
      return Optional.of(
          refused
              ? "error: failed to connect service at \"" + address + "\": " + refused(address)
              : "timeout: failed to connect service \""
                  + address
                  + "\" within "
                  + seconds(timeout)
                  + ": context deadline exceeded");
    }
    return Optional.of(
        "command timed out: \"" + command(action) + "\" timed out after " + seconds(timeout));
  }

  private static Optional<String> ofStatus(GuestAction action, int code) {
    if ((code >= 200 && code < 400) || action instanceof GuestAction.TcpConnect) {
      return Optional.empty();
    }
    return Optional.of(
        action instanceof GuestAction.Grpc
            ? "service unhealthy (responded with \"NOT_SERVING\")"
            : "HTTP probe failed with statuscode: " + code);
  }

  /** What is wrong with a hook whose program has failed. */
  static String ofHook(GuestAction action, ExitStatus exit, String output) {
    return "command '" + command(action) + "' " + exit + ": " + output;
  }

  private static String command(GuestAction action) {
    List<String> argv = action instanceof GuestAction.Exec exec ? exec.argv() : List.of();
    return String.join(" ", argv);
  }

  private static String address(Optional<String> host, int port) {
    return host.orElse(LOOPBACK) + ":" + port;
  }

  private static String refused(String address) {
    return "dial tcp " + address + ": connect: connection refused";
  }

  /** As Go writes durations, where they are seconds. */
  private static String seconds(@Nullable Duration timeout) {
    Duration time = timeout == null ? Duration.ZERO : timeout;
    return time.toMillisPart() == 0 ? time.toSeconds() + "s" : time.toMillis() / 1000.0 + "s";
  }
}
