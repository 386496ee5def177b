package io.vic4j.core.vsphere;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.DiskEncoder;
import io.vic4j.core.datastore.DiskSpool;
import io.vic4j.core.datastore.VirtualDisks;
import java.time.Duration;
import java.time.Instant;

/** The disks of a vSphere datastore, which vSphere makes out of what is imported. */
final class VsphereDisks implements VirtualDisks {
  private final FileOperations files;
  private final FileAddresses addresses;
  private final DiskImport imports;

  VsphereDisks(FileOperations files, FileAddresses addresses, DiskImport imports) {
    this.files = files;
    this.addresses = addresses;
    this.imports = imports;
  }

  private static void requireDisk(DatastorePath vmdk) {
    if (!FileOperations.isDisk(vmdk.name())) {
      throw new IllegalArgumentException("'" + vmdk + "' is no name of a disk (want *.vmdk)");
    }
  }

  @Override
  public DatastoreWriter create(DatastorePath vmdk, DiskEncoder encoder, Progress progress) {
    requireDisk(vmdk);
    CancelledException.throwIfInterrupted("making of disk", vmdk);
    DatastorePath absolute = addresses.absolute(vmdk);
    if (files.isThere(absolute)) {
      throw new AlreadyExistsException("disk", vmdk.toString());
    }
    files.requireFolders(absolute.parent());
    return DiskSpool.begin(content -> imports.take(content, encoder, absolute, vmdk, progress));
  }

  @Override
  public void copy(DatastorePath from, DatastorePath to) {
    requireDisk(from);
    requireDisk(to);
    CancelledException.throwIfInterrupted("copy of disk", from);
    files.copyDisk(addresses.absolute(from), addresses.absolute(to), to);
  }

  @Override
  public void sweep(Instant now, Duration staleAfter) {
    imports.sweep(now.minus(staleAfter));
  }
}
