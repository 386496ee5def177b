package io.vic4j.core.vsphere;

import com.vmware.vim25.InvalidState;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ResourceAllocationInfo;
import com.vmware.vim25.SharesInfo;
import com.vmware.vim25.SharesLevel;
import com.vmware.vim25.VirtualMachineConfigSpec;
import com.vmware.vim25.VirtualMachineFileInfo;
import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.ConflictException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.DiskAttachment.Role;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.core.vm.NetworkAttachment;
import io.vic4j.core.vm.VmDefinition;
import io.vic4j.core.vsphere.soap.SoapFault;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes VMs of definitions. Thread-safe. */
final class VmCreation {
  /*
   * A VM has a folder of its own at the top of the datastore, called by its identifier, so that the
   * places of its logs and of the layers of changes over shared disks are known beforehand. In its
   * inventory folder its name is unique. So the same call made twice makes one VM, which is what
   * makes it safe to repeat when a connection breaks.
   */
  private static final Logger log = LoggerFactory.getLogger(VmCreation.class);

  /** A Linux of version 3 or later, of no distribution in particular. */
  static final String GUEST = "other3xLinux64Guest";

  // vSphere Web Services API, SharesLevel: "normal" is 1,000 for each processor, 10 for each MB.
  private static final long SHARES_PER_CPU = 1000;
  private static final long SHARES_PER_MEBIBYTE = 10;

  private final VimTasks tasks;
  private final Site site;
  private final VsphereDatastore datastore;
  private final VmFolders folders;
  private final VmNames names;
  private final Networks networks;
  private final Optional<DatastorePath> bootstrapIso;

  VmCreation(
      VimTasks tasks,
      Site site,
      VsphereDatastore datastore,
      VmFolders folders,
      VmNames names,
      Networks networks,
      Optional<DatastorePath> bootstrapIso) {
    this.tasks = tasks;
    this.site = site;
    this.datastore = datastore;
    this.folders = folders;
    this.names = names;
    this.networks = networks;
    this.bootstrapIso = bootstrapIso;
  }

  /**
   * Makes a VM: whole, or nothing.
   *
   * @param shown whether vSphere shows it; asked where the answer that it is there may be lost
   * @return what vSphere calls it; null if it is there but the answer that said so was lost
   * @throws AlreadyExistsException if the name is taken
   */
  @Nullable ManagedObjectReference create(VmDefinition definition, BooleanSupplier shown) {
    if (definition.logs().size() > VmDevices.MAX_SERIAL_PORTS) {
      throw new InvalidSpecException(
          "logs",
          definition.logs().size()
              + " sessions, but a VM has at most "
              + VmDevices.MAX_SERIAL_PORTS
              + " serial ports, one for each");
    }
    try {
      return make(definition, shown);
    } catch (NotFoundException | InvalidArgumentException e) {
      // The folder or a network may have gone, or been replaced, since it was found.
      log.debug("folder and networks are looked for anew", e);
      folders.forget(definition.scope());
      networks.forget();
      return make(definition, shown);
    }
  }

  private @Nullable ManagedObjectReference make(VmDefinition definition, BooleanSupplier shown) {
    String what = "making of VM " + definition.name();
    try {
      return make(what, definition, spec(definition), shown);
    } catch (AlreadyExistsException e) {
      throw new AlreadyExistsException("container vm", definition.name(), e);
    } catch (BrokenConnectionException e) {
      if (shown.getAsBoolean()) {
        return null;
      }
      throw e;
    } catch (ConflictException e) {
      // There is no VM yet whose state it could be (vSphere Web Services API, CreateVM_Task).
      if (e.getCause() instanceof SoapFault fault
          && fault.fault().orElse(null) instanceof InvalidState) {
        throw new UnavailableException(
            what
                + ": "
                + fault.getMessage()
                + "; the host is in maintenance mode, or not connected",
            fault);
      }
      throw e;
    }
  }

  private @Nullable ManagedObjectReference make(
      String what, VmDefinition definition, VirtualMachineConfigSpec spec, BooleanSupplier shown) {
    ManagedObjectReference folder = folders.of(definition.scope());
    Object made =
        tasks.repeat(
            what,
            vim ->
                site.pool().getType().equals("VirtualApp")
                    ? vim.createChildVM_Task(site.pool(), spec, site.host())
                    : vim.createVM_Task(folder, spec, site.pool(), site.host()),
            failure -> failure instanceof AlreadyExistsException || shown.getAsBoolean());
    return made instanceof ManagedObjectReference vm ? vm : null;
  }

  private VirtualMachineConfigSpec spec(VmDefinition definition) {
    DatastorePath home = DatastorePath.parse(definition.id());
    FileAddresses addresses = datastore.addresses();
    VirtualMachineFileInfo files = new VirtualMachineFileInfo();
    files.setVmPathName(addresses.absoluteText(home.resolve(definition.name() + ".vmx")));
    VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
    spec.setName(Inventory.escaped(names.inInventory(definition.scope(), definition.name())));
    spec.setFiles(files);
    spec.setGuestId(GUEST);
    spec.setNumCPUs(definition.cpus());
    spec.setMemoryMB(definition.memory().bytes() >> 20);
    spec.setCpuAllocation(shares(definition.shares().cpuMillis(), SHARES_PER_CPU, 1000));
    spec.setMemoryAllocation(
        shares(definition.shares().memoryBytes(), SHARES_PER_MEBIBYTE, 1 << 20));
    spec.setAnnotation("container VM " + definition.id() + " of " + definition.scope());
    spec.setExtraConfig(VmKeys.options(extra(definition)));
    devices(definition, home).into(spec);
    return spec;
  }

  /** A weight in vSphere's measure, in which a VM that asks for all it has weighs as any other. */
  private static @Nullable ResourceAllocationInfo shares(
      OptionalLong weight, long perUnit, long unit) {
    if (weight.isEmpty()) {
      return null;
    }
    double exact = (double) weight.getAsLong() * perUnit / unit;
    SharesInfo shares = new SharesInfo();
    shares.setLevel(SharesLevel.custom);
    shares.setShares((int) Math.max(1, Math.min(Integer.MAX_VALUE, Math.round(exact))));
    ResourceAllocationInfo allocation = new ResourceAllocationInfo();
    allocation.setShares(shares);
    return allocation;
  }

  private VmDevices devices(VmDefinition definition, DatastorePath home) {
    FileAddresses addresses = datastore.addresses();
    VmDevices devices = new VmDevices();
    int number = 0;
    for (DiskAttachment disk : definition.disks()) {
      String child = null;
      if (disk.role().isReadOnly()) {
        child = addresses.absoluteText(home.resolve("shared-" + ++number + ".vmdk"));
      }
      devices.disk(disk, addresses.text(disk.vmdk()), child);
    }
    definition
        .bootstrapIso()
        .or(() -> bootstrapIso)
        .ifPresent(iso -> devices.cdrom(addresses.text(iso)));
    for (String log : definition.logs()) {
      devices.serialPort(addresses.absoluteText(logFile(home, log)));
    }
    for (NetworkAttachment network : definition.networks()) {
      if (!network.forwards().isEmpty()) {
        throw new UnsupportedException(
            "vSphere forwards no ports of a host: the guest has its own address on network "
                + network.network());
      }
      devices.networkAdapter(networks.backing(network.network()));
    }
    return devices;
  }

  /** Where a serial port's output goes. */
  static DatastorePath logFile(DatastorePath home, String log) {
    return home.resolve(log + ".log");
  }

  private SortedMap<String, String> extra(VmDefinition definition) {
    SortedMap<String, String> extra = new TreeMap<>();
    definition.variables().forEach((key, value) -> extra.put(VmKeys.key(key), value));
    extra.putAll(names.kept(definition.name()));
    extra.put(VmKeys.ID, definition.id());
    extra.put(VmKeys.SCOPE, definition.scope());
    extra.put(VmKeys.LOGS, String.join("\n", definition.logs()));
    extra.put(VmKeys.SCRATCH, disks(definition, Role::isOwn));
    extra.put(VmKeys.VOLUMES, disks(definition, Role.VOLUME::equals));
    // The guest finds disks by UUID (VMware KB 52815), and each start adds to its logs.
    extra.put("disk.EnableUUID", "TRUE");
    extra.put("answer.msg.serial.file.open", "Append");
    extra.values().removeIf(String::isEmpty);
    return extra;
  }

  private static String disks(VmDefinition definition, Predicate<Role> roles) {
    return definition.disks().stream()
        .filter(disk -> roles.test(disk.role()))
        .map(disk -> disk.vmdk().toString())
        .collect(Collectors.joining("\n"));
  }
}
