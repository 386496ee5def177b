package io.vic4j.testkit.demo;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.vm.ResourceLimit;
import io.vic4j.core.vm.TmpfsMount;
import io.vic4j.pod.ContainerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a process in QEMU may do and sees, as people know it from Docker. */
final class ProcessFlags {
  private static final String UNLIMITED = "-1";

  @Option(
      names = "--entrypoint",
      paramLabel = "PROGRAM",
      description = "In QEMU: a program in place of the image's entrypoint and its arguments.")
  private @Nullable String entrypoint;

  @Option(
      names = "--hostname",
      paramLabel = "NAME",
      description = "In QEMU: what the machine calls itself.")
  private @Nullable String hostname;

  @Option(names = "--read-only", description = "In QEMU: it cannot write to its root.")
  private boolean readOnly;

  @Option(
      names = "--tmpfs",
      paramLabel = "/PATH[:size=SIZE,mode=MODE]",
      description = "In QEMU: a file system in memory; may be repeated.")
  private List<String> tmpfs = new ArrayList<>();

  @Option(
      names = "--cap-add",
      paramLabel = "NAME",
      description = "In QEMU: a capability beside the usual, or ALL; may be repeated.")
  private List<String> added = new ArrayList<>();

  @Option(
      names = "--cap-drop",
      paramLabel = "NAME",
      description = "In QEMU: one of the usual capabilities that it has not; may be repeated.")
  private List<String> dropped = new ArrayList<>();

  @Option(
      names = "--security-opt",
      paramLabel = "no-new-privileges",
      description = "In QEMU: no program gives it privileges.")
  private List<String> security = new ArrayList<>();

  @Option(
      names = "--group-add",
      paramLabel = "GROUP",
      description = "In QEMU: a group beside those of its user; may be repeated.")
  private List<String> groups = new ArrayList<>();

  @Option(
      names = "--ulimit",
      paramLabel = "NAME=SOFT[:HARD]",
      description = "In QEMU: a limit as nofile=1024:4096, -1 for none; may be repeated.")
  private List<String> limits = new ArrayList<>();

  @Option(
      names = "--add-host",
      paramLabel = "NAME:ADDRESS",
      description = "In QEMU: a line of /etc/hosts; may be repeated.")
  private List<String> hosts = new ArrayList<>();

  @Option(
      names = "--dns-search",
      paramLabel = "DOMAIN",
      description = "In QEMU: where names without dots are looked for; may be repeated.")
  private List<String> searches = new ArrayList<>();

  /** Puts into a container what these say of it. */
  void addTo(ContainerSpec.Builder container) {
    container
        .readOnlyRoot(readOnly)
        .addCapabilities(added.toArray(String[]::new))
        .dropCapabilities(dropped.toArray(String[]::new))
        .groups(groups);
    if (entrypoint != null) {
      container.command(entrypoint);
    }
    if (hostname != null) {
      container.hostname(hostname);
    }
    tmpfs.forEach(mount -> container.tmpfs(mount(mount)));
    limits.forEach(limit -> container.ulimit(limit(limit)));
    searches.forEach(container::searchDomain);
    for (String host : hosts) {
      int colon = host.indexOf(':'); // An IPv6 address has more of them.
      if (colon < 1) {
        throw new InvalidArgumentException("--add-host " + host + ": want NAME:ADDRESS");
      }
      container.extraHost(host.substring(0, colon), host.substring(colon + 1));
    }
    for (String option : security) {
      if (!option.equals("no-new-privileges")) {
        throw new InvalidArgumentException("--security-opt " + option + ": want no-new-privileges");
      }
      container.noNewPrivileges(true);
    }
  }

  private static TmpfsMount mount(String text) {
    String[] parts = text.split(":", 2);
    OptionalLong sizeBytes = OptionalLong.empty();
    int mode = TmpfsMount.DEFAULT_MODE;
    for (String option : parts.length == 1 ? new String[0] : parts[1].split(",", -1)) {
      String[] pair = option.split("=", 2);
      if (pair.length == 2 && pair[0].equals("size")) {
        sizeBytes = OptionalLong.of(SizeOption.bytes("--tmpfs " + text, pair[1]));
      } else if (pair.length == 2 && pair[0].equals("mode") && pair[1].matches("[0-7]{1,5}")) {
        mode = Integer.parseInt(pair[1], 8);
      } else {
        throw new InvalidArgumentException(
            "--tmpfs " + text + ": want /PATH, or /PATH:size=64m,mode=1777");
      }
    }
    return new TmpfsMount(parts[0], sizeBytes, mode);
  }

  private static ResourceLimit limit(String text) {
    int equals = text.indexOf('=');
    String[] both = text.substring(equals + 1).split(":", 2);
    try {
      if (equals > 0) {
        OptionalLong soft = value(both[0]);
        return new ResourceLimit(
            text.substring(0, equals), soft, both.length == 1 ? soft : value(both[1]));
      }
    } catch (NumberFormatException e) {
      throw wrongLimit(text, e);
    }
    throw wrongLimit(text, null);
  }

  private static OptionalLong value(String text) {
    return text.equals(UNLIMITED) ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
  }

  private static InvalidArgumentException wrongLimit(
      String text, @Nullable NumberFormatException cause) {
    return new InvalidArgumentException(
        "--ulimit " + text + ": want NAME=SOFT or NAME=SOFT:HARD, -1 for no limit", cause);
  }
}
