package io.vic4j.storage.volume;

import java.util.List;

/**
 * Knows who uses a volume: the hypervisor does, and nobody else. Asked each time, for an answer is
 * old when it has come.
 */
@FunctionalInterface
public interface VolumeUsers {
  /**
   * The machines that have this volume attached, on or off: disks with its path and its file
   * system's UUID.
   *
   * @throws io.vic4j.core.UnavailableException if that cannot be known now
   */
  List<VolumeUser> of(Volume volume);
}
