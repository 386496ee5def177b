package io.vic4j.core.vm;

import io.vic4j.core.CancelledException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VicException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** Changes of a container VM's disks while it is off. Thread-safe. */
final class DiskChanges {
  /*
   * A copy is prepared beside the disks, which takes as long as the tar does: the VM can be started
   * and removed meanwhile, and only another copy waits. Then the disks are replaced, in the VM's
   * turn; and whether another process has begun a run since is asked when its hypervisor would no
   * longer find the disks.
   */
  private final Optional<DiskFiles> files;
  private final HypervisorVm vm;
  private final ReentrantLock turn = new ReentrantLock(true);

  /** Held while disks are replaced, and while they are opened to be read. */
  private final ReentrantLock places = new ReentrantLock(true);

  /**
   * Changes of a VM's disks.
   *
   * @param files who makes them, if somebody can
   */
  DiskChanges(Optional<DiskFiles> files, HypervisorVm vm) {
    this.files = files;
    this.vm = vm;
  }

  private DiskFiles files() {
    return files.orElseThrow(
        () ->
            new UnsupportedException(
                vm + " is off, and nothing here reads disks: start it to copy"));
  }

  /** Opens files on the disks of a VM that is off. */
  CopiedFiles copyOut(SessionSpec session, String path, boolean followLink) {
    lock(places);
    try {
      return files().copyOut(vm.spec(), session, path, followLink);
    } finally {
      places.unlock();
    }
  }

  /** Unpacks a tar on the disks of a VM that is off. */
  void copyIn(SessionSpec session, String path, InputStream tar) throws IOException {
    DiskFiles able = files();
    lock(turn);
    try {
      long run = GuestProtocol.run(vm.reachable().variables());
      requireOff(run);
      try (DiskFiles.Change change = able.copyIn(vm.spec(), session, path, tar)) {
        if (!change.disks().isEmpty()) {
          vm.inTurn("copy", () -> publish(change, run));
        }
      }
    } finally {
      turn.unlock();
    }
  }

  private void publish(DiskFiles.Change change, long run) {
    lock(places);
    try {
      change.publish(() -> requireOff(run));
    } finally {
      places.unlock();
    }
  }

  private void lock(ReentrantLock lock) {
    try {
      lock.lockInterruptibly();
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "copy of files of " + vm);
    }
  }

  /** Fails unless the VM is off, and this run was its last one. */
  private void requireOff(long run) {
    VmRecord record = vm.reachable();
    if (record.power() != PowerState.OFF || run != GuestProtocol.run(record.variables())) {
      throw new ConflictException(
          vm + " was started while files were copied to its disks; copy again");
    }
  }

  /**
   * Puts the disks right after a power-on has failed.
   *
   * @return whether it should be tried again
   */
  boolean settleAfter(VicException failure) {
    if (failure instanceof CancelledException || files.isEmpty()) {
      return false;
    }
    try {
      return files.get().settle(vm.spec());
    } catch (VicException e) {
      failure.addSuppressed(e);
      return false;
    }
  }
}
