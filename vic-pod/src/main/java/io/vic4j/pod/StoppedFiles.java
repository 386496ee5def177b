package io.vic4j.pod;

import io.vic4j.core.ConflictException;
import io.vic4j.core.IdSource;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.ContainerVm;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.ContainerVmState;
import io.vic4j.core.vm.ContainerVms;
import io.vic4j.core.vm.CopiedFiles;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.DiskFiles;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.storage.overlay.FileStatus;
import io.vic4j.storage.overlay.OverlayCopy;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.storage.tar.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies files from and to the disks of VMs that are off. */
final class StoppedFiles implements DiskFiles {
  private static final Logger log = LoggerFactory.getLogger(StoppedFiles.class);

  private static final Set<ContainerVmState> IS_OFF =
      EnumSet.of(ContainerVmState.CREATED, ContainerVmState.STOPPED, ContainerVmState.REMOVED);

  private final Datastore datastore;
  private final IdSource ids;
  private final InstantSource clock;
  private final HostVms hosts;

  /**
   * Copies files.
   *
   * @param hosts knows what VMs there are, for a volume may be another one's, too
   */
  StoppedFiles(Datastore datastore, IdSource ids, InstantSource clock, HostVms hosts) {
    this.datastore = datastore;
    this.ids = ids;
    this.clock = clock;
    this.hosts = hosts;
  }

  @Override
  public CopiedFiles copyOut(
      ContainerVmSpec vm, SessionSpec session, String path, boolean followLink) {
    OverlayFiles files = OverlayFiles.open(datastore, vm, session.name());
    try {
      FileStatus status =
          files.find(path, followLink).orElseThrow(() -> new NotFoundException("file", path));
      return new Copy(files, followLink ? status.path().toString() : path, status);
    } catch (RuntimeException e) {
      files.close();
      throw e;
    }
  }

  @Override
  public Change copyIn(ContainerVmSpec vm, SessionSpec session, String path, InputStream tar)
      throws IOException {
    OverlayCopy copy = OverlayCopy.open(datastore, ids, clock, vm, session.name());
    try {
      copy.copyIn(path, tar);
      return new Copied(copy, vm);
    } catch (IOException | RuntimeException e) {
      copy.close();
      throw e;
    }
  }

  @Override
  public boolean settle(ContainerVmSpec vm) {
    return OverlayCopy.settle(datastore, vm);
  }

  /** Fails if a VM that may be on has one of these disks, which is a volume then. */
  private void requireUnused(ContainerVmSpec vm, Set<DatastorePath> changed) {
    Set<DatastorePath> volumes =
        vm.disks().stream()
            .filter(disk -> disk.role().isVolume() && changed.contains(disk.vmdk()))
            .map(DiskAttachment::vmdk)
            .collect(Collectors.toSet());
    if (volumes.isEmpty()) {
      return;
    }
    for (VchName host : hosts.names()) {
      try (ContainerVms vms = hosts.of(host)) {
        for (ContainerVm other : vms.list()) {
          boolean shares =
              other.spec().disks().stream().anyMatch(disk -> volumes.contains(disk.vmdk()));
          if (shares && !IS_OFF.contains(other.state())) {
            throw new ConflictException(
                other + " is on and has a volume that would change; stop it first");
          }
        }
      }
    }
  }

  private final class Copied implements Change {
    private final OverlayCopy copy;
    private final ContainerVmSpec vm;

    Copied(OverlayCopy copy, ContainerVmSpec vm) {
      this.copy = copy;
      this.vm = vm;
    }

    @Override
    public Set<DatastorePath> disks() {
      return copy.disks();
    }

    @Override
    public void publish(Runnable check) {
      copy.publish(
          () -> {
            check.run();
            requireUnused(vm, copy.disks());
          });
    }

    @Override
    public void close() {
      copy.close();
    }
  }

  private record Copy(OverlayFiles files, String path, FileStatus status) implements CopiedFiles {
    @Override
    public Stat stat() {
      String real = status.path().toString();
      String name = real.substring(real.lastIndexOf('/') + 1);
      return new Stat(
          name.isEmpty() ? "/" : name,
          status.type().formatBits() | status.attributes().permissions(),
          status.sizeBytes(),
          status.attributes().modified(),
          status.linkTarget().map(ByteString::toString).orElse(""));
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      List<ByteString> left = files.copyOut(path, out);
      if (!left.isEmpty()) {
        log.info("sockets have no place in a tar and were left out: {}", left);
      }
    }

    @Override
    public void close() {
      files.close();
    }
  }
}
