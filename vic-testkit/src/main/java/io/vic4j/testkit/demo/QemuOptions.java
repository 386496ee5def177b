package io.vic4j.testkit.demo;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.testkit.qemu.Acceleration;
import io.vic4j.testkit.qemu.Bootstrap;
import io.vic4j.testkit.qemu.QemuSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is run in QEMU, and how, as people know it from Docker. */
final class QemuOptions {
  private static final Pattern PORTS = Pattern.compile("(\\d+):(\\d+)");

  @Parameters(
      arity = "0..*",
      paramLabel = "CMD",
      description = "In QEMU: the program and its arguments in place of the image's, after --.")
  private List<String> command = new ArrayList<>();

  private static final String AUTO = "auto";

  @Option(
      names = {"-i", "--interactive"},
      description = "In QEMU: give it this program's standard input.")
  private boolean interactive;

  @Option(
      names = {"-t", "--tty"},
      description = "In QEMU: give it a terminal.")
  private boolean tty;

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME=VALUE",
      description = "In QEMU: a variable; may be repeated.")
  private List<String> env = new ArrayList<>();

  @Option(
      names = {"-v", "--volume"},
      paramLabel = "NAME:/PATH[:ro]",
      description = "In QEMU: a volume of the store, made where it is not there; may be repeated.")
  private List<String> volumes = new ArrayList<>();

  @Option(
      names = {"-p", "--publish"},
      paramLabel = "PORT:PORT",
      description = "In QEMU: a port of this host's loopback that leads to one of the guest.")
  private List<String> ports = new ArrayList<>();

  @Option(names = "--memory", paramLabel = "SIZE", description = "In QEMU: as 512m or 2g.")
  private String memory = "512m";

  @Option(names = "--cpus", paramLabel = "N", description = "In QEMU: how many processors.")
  private int cpus = 1;

  @Option(
      names = {"-u", "--run-as"},
      paramLabel = "USER",
      description = "In QEMU: whom it runs as in place of whom the image says.")
  private @Nullable String user;

  @Option(
      names = {"-w", "--workdir"},
      paramLabel = "DIR",
      description = "In QEMU: where it starts in place of where the image says.")
  private @Nullable String workingDirectory;

  @Option(
      names = "--bootstrap",
      paramLabel = "DIR|ISO",
      defaultValue = "/usr/local/lib/vic-bootstrap",
      description = {
        "In QEMU: what vic-core/src/guest/build has made, or its ISO alone.",
        "Default: ${DEFAULT-VALUE}."
      })
  private Path bootstrap = Path.of("/usr/local/lib/vic-bootstrap");

  @Option(
      names = "--accel",
      paramLabel = "auto|tcg|kvm",
      defaultValue = AUTO,
      description = {
        "In QEMU: what runs the guest's code; auto takes kvm if a machine",
        "boots with it, else tcg (default: ${DEFAULT-VALUE})."
      })
  private String accelerator = AUTO;

  @Mixin private ProcessFlags flags = new ProcessFlags();

  boolean interactive() {
    return interactive;
  }

  boolean tty() {
    return tty;
  }

  /** How QEMU is run. */
  QemuSettings settings() {
    Path kernel = bootstrap.resolve("vmlinux");
    Path initramfs = bootstrap.resolve("initramfs");
    if (!Files.isRegularFile(bootstrap) && !Files.exists(kernel)) {
      throw new InvalidArgumentException(
          bootstrap
              + " holds no bootstrap: make one with vic-core/src/guest/build DIR, and name it with"
              + " --bootstrap DIR");
    }
    QemuSettings settings =
        Files.isRegularFile(bootstrap)
            ? QemuSettings.iso(bootstrap)
            : QemuSettings.of(new Bootstrap.Kernel(kernel, initramfs));
    return settings
        .withAccelerator(
            accelerator.equals(AUTO) ? Acceleration.fastest(settings.program()) : accelerator)
        .stoppingOnClose();
  }

  /** The machine's network. */
  NetworkAttachment network() {
    NetworkAttachment network = NetworkAttachment.dhcp("user");
    for (String port : ports) {
      Matcher pair = PORTS.matcher(port);
      if (!pair.matches()) {
        throw new InvalidArgumentException("-p " + port + ": want HOST_PORT:GUEST_PORT");
      }
      network =
          network.forwarding(Integer.parseInt(pair.group(1)), Integer.parseInt(pair.group(2)));
    }
    return network;
  }

  /** Puts into a container what the options say of it. */
  ContainerSpec container(ContainerSpec.Builder container) {
    container.memory(memorySize()).cpus(cpus).tty(tty).stdin(interactive);
    if (!command.isEmpty()) {
      container.args(command);
    }
    for (String variable : env) {
      int equals = variable.indexOf('=');
      if (equals < 1) {
        throw new InvalidArgumentException("-e " + variable + ": want NAME=VALUE");
      }
      container.env(variable.substring(0, equals), variable.substring(equals + 1));
    }
    for (String volume : volumes) {
      String[] parts = volume.split(":", -1);
      boolean readOnly = parts.length == 3 && parts[2].equals("ro");
      if (parts.length != 2 && !readOnly) {
        throw new InvalidArgumentException("-v " + volume + ": want NAME:/PATH or NAME:/PATH:ro");
      }
      if (readOnly) {
        container.readOnlyVolume(parts[0], parts[1]);
      } else {
        container.volume(parts[0], parts[1]);
      }
    }
    if (user != null) {
      container.user(user);
    }
    if (workingDirectory != null) {
      container.workingDirectory(workingDirectory);
    }
    flags.addTo(container);
    return container.build();
  }

  private MemorySize memorySize() {
    return MemorySize.ofBytes(SizeOption.bytes("--memory " + memory, memory));
  }
}
