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

  // Words are put together only for what is wrong: that takes much longer than to look.
  static void check(ContainerVmSpec.Builder spec) {
    if (!NAME.matcher(spec.name).matches()) {
      throw wrong(
          "name", "'" + spec.name + "' is not a VM's name (want 1 to 80 letters, digits, _ . -)");
    }
    if (spec.labels.containsKey("")) {
      throw wrong("labels", "a label needs a key");
    }
    if (spec.cpus < 1 || spec.cpus > MAX_CPUS) {
      throw wrong("cpus", "a VM has 1 to " + MAX_CPUS + " processors, not " + spec.cpus);
    }
    if (spec.memory.bytes() % ContainerVmSpec.MEMORY_UNIT.bytes() != 0) {
      throw wrong("memory", spec.memory + " is not a multiple of " + ContainerVmSpec.MEMORY_UNIT);
    }
    if (spec.disks.size() > TooManyDisksException.LIMIT) {
      throw new TooManyDisksException(
          spec.disks.size(), "pack adjacent layers into one disk, or use fewer volumes");
    }
    checkNames(spec);
    Duration deadline = spec.deadline;
    if (deadline != null && (!SessionLifecycle.isTime(deadline) || deadline.isZero())) {
      throw wrong("deadline", deadline + " is no time to run (want whole milliseconds)");
    }
    checkSessions(spec, roles(spec));
  }

  private static void checkNames(ContainerVmSpec.Builder spec) {
    String hostname = spec.hostname;
    if (hostname != null && !HOSTNAME.matcher(hostname).matches()) {
      throw wrong(
          "hostname",
          "'" + hostname + "' is not a host's name (want up to 63 letters, digits and -)");
    }
    String own = spec.domain;
    if (own != null && !HostEntry.isName(own)) {
      throw wrong("domain", "'" + own + "' is not a domain's name");
    }
    for (String domain : spec.searches) {
      if (!HostEntry.isName(domain)) {
        throw wrong("searches", "'" + domain + "' is not a domain's name");
      }
    }
    for (String address : spec.nameservers) {
      if (!HostEntry.isAddress(address)) {
        throw wrong("nameservers", "'" + address + "' is no IP address");
      }
    }
    for (String option : spec.resolverOptions) {
      if (option.isEmpty() || !option.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
        throw wrong("resolverOptions", "'" + option + "' is no option of resolv.conf");
      }
    }
  }

  private static Map<UUID, Role> roles(ContainerVmSpec.Builder spec) {
    Map<UUID, Role> roles = new HashMap<>();
    for (DiskAttachment disk : spec.disks) {
      if (roles.put(disk.fileSystem(), disk.role()) != null) {
        throw wrong(
            "disks",
            "two disks have the file system "
                + disk.fileSystem()
                + "; the guest could not tell them");
      }
    }
    for (MemoryVolume volume : spec.memoryVolumes) {
      if (roles.put(volume.fileSystem(), Role.VOLUME) != null) {
        throw wrong(
            "memoryVolumes",
            "two volumes, or a volume and a disk, are called " + volume.fileSystem());
      }
    }
    return roles;
  }

  private static void checkSessions(ContainerVmSpec.Builder spec, Map<UUID, Role> roles) {
    if (spec.sessions.isEmpty()) {
      throw wrong("sessions", "a VM without a session has nothing to do");
    }
    boolean works = false;
    Set<String> names = new HashSet<>();
    Set<UUID> scratches = new HashSet<>();
    for (SessionSpec session : spec.sessions) {
      works |= session.lifecycle().role() == SessionRole.MAIN;
      if (!names.add(session.name())) {
        throw wrong(session, "", "two sessions have this name");
      }
      for (UUID layer : session.layers()) {
        if (roles.get(layer) != Role.LAYER) {
          throw wrong(
              session, ".layers", "file system " + layer + " is not among the VM's layer disks");
        }
      }
      UUID scratch = session.scratch().orElse(null);
      if (scratch != null) {
        checkScratch(session, scratch, roles.get(scratch), scratches.add(scratch));
      }
      for (VolumeMount mount : session.mounts()) {
        checkMount(session, mount, roles.get(mount.fileSystem()));
      }
    }
    if (!works) {
      throw wrong("sessions", "a VM that only prepares has nothing to do");
    }
  }

  private static void checkScratch(
      SessionSpec session, UUID scratch, @Nullable Role role, boolean own) {
    if (role != Role.SCRATCH) {
      throw wrong(
          session, ".scratch", "file system " + scratch + " is not among the VM's scratch disks");
    }
    if (!own) {
      throw wrong(
          session, ".scratch", "file system " + scratch + " is another session's scratch disk");
    }
  }

  private static void checkMount(SessionSpec session, VolumeMount mount, @Nullable Role role) {
    if (role == null || role == Role.LAYER) {
      throw wrong(
          session,
          ".mounts",
          "file system " + mount.fileSystem() + " is not among the VM's volumes");
    }
    if (!mount.readOnly() && role != Role.VOLUME && role != Role.SCRATCH) {
      throw wrong(
          session,
          ".mounts",
          "volume " + mount.fileSystem() + " is attached read-only, but mounted to be written");
    }
  }

  private static InvalidSpecException wrong(SessionSpec session, String field, String problem) {
    return wrong("sessions[" + session.name() + "]" + field, problem);
  }

  private static InvalidSpecException wrong(String field, String problem) {
    return new InvalidSpecException(field, problem);
  }
}
