package io.vic4j.testkit;

import io.vic4j.core.NotFoundException;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.PowerState;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vm.VmRecord;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** One VM of a {@link BareHypervisor}, which guards it. */
final class BareVm {
  VmDefinition definition;
  String name;
  PowerState power = PowerState.OFF;
  Optional<Instant> bootTime = Optional.empty();
  private final SortedMap<String, String> variables;
  private final Map<String, ByteArrayOutputStream> logs = new HashMap<>();
  private long changeVersion = 1;

  BareVm(VmDefinition definition) {
    this.definition = definition;
    this.name = definition.name();
    this.variables = new TreeMap<>(definition.variables());
    definition.logs().forEach(log -> logs.put(log, new ByteArrayOutputStream()));
  }

  VmRecord record() {
    return new VmRecord(
        definition.id(),
        definition.scope(),
        name,
        power,
        bootTime,
        variables,
        Long.toString(changeVersion));
  }

  ByteArrayOutputStream log(String log) {
    ByteArrayOutputStream content = logs.get(log);
    if (content == null) {
      throw new NotFoundException("log", log);
    }
    return content;
  }

  /** By whomever, guests included: it counts as a reconfiguration. */
  void set(Map<String, String> changes) {
    changes.forEach(
        (key, value) -> {
          if (value.isEmpty()) {
            variables.remove(key);
          } else {
            variables.put(key, value);
          }
        });
    changeVersion++;
  }

  void plug(List<DiskAttachment> disks) {
    definition = definition.withFurther(disks);
    changeVersion++;
  }

  void rename(String other) {
    if (!name.equals(other)) {
      name = other;
      changeVersion++;
    }
  }
}
