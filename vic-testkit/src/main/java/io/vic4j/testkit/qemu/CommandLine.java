package io.vic4j.testkit.qemu;

import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.MemorySize;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.VmDefinition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The arguments that make QEMU the machine of a definition. */
final class CommandLine {
  /** A controller's, the first of which is a console's. */
  private static final int PORTS = 31;

  /** All but that one and those of the host, the guest, and the link. */
  private static final int LOGS = PORTS - 4;

  private static final String NOWHERE = "null";

  private final QemuSettings settings;
  private final List<String> arguments = new ArrayList<>();

  private CommandLine(QemuSettings settings) {
    this.settings = settings;
  }

  /**
   * A VM. One that goes on from a template waits to be told from where.
   *
   * @param controllers how many of disks it has
   */
  static List<String> of(
      QemuSettings settings,
      LocalDatastore datastore,
      VmDefinition vm,
      int controllers,
      VmFolder folder,
      SocketFolder sockets,
      Optional<Template> template) {
    CommandLine line = new CommandLine(settings);
    line.machine("vic-" + vm.id().substring(0, 12), vm.cpus(), vm.memory());
    template.ifPresent(from -> line.memory(from, vm.memory(), "off"));
    line.boot(vm.bootstrapIso().map(datastore::localPath), template.isPresent());
    if (template.isPresent()) {
      line.add("-incoming", "defer"); // Its guest is told its variables when it wakes.
    } else {
      line.add("-fw_cfg", "name=opt/io.vic4j/variables,file=" + value(folder.variables()));
    }
    line.channels(
        file(folder.guest()),
        IntStream.range(0, vm.logs().size()).mapToObj(i -> file(folder.log(i))),
        template.isPresent(),
        sockets);
    line.disks(vm, controllers, datastore);
    line.networks(vm);
    line.control(sockets, folder.console());
    return line.arguments;
  }

  /**
   * What is to become a template. VMs that go on from it have its devices in the same places, with
   * other ends, and further ones.
   */
  static List<String> of(
      QemuSettings settings, Template template, Template.Kind kind, SocketFolder sockets) {
    CommandLine line = new CommandLine(settings);
    line.machine("vic-template", kind.cpus(), kind.memory());
    line.memory(template, kind.memory(), "on");
    line.boot(Optional.empty(), true);
    line.channels(NOWHERE, Stream.empty(), true, sockets);
    line.control(sockets, template.console());
    return line.arguments;
  }

  private void add(String... more) {
    arguments.addAll(List.of(more));
  }

  private void machine(String name, int cpus, MemorySize memory) {
    add(settings.program(), "-name", name);
    add("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none");
    // Strings of bytes and guarded accesses to a user's memory are slow where code is translated.
    String cpu = settings.emulates() ? "max,la57=off,erms=off,smap=off" : "max,la57=off";
    add("-machine", "pc", "-accel", settings.accelerator(), "-cpu", cpu);
    add("-smp", Integer.toString(cpus), "-m", megabytes(memory));
    add("-rtc", "base=utc", "-device", controller(0));
  }

  private static String megabytes(MemorySize memory) {
    return (memory.bytes() >> 20) + "M";
  }

  private static String controller(int number) {
    return "pvscsi,id=scsi" + number;
  }

  /** The machine's memory is the template's file, which it shares or copies where it writes. */
  private void memory(Template template, MemorySize size, String share) {
    String file = ",size=" + megabytes(size) + ",mem-path=" + value(template.memory());
    add("-object", "memory-backend-file,id=ram,share=" + share + file);
    add("-machine", "memory-backend=ram");
  }

  private void boot(Optional<Path> iso, boolean template) {
    if (iso.isPresent()) {
      cd(iso.get());
    } else if (settings.bootstrap() instanceof Bootstrap.Iso cd) {
      cd(cd.iso());
    } else if (settings.bootstrap() instanceof Bootstrap.Kernel direct) {
      add("-kernel", direct.kernel().toString(), "-initrd", direct.initramfs().toString());
      // Translated code has no speculation to be protected from, and what protects it is slow. What
      // ACPI has of interrupts takes a second to find, and no device of ours needs it.
      String faster = settings.emulates() ? " mitigations=off" : "";
      String waits = template ? " " + Template.PARAMETER : "";
      add("-append", "console=ttyS0 quiet acpi=noirq" + faster + waits);
    }
  }

  private void cd(Path iso) {
    add("-drive", "if=none,id=cd,media=cdrom,readonly=on,file=" + value(iso));
    add("-device", "ide-cd,bus=ide.1,drive=cd,bootindex=1");
  }

  private void disks(VmDefinition vm, int controllers, LocalDatastore datastore) {
    for (int i = 1; i < controllers; i++) {
      add("-device", controller(i));
    }
    for (int i = 0; i < vm.disks().size(); i++) {
      DiskAttachment disk = vm.disks().get(i);
      arguments.addAll(DiskSlot.of(i).arguments(datastore.localPath(disk.vmdk()), disk.role()));
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

  /**
   * What is between a guest and this program. The host's port comes last: a guest that sees it sees
   * them all.
   */
  private void channels(String guest, Stream<String> logs, boolean allPorts, SocketFolder sockets) {
    add("-device", "virtio-rng-pci", "-device", "virtio-serial-pci,max_ports=" + PORTS);
    port("guest", guest);
    port("link", socket(sockets.link()));
    Stream<String> all = allPorts ? Stream.concat(logs, Stream.generate(() -> NOWHERE)) : logs;
    List<String> first = all.limit(LOGS).toList();
    for (int i = 0; i < first.size(); i++) {
      port("log." + i, first.get(i));
    }
    port("host", socket(sockets.host()));
  }

  private void port(String name, String channel) {
    add("-chardev", channel + ",id=" + name);
    add("-device", "virtserialport,chardev=" + name + ",name=io.vic4j." + name);
  }

  private static String file(Path path) {
    return "file,append=on,path=" + value(path);
  }

  private static String socket(Path path) {
    return "socket,server=on,wait=off,path=" + value(path);
  }

  /** What a process is controlled by, and where its first serial port goes. */
  private void control(SocketFolder sockets, Path console) {
    add("-chardev", file(console) + ",id=console");
    add("-serial", "chardev:console");
    add("-qmp", "unix:" + value(sockets.qmp()) + ",server=on,wait=off");
    add("-daemonize", "-pidfile", sockets.pid().toString());
  }

  /** A path within an option, where a comma would end it. */
  static String value(Path path) {
    return path.toString().replace(",", ",,");
  }
}
