package io.vic4j.storage;

import io.vic4j.core.datastore.DatastorePath;
import java.util.UUID;

/**
 * A disk that began empty, for one machine to write on: ext4 with a journal in a flat VMDK.
 *
 * @param path the VMDK's descriptor: what is attached to a machine
 * @param extentPath the flat extent beside it: the file system as it is. Where the datastore
 *     {@linkplain io.vic4j.core.datastore.VirtualDisks keeps virtual disks}, it may not be there
 * @param fileSystemUuid the UUID by which the guest finds it
 * @param capacityBytes how large a disk the machine sees
 */
public record ScratchDisk(
    DatastorePath path, DatastorePath extentPath, UUID fileSystemUuid, long capacityBytes) {}
