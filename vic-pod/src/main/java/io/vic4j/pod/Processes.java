package io.vic4j.pod;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.core.vm.SessionRole;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.core.vm.Signal;
import io.vic4j.image.ImageConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a container runs: its specification over its image's config, joined as Docker Engine joins
 * them ({@code docker run}, and Kubernetes' "Define a Command and Arguments for a Container", which
 * come to the same).
 */
final class Processes {
  // Docker Engine's default for Linux, for images whose config has no PATH.
  static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private Processes() {}

  /**
   * A session of this process; its root and its restart policy are the caller's to add.
   *
   * @param session what the session is called
   * @param hostname what the VM calls itself, where that is known
   * @throws InvalidSpecException if both together do not say what to run
   */
  static SessionSpec.Builder session(
      String session, ContainerSpec spec, ImageConfig config, Optional<String> hostname) {
    SessionSpec.Builder builder =
        SessionSpec.builder(session)
            .argv(argv(session, spec, config))
            .workingDirectory(spec.workingDirectory().orElse(config.workingDir()))
            .user(spec.user().orElse(config.user()))
            .tty(spec.tty())
            .stdin(spec.stdin())
            .noNewPrivileges(spec.options().noNewPrivileges())
            .groups(spec.options().groups());
    env(spec, config, hostname).forEach(builder::env);
    spec.stopSignal().or(() -> signal(session, config)).ifPresent(builder::stopSignal);
    spec.options().ulimits().forEach(builder::rlimit);
    spec.options().capabilities().ifPresent(builder::capabilities);
    spec.options().tmpfs().forEach(builder::tmpfs);
    builder.lifecycle(spec.options().lifecycle()).resources(spec.options().resources());
    if (spec.options().lifecycle().role() != SessionRole.INIT) {
      HealthChecks.of(session, spec, config).ifPresent(builder::healthCheck);
    }
    checkUser(session, spec, config);
    return builder;
  }

  /** As a kubelet: one that must not be root needs a user of a number other than 0. */
  private static void checkUser(String session, ContainerSpec spec, ImageConfig config) {
    if (!spec.options().nonRoot()) {
      return;
    }
    String user = spec.user().orElse(config.user()).split(":", 2)[0];
    if (user.isEmpty() || user.matches("0+")) {
      throw new InvalidSpecException(
          "containers[" + session + "].nonRoot",
          "container has runAsNonRoot and image will run as root");
    }
    if (!user.matches("\\d+")) {
      throw new InvalidSpecException(
          "containers[" + session + "].nonRoot",
          "container has runAsNonRoot and image has non-numeric user ("
              + user
              + "), cannot verify user is non-root");
    }
  }

  /** A command stands for the image's entrypoint and cmd, arguments for the image's cmd alone. */
  private static List<String> argv(String session, ContainerSpec spec, ImageConfig config) {
    List<String> argv = new ArrayList<>();
    if (!spec.command().isEmpty()) {
      argv.addAll(spec.command());
      argv.addAll(spec.args());
    } else {
      argv.addAll(config.entrypoint());
      argv.addAll(spec.args().isEmpty() ? config.cmd() : spec.args());
    }
    if (argv.isEmpty()) {
      throw new InvalidSpecException(
          "containers[" + session + "].command",
          "neither it nor image " + spec.image() + " says what to run; give a command");
    }
    return argv;
  }

  /**
   * First what Docker sets, then the container's variables, then those of the image that the
   * container does not set. A variable that is there already keeps its place and gets the new
   * value.
   */
  private static Map<String, String> env(
      ContainerSpec spec, ImageConfig config, Optional<String> hostname) {
    Map<String, String> env = new LinkedHashMap<>();
    env.put("PATH", DEFAULT_PATH);
    hostname.ifPresent(name -> env.put("HOSTNAME", name));
    if (spec.tty()) {
      env.put("TERM", "xterm");
    }
    env.putAll(spec.env());
    for (String variable : config.env()) {
      int equals = variable.indexOf('=');
      String name = equals < 0 ? variable : variable.substring(0, equals);
      if (!name.isEmpty() && !spec.env().containsKey(name)) {
        env.put(name, equals < 0 ? "" : variable.substring(equals + 1));
      }
    }
    return env;
  }

  private static Optional<Signal> signal(String session, ImageConfig config) {
    try {
      return config.stopSignal().map(Signal::parse);
    } catch (InvalidArgumentException e) {
      throw new InvalidSpecException(
          "containers[" + session + "].stopSignal",
          "the image's is " + e.getMessage() + "; set another one");
    }
  }
}
