package io.vic4j.storage.vmdk;

import java.util.Optional;

/** How a disk's content is laid out in files: the {@code createType} of its descriptor. */
public enum VmdkSubformat {
  /** A descriptor file, and beside it one raw file with the content as it is. */
  MONOLITHIC_FLAT("monolithicFlat"),
  /** As {@link #MONOLITHIC_FLAT}, in the words that ESXi uses for disks on its datastores. */
  VMFS("vmfs"),
  /** One file that holds the descriptor and those grains of the content that were written. */
  MONOLITHIC_SPARSE("monolithicSparse"),
  /** One file that can be written and read in one pass: compressed grains, tables after them. */
  STREAM_OPTIMIZED("streamOptimized");

  private final String createType;

  VmdkSubformat(String createType) {
    this.createType = createType;
  }

  /** The name in descriptors, such as {@code monolithicFlat}. */
  public String createType() {
    return createType;
  }

  /** Whether the content lies as it is in a file beside the descriptor. */
  public boolean isFlat() {
    return this == MONOLITHIC_FLAT || this == VMFS;
  }

  static Optional<VmdkSubformat> of(String createType) {
    for (VmdkSubformat subformat : values()) {
      if (subformat.createType.equalsIgnoreCase(createType)) {
        return Optional.of(subformat);
      }
    }
    return Optional.empty();
  }
}
