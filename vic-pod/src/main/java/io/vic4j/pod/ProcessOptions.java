package io.vic4j.pod;

import io.vic4j.core.vm.Capabilities;
import io.vic4j.core.vm.HealthCheck;
import io.vic4j.core.vm.HostEntry;
import io.vic4j.core.vm.ResourceLimit;
import io.vic4j.core.vm.SessionLifecycle;
import io.vic4j.core.vm.SessionResources;
import io.vic4j.core.vm.TmpfsMount;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a container's process may do and sees beside its program, as {@code docker run} has options
 * for it. {@link ContainerSpec.Builder} has a method for each.
 *
 * @param ulimits what it may use of resources
 * @param addedCapabilities what it can have beside Docker's default, sorted: {@code CAP_NET_ADMIN},
 *     or {@code ALL}
 * @param droppedCapabilities what it cannot have of Docker's default, sorted; likewise
 * @param noNewPrivileges whether no program that it runs gives it privileges
 * @param groups groups beside those of its user
 * @param tmpfs the file systems in memory that it sees
 * @param extraHosts what its VM's {@code /etc/hosts} says beside what it is called itself
 * @param searchDomains the domains in which its VM looks for names that have no dots
 * @param healthCheck what finds out whether it does its work, instead of what the image says
 * @param noHealthCheck whether nothing does, whatever the image says
 * @param lifecycle when it runs, and what the guest does about it
 * @param resources what it may use of its VM
 * @param mounts where it sees volumes of its pod
 * @param nonRoot whether it must not run as root: then it is not made where it would, or where the
 *     image gives its user by name
 */
public record ProcessOptions(
    List<ResourceLimit> ulimits,
    Set<String> addedCapabilities,
    Set<String> droppedCapabilities,
    boolean noNewPrivileges,
    List<String> groups,
    List<TmpfsMount> tmpfs,
    List<HostEntry> extraHosts,
    List<String> searchDomains,
    Optional<HealthCheck> healthCheck,
    boolean noHealthCheck,
    SessionLifecycle lifecycle,
    SessionResources resources,
    List<ContainerMount> mounts,
    boolean nonRoot) {
  /** All capabilities, as Docker's users say it. */
  static final String ALL = "ALL";

  /** Copies the collections. */
  public ProcessOptions {
    ulimits = List.copyOf(ulimits);
    addedCapabilities = sorted(addedCapabilities);
    droppedCapabilities = sorted(droppedCapabilities);
    groups = List.copyOf(groups);
    tmpfs = List.copyOf(tmpfs);
    extraHosts = List.copyOf(extraHosts);
    searchDomains = List.copyOf(searchDomains);
    mounts = List.copyOf(mounts);
  }

  private static Set<String> sorted(Set<String> names) {
    return names.isEmpty() ? Set.of() : Collections.unmodifiableSortedSet(new TreeSet<>(names));
  }

  /**
   * The capabilities that the process can have; empty for Docker's default. As Docker Engine has it
   * (oci/caps, TweakCapabilities): of all that are added, those dropped are missing; if all are
   * dropped, those added are left; else what is added wins over what is dropped.
   */
  Optional<Set<String>> capabilities() {
    if (addedCapabilities.isEmpty() && droppedCapabilities.isEmpty()) {
      return Optional.empty();
    }
    Set<String> kept = new TreeSet<>();
    if (addedCapabilities.contains(ALL)) {
      kept.addAll(Capabilities.ALL);
      kept.removeAll(droppedCapabilities);
    } else {
      if (!droppedCapabilities.contains(ALL)) {
        kept.addAll(Capabilities.DEFAULT);
        kept.removeAll(droppedCapabilities);
      }
      kept.addAll(addedCapabilities);
    }
    return Optional.of(kept);
  }
}
