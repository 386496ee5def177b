package io.vic4j.testkit.qemu;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.ConflictException;
import io.vic4j.core.vm.DiskAttachment.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a disk of a VM is plugged in.
 *
 * @param number which of the VM's disks it is, from 0
 * @param controller the number of its controller
 * @param target its number on that
 */
record DiskSlot(int number, int controller, int target) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** vSphere has no disk there, for it is the controller's own number (SPI-3). */
  private static final int CONTROLLER_ID = 7;

  /** As many as vSphere has on one, and no more than Linux finds on QEMU's. */
  private static final int DISKS_A_CONTROLLER = 15;

  /** A machine that is on can take at least as many further disks, for images that change. */
  private static final int SPARE = 8;

  private static final int MOST_CONTROLLERS = 4;

  /** The place of a disk. */
  static DiskSlot of(int number) {
    int target = number % DISKS_A_CONTROLLER;
    return new DiskSlot(
        number, number / DISKS_A_CONTROLLER, target < CONTROLLER_ID ? target : target + 1);
  }

  /** How many controllers a machine of so many disks has when it is started. */
  static int controllers(int disks) {
    int places = disks + SPARE;
    return Math.min(MOST_CONTROLLERS, (places + DISKS_A_CONTROLLER - 1) / DISKS_A_CONTROLLER);
  }

  private String name() {
    return "disk" + number;
  }

  private String bus() {
    return "scsi" + controller + ".0";
  }

  /** The arguments that plug a disk in when a machine is started. */
  List<String> arguments(Path vmdk, Role role) {
    String access = role.isReadOnly() ? ",readonly=on" : ",discard=unmap";
    String file = CommandLine.value(vmdk);
    return List.of(
        "-drive",
        "if=none,id=drive" + number + ",format=vmdk" + access + ",file=" + file,
        "-device",
        "scsi-hd,id=" + first() + ",bus=" + bus() + ",scsi-id=" + target + ",drive=drive" + number);
  }

  /** The device of a disk that a machine was started with. */
  private String first() {
    return "first-" + name();
  }

  /**
   * Takes a disk out that a machine was started with. Its guest does not use it any more.
   *
   * @throws IOException if QEMU refuses
   */
  void unplug(Qmp qmp) throws IOException {
    qmp.call("device_del", JSON.createObjectNode().put("id", first()));
  }

  /**
   * Plugs a disk into a machine that is on. To find it there is as good.
   *
   * @throws ConflictException if the machine has no such place
   * @throws IOException if QEMU refuses
   */
  void plug(Qmp qmp, Path vmdk, Role role) throws IOException {
    ObjectNode disk =
        JSON.createObjectNode()
            .put("driver", "vmdk")
            .put("node-name", name())
            .put("read-only", role.isReadOnly());
    if (!role.isReadOnly()) {
      disk.put("discard", "unmap");
    }
    disk.putObject("file")
        .put("driver", "file")
        .put("filename", vmdk.toString())
        .put("read-only", role.isReadOnly());
    call(qmp, "blockdev-add", disk);
    call(
        qmp,
        "device_add",
        JSON.createObjectNode()
            .put("driver", "scsi-hd")
            .put("id", "plugged-" + name())
            .put("bus", bus())
            .put("scsi-id", target)
            .put("drive", name()));
  }

  private static void call(Qmp qmp, String command, ObjectNode arguments) throws IOException {
    try {
      qmp.call(command, arguments);
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      if (message.contains("Bus '")) {
        throw new ConflictException("the machine has no place for another disk; start it anew");
      }
      if (!message.contains("Duplicate")) { // An attempt whose end was lost has done it.
        throw e;
      }
    }
  }
}
