package io.vic4j.storage.vmdk;

import io.vic4j.core.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The text that describes a virtual disk: a file of its own beside a flat extent, or a part of a
 * sparse one. Only disks without a parent have one here.
 *
 * <p>To make a flat disk, write the content raw to {@code x-flat.vmdk}, give it a length that is a
 * multiple of 512, and write {@link #bytes} of {@link #flat} to {@code x.vmdk} in the same folder.
 *
 * <p>Source: Virtual Disk Format 5.0, "The Descriptor File". Immutable.
 *
 * @param subformat how the content is laid out
 * @param contentId the CID, 0 to 2³²−1; {@code 0xffffffff} means "none" and is refused
 * @param extents where the content is, in the order of the disk
 * @param diskDatabase what the virtual machine needs to know, by keys without {@code ddb.}
 */
public record VmdkDescriptor(
    VmdkSubformat subformat,
    long contentId,
    List<VmdkExtent> extents,
    Map<String, String> diskDatabase) {
  /** The CID of a parent that is none. */
  static final long NO_CONTENT_ID = 0xffffffffL;

  // What a virtual machine that boots from a SCSI disk of this size computes with: "Disk database".
  private static final int HEADS = 255;
  private static final int SECTORS_PER_TRACK = 63;

  /** Checks the CID, and that there is an extent. */
  public VmdkDescriptor {
    if (contentId < 0 || contentId >= NO_CONTENT_ID) {
      throw new IllegalArgumentException("not a content ID: " + Long.toHexString(contentId));
    }
    if (extents.isEmpty()) {
      throw new IllegalArgumentException("a disk without an extent");
    }
    extents = List.copyOf(extents);
    diskDatabase = Collections.unmodifiableMap(new TreeMap<>(diskDatabase));
  }

  /**
   * The descriptor of a {@link VmdkSubformat#MONOLITHIC_FLAT} disk.
   *
   * <p>The extent is {@code RW} also where nobody is to write it: QEMU ignores {@code RDONLY}
   * extents and would show an empty disk, and vSphere writes to the child disk that a virtual
   * machine gets, never to its parent. Who may write is for the one who attaches the disk to say.
   *
   * @param extentFile the name of the raw file in the descriptor's folder
   * @param capacityBytes the length of the raw file, a multiple of 512
   * @param contentId what is on the disk; the CID and the UUID derive from it, so that one content
   *     has one descriptor
   */
  public static VmdkDescriptor flat(String extentFile, long capacityBytes, Digest contentId) {
    return of(
        VmdkSubformat.MONOLITHIC_FLAT, VmdkExtent.Kind.FLAT, extentFile, capacityBytes, contentId);
  }

  /** The embedded descriptor of a sparse disk. */
  static VmdkDescriptor sparse(VmdkSubformat subformat, long capacityBytes, Digest contentId) {
    // The file does not know what it will be called, and nobody reads the name in it.
    return of(subformat, VmdkExtent.Kind.SPARSE, "disk.vmdk", capacityBytes, contentId);
  }

  private static VmdkDescriptor of(
      VmdkSubformat subformat,
      VmdkExtent.Kind kind,
      String file,
      long capacityBytes,
      Digest contentId) {
    // As VMware does it, the CID is the end of the long content ID. The domain keeps the UUID apart
    // from other uses of the digest.
    String id = Digest.sha256("vmdk " + contentId).hex();
    String longContentId = id.substring(0, 24) + cid(Long.parseLong(id.substring(24, 32), 16));
    Map<String, String> database = new TreeMap<>();
    // PVSCSI came with hardware version 7; every later one accepts it. A disk on a PVSCSI
    // controller
    // says lsilogic, too: the format knows only ide, buslogic and lsilogic.
    database.put("virtualHWVersion", "7");
    database.put("adapterType", "lsilogic");
    long cylinders = capacityBytes / VmdkExtent.SECTOR_BYTES / (HEADS * SECTORS_PER_TRACK);
    database.put("geometry.cylinders", Long.toString(Math.max(1, cylinders)));
    database.put("geometry.heads", Integer.toString(HEADS));
    database.put("geometry.sectors", Integer.toString(SECTORS_PER_TRACK));
    database.put("uuid", uuid("6000c29" + id.substring(32, 57)));
    database.put("longContentID", longContentId);
    // "Unmanaged": the guest looks after its tools itself.
    database.put("toolsVersion", "2147483647");
    return new VmdkDescriptor(
        subformat,
        Long.parseLong(longContentId.substring(24), 16),
        List.of(new VmdkExtent(VmdkExtent.Access.RW, capacityBytes, kind, file, 0)),
        database);
  }

  private static String cid(long value) {
    // ffffffff says "no parent" and fffffffe "never written": neither is a content's name.
    return hex(value >= 0xfffffffeL ? value - 2 : value);
  }

  private static String hex(long value) {
    return HexFormat.of().toHexDigits(value, 8);
  }

  /** Sixteen bytes as VMware writes them: {@code 60 00 C2 9a … -.. ..}. */
  private static String uuid(String hex) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 32; i += 2) {
      text.append(i == 0 ? "" : i == 16 ? "-" : " ").append(hex, i, i + 2);
    }
    return text.toString();
  }

  /**
   * Reads a descriptor.
   *
   * @throws io.vic4j.core.CorruptException if it is none
   * @throws io.vic4j.core.UnsupportedException if it describes another kind of disk: one with a
   *     parent, encrypted, on a device, split or of an unknown {@code createType}
   */
  public static VmdkDescriptor parse(String text) {
    return new DescriptorParser(text).parse();
  }

  /** The size of the disk, all extents together. */
  public long capacityBytes() {
    return extents.stream().mapToLong(VmdkExtent::sizeBytes).sum();
  }

  /** The text, lines ended by {@code \n}; {@link #parse} reads it back to an equal descriptor. */
  public String render() {
    StringBuilder text = new StringBuilder();
    text.append("# Disk DescriptorFile\n");
    text.append("version=1\n");
    text.append("encoding=\"UTF-8\"\n");
    text.append("CID=").append(hex(contentId)).append('\n');
    text.append("parentCID=").append(hex(NO_CONTENT_ID)).append('\n');
    text.append("createType=\"").append(subformat.createType()).append("\"\n");
    text.append("\n# Extent description\n");
    extents.forEach(extent -> text.append(extent.render()).append('\n'));
    text.append("\n# The Disk Data Base\n#DDB\n\n");
    diskDatabase.forEach(
        (key, value) ->
            text.append("ddb.").append(key).append(" = \"").append(value).append("\"\n"));
    return text.toString();
  }

  /** {@link #render} in UTF-8, ready to be written to a file. */
  public ByteBuffer bytes() {
    return ByteBuffer.wrap(render().getBytes(StandardCharsets.UTF_8));
  }
}
