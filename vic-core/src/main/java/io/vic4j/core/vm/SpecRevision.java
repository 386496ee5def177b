package io.vic4j.core.vm;

import io.vic4j.core.UnsupportedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/** What may become of a VM that is there. */
final class SpecRevision {
  private final List<String> fixed = new ArrayList<>();

  private SpecRevision() {}

  /**
   * The disks that a VM needs beside those that it has, to become another.
   *
   * @throws UnsupportedException if it cannot become that
   */
  static List<DiskAttachment> furtherDisks(ContainerVmSpec now, ContainerVmSpec next) {
    SpecRevision revision = new SpecRevision();
    revision.same("name", now.name(), next.name());
    revision.same("cpus", now.cpus(), next.cpus());
    revision.same("memory", now.memory(), next.memory());
    revision.same("bootstrapIso", now.bootstrapIso(), next.bootstrapIso());
    revision.same("networks", now.networks(), next.networks());
    revision.same("hostname", now.hostname(), next.hostname());
    revision.same("domain", now.domain(), next.domain());
    revision.same("powerOffWhenDone", now.powerOffWhenDone(), next.powerOffWhenDone());
    revision.same("hosts", now.hosts(), next.hosts());
    revision.same("searches", now.searches(), next.searches());
    revision.same("nameservers", now.nameservers(), next.nameservers());
    revision.same("resolverOptions", now.resolverOptions(), next.resolverOptions());
    revision.same("memoryVolumes", now.memoryVolumes(), next.memoryVolumes());
    revision.same("sessions", places(now), places(next));
    List<DiskAttachment> further = revision.further(now.disks(), next.disks());
    if (!revision.fixed.isEmpty()) {
      throw new UnsupportedException(
          "container vm '%s' is there, and cannot be given another %s; make another one"
              .formatted(now.name(), String.join(", ", revision.fixed)));
    }
    return further;
  }

  /** Whether a session is to have other layers; one that becomes the other otherwise can be so. */
  static boolean changesLayers(ContainerVmSpec now, ContainerVmSpec next) {
    return !layers(now).equals(layers(next));
  }

  private static List<List<UUID>> layers(ContainerVmSpec spec) {
    return spec.sessions().stream().map(SessionSpec::layers).toList();
  }

  private void same(String field, Object now, Object next) {
    if (!Objects.equals(now, next)) {
      fixed.add(field);
    }
  }

  /** What sessions are called, where they write, and which part they have. */
  private static List<List<Object>> places(ContainerVmSpec spec) {
    return spec.sessions().stream()
        .map(
            session ->
                List.<Object>of(session.name(), session.scratch(), session.lifecycle().role()))
        .toList();
  }

  private List<DiskAttachment> further(List<DiskAttachment> now, List<DiskAttachment> next) {
    int known = now.size();
    if (next.size() < known || !next.subList(0, known).equals(now)) {
      fixed.add("disks");
      return List.of();
    }
    List<DiskAttachment> further = next.subList(known, next.size());
    if (further.stream().anyMatch(disk -> disk.role() != DiskAttachment.Role.LAYER)) {
      fixed.add("disks");
    }
    return further;
  }
}
