package io.vic4j.pod;

import io.vic4j.core.NotFoundException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.vm.ContainerVmSpec;
import io.vic4j.core.vm.CopiedFiles;
import io.vic4j.core.vm.DiskFiles;
import io.vic4j.core.vm.SessionSpec;
import io.vic4j.storage.overlay.FileStatus;
import io.vic4j.storage.overlay.OverlayFiles;
import io.vic4j.storage.tar.ByteString;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads files of VMs that are off from their disks. */
final class StoppedFiles implements DiskFiles {
  private static final Logger log = LoggerFactory.getLogger(StoppedFiles.class);

  private final Datastore datastore;

  StoppedFiles(Datastore datastore) {
    this.datastore = datastore;
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
