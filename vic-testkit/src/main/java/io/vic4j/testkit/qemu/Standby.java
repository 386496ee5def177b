package io.vic4j.testkit.qemu;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.NetworkAttachment.PortForward;
import io.vic4j.core.vm.VmDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A machine that went on from a template, has {@linkplain Rehearsal rehearsed}, and waits to become
 * a VM.
 */
final class Standby {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Kind kind;
  private final VmFolder folder;
  private final QemuProcess process;

  private Standby(Kind kind, VmFolder folder, QemuProcess process) {
    this.kind = kind;
    this.folder = folder;
    this.process = process;
  }

  /**
   * What a VM must have in common with it: the rest can be added to a machine that is on.
   *
   * @param controllers those of disks
   */
  record Kind(Template.Kind machine, int controllers, int networks) {
    static Kind of(VmDefinition vm) {
      return new Kind(
          new Template.Kind(vm.cpus(), vm.memory()),
          DiskSlot.controllers(vm.disks().size()),
          vm.networks().size());
    }
  }

  /**
   * Makes one, which takes some seconds.
   *
   * @param place the folder for what it needs until it becomes a VM
   * @throws IOException if its guest does not rehearse
   */
  static Standby make(
      QemuSettings settings,
      LocalDatastore datastore,
      Template template,
      Kind kind,
      DatastorePath place)
      throws IOException {
    VmFolder folder = new VmFolder(datastore.localPath(place));
    try {
      Files.createDirectories(folder.guestFolder());
      Files.createDirectories(folder.logFolder());
      VmDefinition vm = Rehearsal.of(datastore, place, place.name(), kind);
      QemuProcess process =
          QemuProcess.start(
              folder.running(),
              sockets ->
                  CommandLine.of(
                      settings,
                      datastore,
                      vm,
                      kind.controllers(),
                      folder,
                      sockets,
                      Optional.of(template)),
              template,
              Awakening.fromTemplate(vm, kind.controllers(), true));
      process.awaitRehearsed(vm.disks().size());
      return new Standby(kind, folder, process);
    } catch (IOException | RuntimeException e) {
      folder.delete();
      throw e;
    }
  }

  Kind kind() {
    return kind;
  }

  /**
   * Becomes a VM. If it cannot, it is ended.
   *
   * @throws IOException if QEMU or its guest refuses
   */
  QemuProcess become(VmDefinition vm, VmFolder vmFolder, LocalDatastore datastore)
      throws IOException {
    try {
      QemuProcess running =
          process.become(
              vmFolder.running(),
              qmp -> fitOut(qmp, vm, vmFolder, datastore),
              Awakening.fromStandby(vm));
      folder.delete();
      return running;
    } catch (IOException | RuntimeException e) {
      end();
      throw e;
    }
  }

  private static void fitOut(Qmp qmp, VmDefinition vm, VmFolder vmFolder, LocalDatastore datastore)
      throws IOException {
    for (int i = 0; i < vm.disks().size(); i++) {
      DiskAttachment disk = vm.disks().get(i);
      DiskSlot.of(i).plug(qmp, datastore.localPath(disk.vmdk()), disk.role());
    }
    redirect(qmp, "console", vmFolder.console());
    redirect(qmp, "guest", vmFolder.guest());
    for (int i = 0; i < vm.logs().size(); i++) {
      redirect(qmp, "log." + i, vmFolder.log(i));
    }
    for (int i = 0; i < vm.networks().size(); i++) {
      for (PortForward forward : vm.networks().get(i).forwards()) {
        String rule = "tcp:127.0.0.1:" + forward.hostPort() + "-:" + forward.guestPort();
        order(qmp, "hostfwd_add net" + i + " " + rule);
      }
    }
  }

  private static void redirect(Qmp qmp, String channel, Path file) throws IOException {
    ObjectNode change = JSON.createObjectNode().put("id", channel);
    ObjectNode data = change.putObject("backend").put("type", "file").putObject("data");
    data.put("out", file.toString()).put("append", true);
    qmp.call("chardev-change", change);
  }

  /** What QEMU has for people only: they are told what is wrong, and nothing if nothing is. */
  private static void order(Qmp qmp, String line) throws IOException {
    ObjectNode command = JSON.createObjectNode().put("command-line", line);
    String complaint = qmp.ask("human-monitor-command", command).asText().strip();
    if (!complaint.isEmpty()) {
      throw new IOException(complaint);
    }
  }

  /** Ends it. */
  void end() {
    process.abandon();
    folder.delete();
  }
}
