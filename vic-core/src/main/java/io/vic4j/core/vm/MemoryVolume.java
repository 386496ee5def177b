package io.vic4j.core.vm;

import java.util.OptionalLong;
import java.util.UUID;

/**
 * A volume in a VM's memory, which its sessions may share: empty when the VM is powered on, gone
 * when it is off.
 *
 * @param fileSystem what {@link VolumeMount}s name it by
 * @param sizeBytes how much it holds; half of the VM's memory where empty
 */
public record MemoryVolume(UUID fileSystem, OptionalLong sizeBytes) {
  /** Checks the size. */
  public MemoryVolume {
    if (sizeBytes.orElse(1) < 1) {
      throw new InvalidSpecException("memoryVolumes", "a volume of no size holds nothing");
    }
  }
}
