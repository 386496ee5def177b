package io.vic4j.testkit.qemu;

import io.vic4j.core.vm.FollowedLog;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** A log that QEMU writes to a file, for who reads it as it grows. */
final class LogGrowth implements FollowedLog.Source {
  /** Waits until something is so that may change with the VM or with its logs. */
  interface Waits {
    /**
     * Waits until the condition holds; it is asked under the hypervisor's lock.
     *
     * @return how the VM is then
     */
    QemuVm await(Predicate<QemuVm> condition);

    void wake();
  }

  private final VmFolder folder;
  private final int number;
  private final Waits waits;

  LogGrowth(VmFolder folder, int number, Waits waits) {
    this.folder = folder;
    this.number = number;
    this.waits = waits;
  }

  @Override
  public InputStream open(long from) {
    return folder.openLog(number, from);
  }

  @Override
  public boolean awaitMore(long bytes, BooleanSupplier over) {
    QemuVm vm = waits.await(it -> it.process() == null || over.getAsBoolean() || length() > bytes);
    return vm.process() != null;
  }

  private long length() {
    try {
      return Files.exists(folder.log(number)) ? Files.size(folder.log(number)) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void wake() {
    waits.wake();
  }
}
