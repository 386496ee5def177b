package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import java.util.Locale;

/** References to vSphere's managed objects. */
final class Moref {
  private Moref() {}

  static ManagedObjectReference of(String type, String value) {
    ManagedObjectReference reference = new ManagedObjectReference();
    reference.setType(type);
    reference.setVal(value);
    return reference;
  }

  /** For messages: {@code VirtualMachine vm-42}. */
  static String text(ManagedObjectReference reference) {
    return reference.getType() + " " + reference.getVal();
  }

  /** What a person calls such an object. */
  static String kind(ManagedObjectReference reference) {
    return switch (reference.getType()) {
      case "VirtualMachine" -> "container vm";
      case "ResourcePool", "VirtualApp" -> "resource pool";
      case "HostSystem" -> "host";
      default -> reference.getType().toLowerCase(Locale.ROOT);
    };
  }
}
