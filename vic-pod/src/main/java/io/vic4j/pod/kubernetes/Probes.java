package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ExecAction;
import io.fabric8.kubernetes.api.model.GRPCAction;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Lifecycle;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.SleepAction;
import io.fabric8.kubernetes.api.model.TCPSocketAction;
import io.vic4j.core.vm.GuestAction;
import io.vic4j.core.vm.SessionLifecycle;
import io.vic4j.core.vm.SessionRole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How a container lives: its probes and hooks. */
final class Probes {
  private static final int MAX_PORT = 0xFFFF;

  private final Context context;

  Probes(Context context) {
    this.context = context;
  }

  SessionLifecycle of(Container container, String path, SessionRole role, Duration grace) {
    SessionLifecycle plain = SessionLifecycle.DEFAULT.withRole(role).withGrace(grace);
    if (role == SessionRole.INIT) {
      refuse(container.getStartupProbe(), path + ".startupProbe");
      refuse(container.getReadinessProbe(), path + ".readinessProbe");
      refuse(container.getLivenessProbe(), path + ".livenessProbe");
      refuse(container.getLifecycle(), path + ".lifecycle");
      return plain;
    }
    Optional<io.vic4j.core.vm.Probe> startup =
        probe(container.getStartupProbe(), container, path + ".startupProbe", false);
    Optional<io.vic4j.core.vm.Probe> readiness =
        probe(container.getReadinessProbe(), container, path + ".readinessProbe", true);
    Optional<io.vic4j.core.vm.Probe> liveness =
        probe(container.getLivenessProbe(), container, path + ".livenessProbe", false);
    Lifecycle hooks = Given.orElse(container.getLifecycle(), new Lifecycle());
    Optional<GuestAction> postStart =
        hook(hooks.getPostStart(), container, path + ".lifecycle.postStart");
    Optional<GuestAction> preStop =
        hook(hooks.getPreStop(), container, path + ".lifecycle.preStop");
    return context
        .checked(
            path,
            () ->
                new SessionLifecycle(role, startup, readiness, liveness, postStart, preStop, grace))
        .orElse(plain);
  }

  private void refuse(@Nullable Object given, String path) {
    if (given != null) {
      context.problems().invalid(path, "only of an init container whose restartPolicy is Always");
    }
  }

  private Optional<io.vic4j.core.vm.Probe> probe(
      @Nullable Probe given, Container container, String path, boolean readiness) {
    if (given == null) {
      return Optional.empty();
    }
    int before = context.problems().count();
    Optional<GuestAction> action =
        action(
            container,
            path,
            given.getExec(),
            given.getHttpGet(),
            given.getTcpSocket(),
            given.getGrpc(),
            null);
    int delay = number(given.getInitialDelaySeconds(), 0, path + ".initialDelaySeconds");
    int period = orDefault(given.getPeriodSeconds(), 10, path + ".periodSeconds");
    int timeout = orDefault(given.getTimeoutSeconds(), 1, path + ".timeoutSeconds");
    int successes = orDefault(given.getSuccessThreshold(), 1, path + ".successThreshold");
    int failures = orDefault(given.getFailureThreshold(), 3, path + ".failureThreshold");
    if (!readiness && successes != 1) {
      context.problems().invalid(path + ".successThreshold", "must be 1");
    }
    @Nullable Long grace = given.getTerminationGracePeriodSeconds();
    if (grace != null && (readiness || grace < 1)) {
      context
          .problems()
          .invalid(
              path + ".terminationGracePeriodSeconds",
              readiness ? "must not be set for readinessProbes" : "must be greater than 0");
    }
    if (context.problems().count() > before || action.isEmpty()) {
      return Optional.empty();
    }
    return context.checked(
        path,
        () ->
            new io.vic4j.core.vm.Probe(
                action.get(),
                Duration.ofSeconds(delay),
                Duration.ofSeconds(period),
                Duration.ofSeconds(timeout),
                successes,
                failures,
                Optional.ofNullable(grace).map(Duration::ofSeconds)));
  }

  private Optional<GuestAction> hook(
      @Nullable LifecycleHandler given, Container container, String path) {
    return given == null || given.getTcpSocket() != null // Refused by the table.
        ? Optional.empty()
        : action(
            container, path, given.getExec(), given.getHttpGet(), null, null, given.getSleep());
  }

  private Optional<GuestAction> action(
      Container container,
      String path,
      @Nullable ExecAction exec,
      @Nullable HTTPGetAction http,
      @Nullable TCPSocketAction tcp,
      @Nullable GRPCAction grpc,
      @Nullable SleepAction sleep) {
    long given = Stream.of(exec, http, tcp, grpc, sleep).filter(it -> it != null).count();
    if (given != 1) {
      context.problems().invalid(path, "must specify one handler type, not " + given);
      return Optional.empty();
    }
    if (exec != null) {
      return context.checked(
          path + ".exec", () -> new GuestAction.Exec(Given.list(exec.getCommand())));
    }
    if (http != null) {
      return httpGet(http, container, path + ".httpGet");
    }
    if (tcp != null) {
      OptionalInt port = port(tcp.getPort(), container, path + ".tcpSocket.port");
      return port.isEmpty()
          ? Optional.empty()
          : context.checked(
              path + ".tcpSocket",
              () -> new GuestAction.TcpConnect(host(tcp.getHost()), port.getAsInt()));
    }
    if (grpc != null) {
      return context.checked(
          path + ".grpc",
          () ->
              new GuestAction.Grpc(
                  Given.orElse(grpc.getPort(), 0), Given.text(grpc.getService(), "")));
    }
    return sleep == null
        ? Optional.empty()
        : context.checked(
            path + ".sleep",
            () -> new GuestAction.Sleep(Duration.ofSeconds(Given.orElse(sleep.getSeconds(), 0L))));
  }

  private Optional<GuestAction> httpGet(HTTPGetAction http, Container container, String path) {
    String scheme = Given.text(http.getScheme(), "HTTP");
    if (!scheme.equals("HTTP") && !scheme.equals("HTTPS")) {
      context.problems().invalid(path + ".scheme", "want HTTP or HTTPS, not " + scheme);
      return Optional.empty();
    }
    OptionalInt port = port(http.getPort(), container, path + ".port");
    if (port.isEmpty()) {
      return Optional.empty();
    }
    String target = Given.text(http.getPath(), "/");
    return context.checked(
        path,
        () -> {
          List<GuestAction.HttpHeader> headers = new ArrayList<>();
          Given.list(http.getHttpHeaders())
              .forEach(
                  it ->
                      headers.add(
                          new GuestAction.HttpHeader(
                              Given.text(it.getName(), ""), Given.text(it.getValue(), ""))));
          return new GuestAction.HttpGet(
              host(http.getHost()),
              port.getAsInt(),
              target.startsWith("/") ? target : "/" + target,
              headers,
              scheme.equals("HTTPS"));
        });
  }

  private static Optional<String> host(@Nullable String host) {
    return Optional.ofNullable(host).filter(it -> !it.isEmpty());
  }

  /** A port's number, or that of the container's port of this name. */
  private OptionalInt port(@Nullable IntOrString given, Container container, String path) {
    Optional<Integer> found = Optional.empty();
    if (given != null && given.getIntVal() != null) {
      found = Optional.of(given.getIntVal());
    } else if (given != null && given.getStrVal() != null) {
      String name = given.getStrVal();
      found =
          Given.list(container.getPorts()).stream()
              .filter(it -> name.equals(it.getName()))
              .map(ContainerPort::getContainerPort)
              .findFirst();
      if (found.isEmpty()) {
        context.problems().invalid(path, "the container has no port '" + name + "'");
        return OptionalInt.empty();
      }
    }
    if (found.filter(it -> it >= 1 && it <= MAX_PORT).isEmpty()) {
      context.problems().invalid(path, "must be between 1 and 65535, inclusive, or a port's name");
      return OptionalInt.empty();
    }
    return OptionalInt.of(found.get());
  }

  /** The API server takes 0 for not given. */
  private int orDefault(@Nullable Integer given, int otherwise, String path) {
    int number = number(given, otherwise, path);
    return number == 0 ? otherwise : number;
  }

  private int number(@Nullable Integer given, int otherwise, String path) {
    int number = Given.orElse(given, otherwise);
    if (number < 0) {
      context.problems().invalid(path, "must be greater than or equal to 0");
    }
    return number;
  }
}
