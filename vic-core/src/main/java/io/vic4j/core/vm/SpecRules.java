package io.vic4j.core.vm;

import io.vic4j.core.vm.DiskAttachment.Role;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What makes a {@link ContainerVmSpec} one that a VM can be made of. */
final class SpecRules {
  /** The name of a VM, or of a scope of names: vSphere takes 80 characters. */
  static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,79}");

  // RFC 1123, section 2.1, for one label.
  private static final Pattern HOSTNAME =
      Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?");
  private static final int MAX_CPUS = 128;

  private SpecRules() {}

  static void check(ContainerVmSpec.Builder spec) {
    check(
        NAME.matcher(spec.name).matches(),
        "name",
        "'" + spec.name + "' is not a VM's name (want 1 to 80 letters, digits, _ . -)");
    for (String key : spec.labels.keySet()) {
      check(!key.isEmpty(), "labels", "a label needs a key");
    }
    check(
        spec.cpus >= 1 && spec.cpus <= MAX_CPUS,
        "cpus",
        "a VM has 1 to " + MAX_CPUS + " processors, not " + spec.cpus);
    check(
        spec.memory.bytes() % ContainerVmSpec.MEMORY_UNIT.bytes() == 0,
        "memory",
        spec.memory + " is not a multiple of " + ContainerVmSpec.MEMORY_UNIT);
    String hostname = spec.hostname;
    check(
        hostname == null || HOSTNAME.matcher(hostname).matches(),
        "hostname",
        "'" + hostname + "' is not a host's name (want up to 63 letters, digits and -)");
    String own = spec.domain;
    check(own == null || HostEntry.isName(own), "domain", "'" + own + "' is not a domain's name");
    for (String domain : spec.searches) {
      check(HostEntry.isName(domain), "searches", "'" + domain + "' is not a domain's name");
    }
    if (spec.disks.size() > TooManyDisksException.LIMIT) {
      throw new TooManyDisksException(
          spec.disks.size(), "pack adjacent layers into one disk, or use fewer volumes");
    }
    for (String address : spec.nameservers) {
      check(HostEntry.isAddress(address), "nameservers", "'" + address + "' is no IP address");
    }
    for (String option : spec.resolverOptions) {
      check(
          !option.isEmpty() && option.chars().allMatch(c -> c > ' ' && c < 0x7F),
          "resolverOptions",
          "'" + option + "' is no option of resolv.conf");
    }
    Duration deadline = spec.deadline;
    check(
        deadline == null || (SessionLifecycle.isTime(deadline) && !deadline.isZero()),
        "deadline",
        deadline + " is no time to run (want whole milliseconds)");
    checkSessions(spec, roles(spec));
  }

  private static Map<UUID, Role> roles(ContainerVmSpec.Builder spec) {
    Map<UUID, Role> roles = new HashMap<>();
    for (DiskAttachment disk : spec.disks) {
      check(
          roles.put(disk.fileSystem(), disk.role()) == null,
          "disks",
          "two disks have the file system "
              + disk.fileSystem()
              + "; the guest could not tell them");
    }
    for (MemoryVolume volume : spec.memoryVolumes) {
      check(
          roles.put(volume.fileSystem(), Role.VOLUME) == null,
          "memoryVolumes",
          "two volumes, or a volume and a disk, are called " + volume.fileSystem());
    }
    return roles;
  }

  private static void checkSessions(ContainerVmSpec.Builder spec, Map<UUID, Role> roles) {
    check(!spec.sessions.isEmpty(), "sessions", "a VM without a session has nothing to do");
    Set<String> names = new HashSet<>();
    check(
        spec.sessions.stream().anyMatch(it -> it.lifecycle().role() == SessionRole.MAIN),
        "sessions",
        "a VM that only prepares has nothing to do");
    Set<UUID> scratches = new HashSet<>();
    for (SessionSpec session : spec.sessions) {
      String field = "sessions[" + session.name() + "]";
      check(names.add(session.name()), field, "two sessions have this name");
      for (UUID layer : session.layers()) {
        check(
            roles.get(layer) == Role.LAYER,
            field + ".layers",
            "file system " + layer + " is not among the VM's layer disks");
      }
      session
          .scratch()
          .ifPresent(
              scratch -> {
                check(
                    roles.get(scratch) == Role.SCRATCH,
                    field + ".scratch",
                    "file system " + scratch + " is not among the VM's scratch disks");
                check(
                    scratches.add(scratch),
                    field + ".scratch",
                    "file system " + scratch + " is another session's scratch disk");
              });
      for (VolumeMount mount : session.mounts()) {
        checkMount(mount, roles.get(mount.fileSystem()), field + ".mounts");
      }
    }
  }

  private static void checkMount(VolumeMount mount, @Nullable Role role, String field) {
    check(
        role != null && role != Role.LAYER,
        field,
        "file system " + mount.fileSystem() + " is not among the VM's volumes");
    check(
        mount.readOnly() || role == Role.VOLUME || role == Role.SCRATCH,
        field,
        "volume " + mount.fileSystem() + " is attached read-only, but mounted to be written");
  }

  private static void check(boolean right, String field, String problem) {
    if (!right) {
      throw new InvalidSpecException(field, problem);
    }
  }
}
