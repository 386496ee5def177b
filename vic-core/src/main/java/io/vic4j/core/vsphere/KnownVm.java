package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import io.vic4j.core.vm.VmRecord;
import java.util.Map;

/**
 * One of our VMs, at one moment.
 *
 * @param reference what vSphere calls it
 * @param record what it is to the port
 * @param home the path of its configuration file, {@code [datastore] folder/file.vmx}
 * @param extra its whole extra configuration
 */
record KnownVm(
    ManagedObjectReference reference, VmRecord record, String home, Map<String, String> extra) {
  String id() {
    return record.id();
  }

  /** For messages. */
  String title() {
    return "VM " + record.name();
  }
}
