package io.vic4j.pod;

import io.vic4j.core.vm.Capabilities;
import io.vic4j.core.vm.HealthCheck;
import io.vic4j.core.vm.HostEntry;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.core.vm.ResourceLimit;
import io.vic4j.core.vm.SessionLifecycle;
import io.vic4j.core.vm.SessionResources;
import io.vic4j.core.vm.TmpfsMount;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The part of a builder that describes {@link ProcessOptions}.
 *
 * @param <B> the builder; without a bound, so that the public methods name no hidden type
 */
abstract class OptionsBuilder<B> {
  private final Map<String, ResourceLimit> ulimits = new LinkedHashMap<>();
  private final Set<String> added = new TreeSet<>();
  private final Set<String> dropped = new TreeSet<>();
  private boolean noNewPrivileges;
  private List<String> groups = List.of();
  private final List<TmpfsMount> tmpfs = new ArrayList<>();
  private final List<HostEntry> extraHosts = new ArrayList<>();
  private final List<String> searchDomains = new ArrayList<>();
  private @Nullable HealthCheck healthCheck;
  private boolean noHealthCheck;
  private SessionLifecycle lifecycle = SessionLifecycle.DEFAULT;
  private SessionResources resources = SessionResources.UNLIMITED;
  private final List<ContainerMount> mounts = new ArrayList<>();
  private boolean nonRoot;

  OptionsBuilder() {}

  abstract B self();

  /**
   * Limits what it may use of a resource, such as {@code nofile}, the number of its open files; see
   * {@link ResourceLimit}. A second limit of the same resource replaces the first.
   *
   * @throws InvalidSpecException if Linux does not limit that, or the limits do not fit together
   */
  public B ulimit(String name, long soft, long hard) {
    return ulimit(ResourceLimit.of(name, soft, hard));
  }

  /** Limits what it may use of a resource; replaces a limit of the same one. */
  public B ulimit(ResourceLimit limit) {
    ulimits.put(limit.name(), limit);
    return self();
  }

  /**
   * Lets it have these capabilities beside Docker's default: {@code NET_ADMIN}, or {@code ALL}.
   *
   * @throws InvalidSpecException if Linux has none of this name
   */
  public B addCapabilities(String... names) {
    return put(added, names);
  }

  /**
   * Lets it not have these of the capabilities that Docker's default has: {@code CHOWN}, or {@code
   * ALL}. One that is added, too, is there.
   *
   * @throws InvalidSpecException if Linux has none of this name
   */
  public B dropCapabilities(String... names) {
    return put(dropped, names);
  }

  private B put(Set<String> set, String... names) {
    for (String name : names) {
      String upper = name.toUpperCase(Locale.ROOT);
      set.add(upper.equals(ProcessOptions.ALL) ? upper : Capabilities.parse(name));
    }
    return self();
  }

  /** Whether no program that it runs gives it privileges, such as those with a setuid bit. */
  public B noNewPrivileges(boolean none) {
    this.noNewPrivileges = none;
    return self();
  }

  /** Groups beside those of its user: names of the image's own files, or numbers. */
  public B groups(List<String> groups) {
    this.groups = groups;
    return self();
  }

  /**
   * Mounts a file system in memory, which all may write; as large as half of the VM's memory, and
   * empty at each start.
   *
   * @param path where in the container: absolute
   */
  public B tmpfs(String path) {
    return tmpfs(TmpfsMount.of(path));
  }

  /** Mounts a file system in memory. */
  public B tmpfs(TmpfsMount mount) {
    tmpfs.add(mount);
    return self();
  }

  /**
   * Adds a line to {@code /etc/hosts}. The containers of a pod share that: each sees what any of
   * them adds.
   *
   * @param name the host's name
   * @param address its IP address
   */
  public B extraHost(String name, String address) {
    return extraHost(HostEntry.of(address, name));
  }

  /** Adds a line to {@code /etc/hosts}, which the containers of a pod share. */
  public B extraHost(HostEntry entry) {
    extraHosts.add(entry);
    return self();
  }

  /** Adds a domain in which names without dots are looked for; containers of a pod share them. */
  public B searchDomain(String domain) {
    searchDomains.add(domain);
    return self();
  }

  /** What finds out whether it does its work, instead of what the image says. */
  public B healthCheck(HealthCheck check) {
    this.healthCheck = check;
    this.noHealthCheck = false;
    return self();
  }

  /** Nothing finds out whether it does its work, whatever the image says. */
  public B noHealthCheck() {
    this.healthCheck = null;
    this.noHealthCheck = true;
    return self();
  }

  /** When it runs, and what the guest does about it: probes and hooks. */
  public B lifecycle(SessionLifecycle lifecycle) {
    this.lifecycle = lifecycle;
    return self();
  }

  /** What it may use of its VM; counts for the VM's size, where that is not given. */
  public B resources(SessionResources resources) {
    this.resources = resources;
    return self();
  }

  /** Mounts a volume of its pod. Only of a container of a pod. */
  public B mount(ContainerMount mount) {
    mounts.add(mount);
    return self();
  }

  /** Whether it must not run as root. */
  public B nonRoot(boolean must) {
    this.nonRoot = must;
    return self();
  }

  final B options(ProcessOptions options) {
    options.ulimits().forEach(this::ulimit);
    added.addAll(options.addedCapabilities());
    dropped.addAll(options.droppedCapabilities());
    noNewPrivileges = options.noNewPrivileges();
    groups = options.groups();
    tmpfs.addAll(options.tmpfs());
    extraHosts.addAll(options.extraHosts());
    searchDomains.addAll(options.searchDomains());
    healthCheck = options.healthCheck().orElse(null);
    noHealthCheck = options.noHealthCheck();
    lifecycle = options.lifecycle();
    resources = options.resources();
    mounts.addAll(options.mounts());
    nonRoot = options.nonRoot();
    return self();
  }

  final ProcessOptions options() {
    return new ProcessOptions(
        List.copyOf(ulimits.values()),
        added,
        dropped,
        noNewPrivileges,
        groups,
        tmpfs,
        extraHosts,
        searchDomains,
        Optional.ofNullable(healthCheck),
        noHealthCheck,
        lifecycle,
        resources,
        mounts,
        nonRoot);
  }
}
