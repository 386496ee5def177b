package io.vic4j.core.vm;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Something that the guest does beside a session, to find out how it is or to tell it something.
 * Addresses are seen from within the guest. Immutable.
 */
public sealed interface GuestAction {
  /**
   * Runs a program in the session's root, as its user. Well if it exits with 0.
   *
   * @param argv the program and its arguments
   */
  record Exec(List<String> argv) implements GuestAction {
    /** Checks that there is a program. */
    public Exec {
      argv = List.copyOf(argv);
      Rules.check(!argv.isEmpty() && !argv.get(0).isEmpty(), "exec", "there is no program to run");
      for (String argument : argv) {
        Rules.check(Rules.isText(argument), "exec", "a NUL character cannot be passed");
      }
    }

    /** Runs this program. */
    public static Exec of(String... argv) {
      return new Exec(List.of(argv));
    }
  }

  /**
   * Sends {@code GET} over HTTP/1.1. Well if the answer's status is 200 to 399.
   *
   * @param host the host; the guest itself, at its loopback address, where empty
   * @param port the TCP port: 1 to 65,535
   * @param path the request's target: begins with a slash
   * @param headers further header fields, in order
   * @param tls whether over TLS; whoever's certificate is taken, as Kubernetes does
   */
  record HttpGet(
      Optional<String> host, int port, String path, List<HttpHeader> headers, boolean tls)
      implements GuestAction {
    /** Checks all fields. */
    public HttpGet {
      headers = List.copyOf(headers);
      Rules.checkAddress(host, port, "httpGet");
      Rules.check(
          path.startsWith("/") && Rules.isLine(path), "httpGet", "'" + path + "' is no path");
    }

    /** Asks the guest itself, without TLS. */
    public static HttpGet of(int port, String path) {
      return new HttpGet(Optional.empty(), port, path, List.of(), false);
    }
  }

  /**
   * A field of a request's header.
   *
   * @param name such as {@code Accept}
   * @param value one line
   */
  record HttpHeader(String name, String value) {
    /** Checks that they are one line. */
    public HttpHeader {
      Rules.check(
          !name.isEmpty() && Rules.isLine(name) && name.indexOf(':') < 0 && Rules.isLine(value),
          "httpGet",
          "'" + name + "' and its value are no header field");
    }
  }

  /**
   * Connects, and hangs up. Well if it could.
   *
   * @param host the host; the guest itself, at its loopback address, where empty
   * @param port the TCP port: 1 to 65,535
   */
  record TcpConnect(Optional<String> host, int port) implements GuestAction {
    /** Checks the address. */
    public TcpConnect {
      Rules.checkAddress(host, port, "tcpSocket");
    }

    /** Connects to the guest itself. */
    public static TcpConnect of(int port) {
      return new TcpConnect(Optional.empty(), port);
    }
  }

  /**
   * Asks a gRPC service of the guest itself how it is, without TLS. Well if it is {@code SERVING}.
   * Source: gRPC Health Checking Protocol, {@code grpc.health.v1.Health/Check}.
   *
   * @param port the TCP port: 1 to 65,535
   * @param service which service; may be empty
   */
  record Grpc(int port, String service) implements GuestAction {
    /** Checks all fields. */
    public Grpc {
      Rules.checkAddress(Optional.empty(), port, "grpc");
      Rules.check(Rules.isLine(service), "grpc", "'" + service + "' is no service's name");
    }
  }

  /**
   * Waits. Always well. Only of hooks.
   *
   * @param duration how long; whole milliseconds
   */
  record Sleep(Duration duration) implements GuestAction {
    /** Checks that it is a time. */
    public Sleep {
      Rules.check(
          !duration.isNegative() && duration.toNanosPart() % 1_000_000 == 0,
          "sleep",
          duration + " is no time to wait (want whole milliseconds)");
    }
  }

  /** What the records check. */
  final class Rules {
    private static final int MAX_PORT = 0xFFFF;

    private Rules() {}

    static void checkAddress(Optional<String> host, int port, String field) {
      check(port >= 1 && port <= MAX_PORT, field, port + " is no port (want 1 to 65535)");
      check(
          host.filter(it -> it.isEmpty() || !isLine(it) || it.indexOf(' ') >= 0).isEmpty(),
          field,
          "'" + host.orElse("") + "' is no host");
    }

    static boolean isText(String text) {
      return text.indexOf('\0') < 0;
    }

    static boolean isLine(String text) {
      return text.chars().noneMatch(c -> (c < ' ' && c != '\t') || c == 0x7F);
    }

    static void check(boolean right, String field, String problem) {
      if (!right) {
        throw new InvalidSpecException(field, problem);
      }
    }
  }
}
