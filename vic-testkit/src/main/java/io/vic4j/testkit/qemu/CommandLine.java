package io.vic4j.testkit.qemu;

import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.VmDefinition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The arguments that make QEMU the machine of a definition. */
final class CommandLine {
  /** vSphere has no disk there, for it is the controller's own number (SPI-3). */
  private static final int CONTROLLER_ID = 7;

  /** As many as vSphere has on one, and no more than Linux finds on QEMU's. */
  private static final int DISKS_A_CONTROLLER = 15;

  private final QemuSettings settings;
  private final LocalDatastore datastore;
  private final List<String> arguments = new ArrayList<>();

  private CommandLine(QemuSettings settings, LocalDatastore datastore) {
    this.settings = settings;
    this.datastore = datastore;
  }

  static List<String> of(
      QemuSettings settings,
      LocalDatastore datastore,
      VmDefinition vm,
      VmFolder folder,
      Path sockets) {
    CommandLine line = new CommandLine(settings, datastore);
    line.machine(vm);
    line.boot(vm);
    line.disks(vm);
    line.networks(vm);
    line.channels(vm, folder, sockets);
    line.add("-daemonize", "-pidfile", sockets.resolve("pid").toString());
    return line.arguments;
  }

  private void add(String... more) {
    arguments.addAll(List.of(more));
  }

  private void machine(VmDefinition vm) {
    add(settings.program(), "-name", "vic-" + vm.id().substring(0, 12));
    add("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none");
    add("-machine", "pc", "-accel", settings.accelerator(), "-cpu", "max,la57=off");
    add("-smp", Integer.toString(vm.cpus()), "-m", (vm.memory().bytes() >> 20) + "M");
    add("-rtc", "base=utc", "-device", "virtio-rng-pci");
  }

  private void boot(VmDefinition vm) {
    if (vm.bootstrapIso().isPresent()) {
      cd(datastore.localPath(vm.bootstrapIso().get()));
    } else if (settings.bootstrap() instanceof Bootstrap.Iso cd) {
      cd(cd.iso());
    } else if (settings.bootstrap() instanceof Bootstrap.Kernel direct) {
      add("-kernel", direct.kernel().toString(), "-initrd", direct.initramfs().toString());
      add("-append", "console=ttyS0 quiet acpi=noirq" + (emulated() ? " mitigations=off" : ""));
    }
  }

  /**
   * Whether the guest's code is translated: then it has no speculation to be protected from, and
   * what protects it is slow. What ACPI has of interrupts takes a second to find, and no device of
   * ours needs it.
   */
  private boolean emulated() {
    return settings.accelerator().startsWith("tcg");
  }

  private void cd(Path iso) {
    add("-drive", "if=none,id=cd,media=cdrom,readonly=on,file=" + value(iso));
    add("-device", "ide-cd,bus=ide.1,drive=cd,bootindex=1");
  }

  private void disks(VmDefinition vm) {
    for (int i = 0; i < vm.disks().size(); i++) {
      DiskAttachment disk = vm.disks().get(i);
      int controller = i / DISKS_A_CONTROLLER;
      int target = i % DISKS_A_CONTROLLER;
      if (target == 0) {
        add("-device", "pvscsi,id=scsi" + controller);
      }
      if (target >= CONTROLLER_ID) {
        target++;
      }
      String access = disk.role().isReadOnly() ? ",readonly=on" : ",discard=unmap";
      String file = value(datastore.localPath(disk.vmdk()));
      add("-drive", "if=none,id=disk" + i + ",format=vmdk" + access + ",file=" + file);
      add("-device", "scsi-hd,bus=scsi" + controller + ".0,scsi-id=" + target + ",drive=disk" + i);
    }
  }

  private void networks(VmDefinition vm) {
    for (int i = 0; i < vm.networks().size(); i++) {
      StringBuilder network = new StringBuilder("user,id=net" + i);
      for (NetworkAttachment.PortForward forward : vm.networks().get(i).forwards()) {
        network.append(",hostfwd=tcp:127.0.0.1:").append(forward.hostPort());
        network.append("-:").append(forward.guestPort());
      }
      add("-netdev", network.toString(), "-device", "vmxnet3,netdev=net" + i);
    }
  }

  private void channels(VmDefinition vm, VmFolder folder, Path sockets) {
    add("-qmp", "unix:" + value(sockets.resolve("qmp")) + ",server=on,wait=off");
    add("-chardev", "file,id=console,append=on,path=" + value(folder.console()));
    add("-serial", "chardev:console");
    add("-fw_cfg", "name=opt/io.vic4j/variables,file=" + value(folder.variables()));
    add("-device", "virtio-serial-pci,max_ports=31");
    add("-chardev", "file,id=guest,append=on,path=" + value(folder.guest()));
    add("-device", "virtserialport,chardev=guest,name=io.vic4j.guest");
    add("-chardev", "socket,id=host,server=on,wait=off,path=" + value(sockets.resolve("host")));
    add("-device", "virtserialport,chardev=host,name=io.vic4j.host");
    add("-chardev", "socket,id=link,server=on,wait=off,path=" + value(sockets.resolve("link")));
    add("-device", "virtserialport,chardev=link,name=io.vic4j.link");
    for (int i = 0; i < vm.logs().size(); i++) {
      add("-chardev", "file,id=log" + i + ",append=on,path=" + value(folder.log(i)));
      add("-device", "virtserialport,chardev=log" + i + ",name=io.vic4j.log." + i);
    }
  }

  /** A path within an option, where a comma would end it. */
  static String value(Path path) {
    return path.toString().replace(",", ",,");
  }
}
