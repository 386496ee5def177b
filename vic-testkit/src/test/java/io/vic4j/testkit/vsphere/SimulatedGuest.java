package io.vic4j.testkit.vsphere;

import io.vic4j.core.ConflictException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.vm.Hypervisor;
import io.vic4j.core.vm.VmRecord;
import io.vic4j.testkit.Backdoor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * What guests would do on the simulator, which has none: an administrator's connection writes their
 * variables, and their output goes into the files that stand behind the serial ports.
 */
final class SimulatedGuest implements Backdoor {
  private final Hypervisor administrator;
  private final Path datastore;

  SimulatedGuest(Hypervisor administrator, Path datastore) {
    this.administrator = administrator;
    this.datastore = datastore;
  }

  @Override
  public void setVariables(String id, Map<String, String> changes) {
    while (true) {
      try {
        administrator.reconfigure(id, changes, vm(id).changeVersion());
        return;
      } catch (ConflictException e) {
        // The host has changed something meanwhile; a guest would not notice.
      }
    }
  }

  private VmRecord vm(String id) {
    return administrator.find(id).orElseThrow(() -> new NotFoundException("container vm", id));
  }

  @Override
  public void appendLog(String id, String log, byte[] content) {
    try {
      Files.write(
          datastore.resolve(id).resolve(log + ".log"),
          content,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void powerOff(String id) {
    administrator.powerOff(id);
  }
}
