package io.vic4j.core.vsphere;

import java.util.List;

/**
 * A privilege that a feature takes.
 *
 * @param feature what takes it
 * @param privilege its identifier in the API: {@code Datastore.Browse}
 * @param target on what it must be granted
 * @param necessity whether the feature is none without it
 * @param calls for which calls: methods of the API, or kinds of file requests
 */
record Right(
    Feature feature, String privilege, Target target, Necessity necessity, List<String> calls) {
  /** On what a privilege is granted. */
  enum Target {
    ROOT("root folder"),
    DATACENTER("datacenter"),
    VM_FOLDER("VM folder"),
    VM("VMs (by the VM folder)"),
    POOL("resource pool"),
    VAPP("vApp"),
    DATASTORE("datastore"),
    NETWORK("each network");

    private final String title;

    Target(String title) {
      this.title = title;
    }

    /** What a person calls it. */
    String title() {
      return title;
    }
  }

  /** Whether one can do without. */
  enum Necessity {
    /** All roles have it. */
    ALWAYS_THERE,
    REQUIRED,
    /** Something small is missed without it. */
    OPTIONAL
  }
}
