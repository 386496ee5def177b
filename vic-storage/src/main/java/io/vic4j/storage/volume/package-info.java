/**
 * Volumes: disks that outlive machines. {@link io.vic4j.storage.volume.VolumeStore} makes, finds
 * and removes {@linkplain io.vic4j.storage.volume.Volume volumes} by name.
 */
@NullMarked
package io.vic4j.storage.volume;

import org.jspecify.annotations.NullMarked;
