package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ParaVirtualSCSIController;
import com.vmware.vim25.VirtualCdrom;
import com.vmware.vim25.VirtualCdromIsoBackingInfo;
import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualDeviceBackingInfo;
import com.vmware.vim25.VirtualDeviceConfigSpec;
import com.vmware.vim25.VirtualDeviceConfigSpecFileOperation;
import com.vmware.vim25.VirtualDeviceConfigSpecOperation;
import com.vmware.vim25.VirtualDeviceConnectInfo;
import com.vmware.vim25.VirtualDisk;
import com.vmware.vim25.VirtualDiskFlatVer2BackingInfo;
import com.vmware.vim25.VirtualDiskMode;
import com.vmware.vim25.VirtualEthernetCard;
import com.vmware.vim25.VirtualMachineConfigSpec;
import com.vmware.vim25.VirtualSCSIController;
import com.vmware.vim25.VirtualSCSISharing;
import com.vmware.vim25.VirtualSerialPort;
import com.vmware.vim25.VirtualSerialPortFileBackingInfo;
import com.vmware.vim25.VirtualVmxnet3;
import io.vic4j.core.ConflictException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.vm.DiskAttachment;
import io.vic4j.core.vm.DiskAttachment.Role;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The devices that a VM gets, as the API wants them: hardware as VIC proved it. Not thread-safe.
 *
 * <p>Sources: vSphere Web Services API, VirtualDeviceConfigSpec; vSphere configuration maximums.
 */
final class VmDevices {
  /** Serial ports of a VM, from hardware version 11 on. */
  static final int MAX_SERIAL_PORTS = 32;

  private static final int UNITS = 16;
  private static final int MAX_CONTROLLERS = 4;

  /** The controller itself has this place on its bus. */
  private static final int CONTROLLER_UNIT = 7;

  // vSphere gives these keys to the controllers that each VM has.
  private static final int FIRST_IDE_CONTROLLER = 200;
  private static final int SUPER_IO_CONTROLLER = 400;

  private final List<VirtualDeviceConfigSpec> changes = new ArrayList<>();
  private final SortedMap<Integer, Controller> controllers = new TreeMap<>(); // By their bus.
  private int lastKey;

  /** A controller of disks, and the places on its bus that are taken. */
  private record Controller(int key, BitSet taken) {
    Controller(int key) {
      this(key, new BitSet(UNITS));
      taken.set(CONTROLLER_UNIT);
    }

    int free() {
      return taken.nextClearBit(0);
    }
  }

  /** The devices of a new VM. */
  VmDevices() {}

  /** Further devices for a VM that has these. */
  VmDevices(List<VirtualDevice> there) {
    for (VirtualDevice device : there) {
      if (device instanceof VirtualSCSIController controller) {
        controllers.put(controller.getBusNumber(), new Controller(controller.getKey()));
      }
    }
    for (VirtualDevice device : there) {
      for (Controller controller : controllers.values()) {
        Integer unit = device.getUnitNumber();
        if (unit != null && Objects.equals(device.getControllerKey(), controller.key())) {
          controller.taken().set(unit);
        }
      }
    }
  }

  /** A key that is nobody's yet: vSphere replaces negative ones. */
  private int newKey() {
    return --lastKey;
  }

  private VirtualDeviceConfigSpec add(VirtualDevice device) {
    VirtualDeviceConfigSpec change = addition(device);
    changes.add(change);
    return change;
  }

  /**
   * The devices that a VM has.
   *
   * @throws UnavailableException if vSphere does not tell
   */
  static List<VirtualDevice> of(VimSession session, ManagedObjectReference vm) {
    String property = "config.hardware.device";
    if (new Properties(session).of(vm, property).get(property) instanceof VirtualDevice[] all) {
      return List.of(all);
    }
    throw new UnavailableException("vSphere does not tell the devices of " + Moref.text(vm), null);
  }

  /** The change that adds a device. */
  static VirtualDeviceConfigSpec addition(VirtualDevice device) {
    VirtualDeviceConfigSpec change = new VirtualDeviceConfigSpec();
    change.setOperation(VirtualDeviceConfigSpecOperation.add);
    change.setDevice(device);
    return change;
  }

  /** The change that unplugs a device; its files stay. */
  static VirtualDeviceConfigSpec removal(VirtualDevice device) {
    VirtualDeviceConfigSpec change = new VirtualDeviceConfigSpec();
    change.setOperation(VirtualDeviceConfigSpecOperation.remove);
    change.setDevice(device);
    return change;
  }

  /**
   * Plugs a disk in.
   *
   * @param file what the API calls it
   * @param child where the layer of changes over a disk that must not be written goes; null for one
   *     that is written
   * @throws ConflictException if there is no place left
   */
  void disk(DiskAttachment disk, String file, @Nullable String child) {
    Controller controller = controllerWithPlace();
    VirtualDisk device = new VirtualDisk();
    device.setKey(newKey());
    device.setControllerKey(controller.key());
    device.setUnitNumber(controller.free());
    controller.taken().set(controller.free());
    VirtualDiskFlatVer2BackingInfo backing = backing(file, mode(disk.role()));
    VirtualDeviceConfigSpec change = add(device);
    if (child == null) {
      device.setBacking(backing);
    } else {
      VirtualDiskFlatVer2BackingInfo over = backing(child, mode(disk.role()));
      over.setParent(backing);
      device.setBacking(over);
      change.setFileOperation(VirtualDeviceConfigSpecFileOperation.create);
    }
  }

  private Controller controllerWithPlace() {
    for (int bus = 0; bus < MAX_CONTROLLERS; bus++) {
      Controller controller = controllers.computeIfAbsent(bus, this::controller);
      if (controller.free() < UNITS) {
        return controller;
      }
    }
    throw new ConflictException("all places for disks of this VM are taken");
  }

  private Controller controller(int bus) {
    ParaVirtualSCSIController controller = new ParaVirtualSCSIController();
    controller.setKey(newKey());
    controller.setBusNumber(bus);
    controller.setSharedBus(VirtualSCSISharing.noSharing);
    add(controller);
    return new Controller(controller.getKey());
  }

  /** No snapshot of a VM takes a disk along that others use, and what is only read changes not. */
  private static VirtualDiskMode mode(Role role) {
    return switch (role) {
      case LAYER, READ_ONLY_VOLUME -> VirtualDiskMode.independent_nonpersistent;
      case VOLUME -> VirtualDiskMode.independent_persistent;
      case SCRATCH, FILES -> VirtualDiskMode.persistent;
    };
  }

  static VirtualDiskFlatVer2BackingInfo backing(String file, VirtualDiskMode mode) {
    VirtualDiskFlatVer2BackingInfo backing = new VirtualDiskFlatVer2BackingInfo();
    backing.setFileName(file);
    backing.setDiskMode(mode.toString());
    backing.setThinProvisioned(true);
    return backing;
  }

  /** Puts an ISO into a CD-ROM drive. */
  void cdrom(String isoFile) {
    VirtualCdromIsoBackingInfo backing = new VirtualCdromIsoBackingInfo();
    backing.setFileName(isoFile);
    VirtualCdrom device = new VirtualCdrom();
    device.setKey(newKey());
    device.setControllerKey(FIRST_IDE_CONTROLLER);
    device.setUnitNumber(0);
    device.setBacking(backing);
    device.setConnectable(connected());
    add(device);
  }

  /** Adds a serial port whose output goes to a file. */
  void serialPort(String file) {
    VirtualSerialPortFileBackingInfo backing = new VirtualSerialPortFileBackingInfo();
    backing.setFileName(file);
    VirtualSerialPort device = new VirtualSerialPort();
    device.setKey(newKey());
    device.setControllerKey(SUPER_IO_CONTROLLER);
    device.setYieldOnPoll(true);
    device.setBacking(backing);
    device.setConnectable(connected());
    add(device);
  }

  /** Adds a network adapter. */
  void networkAdapter(VirtualDeviceBackingInfo network) {
    VirtualEthernetCard device = new VirtualVmxnet3();
    device.setKey(newKey());
    device.setAddressType("generated");
    device.setBacking(network);
    device.setConnectable(connected());
    add(device);
  }

  private static VirtualDeviceConnectInfo connected() {
    VirtualDeviceConnectInfo info = new VirtualDeviceConnectInfo();
    info.setStartConnected(true);
    info.setAllowGuestControl(false);
    info.setConnected(true);
    return info;
  }

  /** Writes the changes into a configuration. */
  void into(VirtualMachineConfigSpec spec) {
    spec.setDeviceChange(changes.toArray(VirtualDeviceConfigSpec[]::new));
  }
}
