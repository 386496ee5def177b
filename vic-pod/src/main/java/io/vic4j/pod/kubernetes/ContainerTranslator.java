package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Lifecycle;
import io.vic4j.core.ImageReference;
import io.vic4j.core.vm.RestartPolicy;
import io.vic4j.core.vm.SessionRole;
import io.vic4j.core.vm.Signal;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PullPolicy;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Translates the containers of one pod. */
final class ContainerTranslator {
  // RFC 6335, section 5.1, in small letters.
  private static final Pattern PORT_NAME =
      Pattern.compile("(?=.*[a-z])(?!.*--)[a-z0-9](?:[a-z0-9-]{0,13}[a-z0-9])?");

  private static final Set<String> PROTOCOLS = Set.of("TCP", "UDP", "SCTP");

  private final Context context;
  private final Duration grace;
  private final Environment environment;
  private final Security security;
  private final Probes probes;
  private final Mounts mounts;
  private final Set<String> names = new HashSet<>();

  ContainerTranslator(Context context, Duration grace, Environment environment, Security security) {
    this.context = context;
    this.grace = grace;
    this.environment = environment;
    this.security = security;
    this.probes = new Probes(context);
    this.mounts = new Mounts(context);
  }

  /**
   * A container.
   *
   * @param init whether it is an init container
   * @return empty if there is anything wrong with it
   */
  Optional<ContainerSpec> translate(Container given, String path, boolean init) {
    String name = Given.text(given.getName(), "");
    if (!PodNames.LABEL.matcher(name).matches()) {
      context.problems().invalid(path + ".name", "'" + name + "' is no DNS label");
    } else if (!names.add(name)) {
      context.problems().invalid(path + ".name", "Duplicate value: \"" + name + "\"");
    }
    Optional<RestartPolicy> policy = policy(given.getRestartPolicy(), path + ".restartPolicy");
    SessionRole role =
        !init
            ? SessionRole.MAIN
            : policy.filter(it -> it == RestartPolicy.ALWAYS).isPresent()
                ? SessionRole.SIDECAR
                : SessionRole.INIT;
    ports(Given.list(given.getPorts()), path);
    Map<String, String> variables = environment.of(given, path);
    int before = context.problems().count();
    Optional<ImageReference> image = image(given.getImage(), path + ".image");
    // One that nobody pulls, so that all else is looked at, too.
    ContainerSpec.Builder container =
        ContainerSpec.builder(
            image.orElseGet(() -> ImageReference.parse("none.invalid/none:none")));
    container
        .name(name)
        .env(variables)
        .command(expanded(given.getCommand(), variables))
        .args(expanded(given.getArgs(), variables))
        .stdin(Given.isTrue(given.getStdin()))
        .tty(Given.isTrue(given.getTty()))
        .noHealthCheck()
        .resources(ContainerResources.of(context, given.getResources(), path + ".resources"))
        .lifecycle(probes.of(given, path, role, grace));
    policy.ifPresent(container::restartPolicy);
    image.ifPresent(
        it ->
            container.pullPolicy(
                pullPolicy(given.getImagePullPolicy(), it, path + ".imagePullPolicy")));
    if (Given.has(given.getWorkingDir())) {
      container.workingDirectory(given.getWorkingDir());
      if (!given.getWorkingDir().startsWith("/")) {
        context.problems().unsupported(path + ".workingDir", "must be an absolute path");
      }
    }
    stopSignal(given.getLifecycle(), path + ".lifecycle.stopSignal", container);
    security.apply(given.getSecurityContext(), path + ".securityContext", container);
    mounts.apply(given, variables, path, container);
    return context.problems().count() > before
        ? Optional.empty()
        : context.checked(path, container::build);
  }

  private static List<String> expanded(
      @Nullable List<String> words, Map<String, String> variables) {
    return Given.list(words).stream()
        .map(it -> Expansion.expand(it, name -> Optional.ofNullable(variables.get(name))))
        .toList();
  }

  private Optional<ImageReference> image(@Nullable String image, String path) {
    if (image == null || image.isEmpty()) {
      context.problems().invalid(path, "Required value");
      return Optional.empty();
    }
    return context.checked(path, () -> ImageReference.parse(image));
  }

  private PullPolicy pullPolicy(@Nullable String given, ImageReference image, String path) {
    boolean latest = image.tag().filter(ImageReference.DEFAULT_TAG::equals).isPresent();
    return switch (Given.text(given, latest ? "Always" : "IfNotPresent")) {
      case "Always" -> PullPolicy.ALWAYS;
      case "IfNotPresent" -> PullPolicy.IF_NOT_PRESENT;
      case "Never" -> PullPolicy.NEVER;
      default -> {
        context.problems().invalid(path, "want Always, IfNotPresent or Never, not " + given);
        yield PullPolicy.IF_NOT_PRESENT;
      }
    };
  }

  Optional<RestartPolicy> policy(@Nullable String given, String path) {
    return switch (Given.text(given, "")) {
      case "" -> Optional.empty();
      case "Always" -> Optional.of(RestartPolicy.ALWAYS);
      case "OnFailure" -> Optional.of(RestartPolicy.ON_FAILURE);
      case "Never" -> Optional.of(RestartPolicy.NEVER);
      default -> {
        context.problems().invalid(path, "want Always, OnFailure or Never, not " + given);
        yield Optional.empty();
      }
    };
  }

  private void stopSignal(
      @Nullable Lifecycle lifecycle, String path, ContainerSpec.Builder container) {
    if (lifecycle != null && Given.has(lifecycle.getStopSignal())) {
      context
          .checked(path, () -> Signal.parse(lifecycle.getStopSignal()))
          .ifPresent(container::stopSignal);
    }
  }

  private void ports(List<ContainerPort> ports, String path) {
    Set<String> portNames = new HashSet<>();
    for (int i = 0; i < ports.size(); i++) {
      ContainerPort port = ports.get(i);
      String at = path + ".ports[" + i + "]";
      int number = Given.orElse(port.getContainerPort(), 0);
      if (number < 1 || number > 0xFFFF) {
        context.problems().invalid(at + ".containerPort", "must be between 1 and 65535, inclusive");
      }
      if (!PROTOCOLS.contains(Given.text(port.getProtocol(), "TCP"))) {
        context.problems().invalid(at + ".protocol", "want TCP, UDP or SCTP");
      }
      String name = Given.text(port.getName(), "");
      if (!name.isEmpty() && !PORT_NAME.matcher(name).matches()) {
        context.problems().invalid(at + ".name", "'" + name + "' is no port's name");
      } else if (!name.isEmpty() && !portNames.add(name)) {
        context.problems().invalid(at + ".name", "Duplicate value: \"" + name + "\"");
      }
    }
  }
}
