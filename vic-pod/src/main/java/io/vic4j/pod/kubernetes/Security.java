package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.vic4j.core.vm.Capabilities;
import io.vic4j.pod.ContainerSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Whom containers run as, and what they may do: {@code securityContext}. */
final class Security {
  private static final String ALL = "ALL";
  private static final String POD = "spec.securityContext";

  private final Context context;
  private final PodSecurityContext pod;

  Security(Context context) {
    this.context = context;
    this.pod = Given.orElse(context.spec().getSecurityContext(), new PodSecurityContext());
    id(pod.getRunAsUser(), POD + ".runAsUser");
    id(pod.getRunAsGroup(), POD + ".runAsGroup");
    id(pod.getFsGroup(), POD + ".fsGroup");
    List<Long> groups = Given.list(pod.getSupplementalGroups());
    for (int i = 0; i < groups.size(); i++) {
      id(groups.get(i), POD + ".supplementalGroups[" + i + "]");
    }
  }

  private void id(@Nullable Long id, String path) {
    if (id != null && (id < 0 || id > Integer.MAX_VALUE)) {
      context.problems().invalid(path, id + " is no ID (want 0 to " + Integer.MAX_VALUE + ")");
    }
  }

  /** The group that is given the pod's volumes. */
  @Nullable Long fsGroup() {
    return pod.getFsGroup();
  }

  void apply(@Nullable SecurityContext given, String path, ContainerSpec.Builder container) {
    SecurityContext own = Given.orElse(given, new SecurityContext());
    user(own, path, container);
    Set<String> groups = new java.util.LinkedHashSet<>();
    Given.list(pod.getSupplementalGroups()).forEach(it -> groups.add(String.valueOf(it)));
    if (pod.getFsGroup() != null) {
      // Kubernetes: all processes are of that group, too.
      groups.add(String.valueOf(pod.getFsGroup()));
    }
    container.groups(new ArrayList<>(groups));
    container.readOnlyRoot(Given.isTrue(own.getReadOnlyRootFilesystem()));
    boolean privileged = Given.isTrue(own.getPrivileged());
    boolean escalates = Given.orElse(own.getAllowPrivilegeEscalation(), true);
    if (privileged) {
      container.addCapabilities(ALL);
    }
    Set<String> added = capabilities(own, path, container, privileged);
    if (!escalates && (privileged || added.contains("CAP_SYS_ADMIN"))) {
      context
          .problems()
          .invalid(
              path + ".allowPrivilegeEscalation",
              "cannot be false beside privileged or CAP_SYS_ADMIN");
    }
    container.noNewPrivileges(!escalates);
  }

  private void user(SecurityContext own, String path, ContainerSpec.Builder container) {
    id(own.getRunAsUser(), path + ".runAsUser");
    id(own.getRunAsGroup(), path + ".runAsGroup");
    @Nullable Long user = own.getRunAsUser() != null ? own.getRunAsUser() : pod.getRunAsUser();
    @Nullable Long group = own.getRunAsGroup() != null ? own.getRunAsGroup() : pod.getRunAsGroup();
    if (user != null) {
      container.user(group == null ? String.valueOf(user) : user + ":" + group);
    } else if (group != null) {
      context
          .problems()
          .unsupported(
              (own.getRunAsGroup() != null ? path : POD) + ".runAsGroup",
              "needs runAsUser beside it: whom the image runs as is not known yet");
    }
    boolean nonRoot =
        Given.isTrue(own.getRunAsNonRoot() != null ? own.getRunAsNonRoot() : pod.getRunAsNonRoot());
    if (nonRoot && user != null && user == 0) {
      context
          .problems()
          .invalid(
              (own.getRunAsNonRoot() != null ? path : POD) + ".runAsNonRoot",
              "container's runAsUser breaks non-root policy");
    }
    container.nonRoot(nonRoot);
  }

  /**
   * As a CRI runtime has it: of all that are added or of the default, those dropped are missing;
   * where all are dropped, those added by name are left; one that is both added and dropped is
   * dropped.
   */
  private Set<String> capabilities(
      SecurityContext own, String path, ContainerSpec.Builder container, boolean privileged) {
    if (own.getCapabilities() == null) {
      return Set.of();
    }
    Set<String> added = parsed(own.getCapabilities().getAdd(), path + ".capabilities.add");
    Set<String> dropped = parsed(own.getCapabilities().getDrop(), path + ".capabilities.drop");
    if (!privileged) {
      Set<String> kept = new HashSet<>(added);
      kept.removeAll(dropped);
      kept.forEach(container::addCapabilities);
      dropped.forEach(container::dropCapabilities);
    }
    return added;
  }

  private Set<String> parsed(List<String> names, String path) {
    Set<String> parsed = new TreeSet<>();
    List<String> given = Given.list(names);
    for (int i = 0; i < given.size(); i++) {
      String name = given.get(i);
      if (name.equalsIgnoreCase(ALL)) {
        parsed.add(ALL);
      } else {
        context
            .checked(path + "[" + i + "]", () -> Capabilities.parse(name))
            .ifPresent(parsed::add);
      }
    }
    return parsed;
  }
}
