package io.vic4j.core.vsphere.soap;

import com.vmware.vim25.MethodFault;

/**
 * A fault of a type that yavijava does not know, in a place where a {@link MethodFault} is wanted:
 * its name is kept, and the fields that all faults have.
 */
public final class UnknownFault extends MethodFault {
  private static final long serialVersionUID = 1;

  private final String typeName;

  UnknownFault(String typeName) {
    this.typeName = typeName;
  }

  /** The type of the fault, as the server named it. */
  public String typeName() {
    return typeName;
  }

  @Override
  public String getMessage() {
    return typeName;
  }
}
