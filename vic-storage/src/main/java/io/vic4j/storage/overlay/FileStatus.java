package io.vic4j.storage.overlay;

import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4FileType;
import io.vic4j.storage.tar.ByteString;
import java.util.Optional;

/**
 * What {@link OverlayFiles} tells of a file without its content.
 *
 * @param path where it is, after all symbolic links on the way there; {@code /} for the root
 * @param type what it is
 * @param attributes permissions, owner, times and extended attributes, as a program sees them
 * @param sizeBytes how long its content is, holes included; of a symbolic link, its target
 * @param linkTarget the target of a symbolic link; empty for all else
 * @param deviceMajor the major number of a device, else 0
 * @param deviceMinor the minor number of a device, else 0
 */
public record FileStatus(
    ByteString path,
    Ext4FileType type,
    Ext4Attributes attributes,
    long sizeBytes,
    Optional<ByteString> linkTarget,
    int deviceMajor,
    int deviceMinor) {}
