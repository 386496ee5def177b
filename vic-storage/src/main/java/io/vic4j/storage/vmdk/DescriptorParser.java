package io.vic4j.storage.vmdk;

import io.vic4j.core.CorruptException;
import io.vic4j.core.UnsupportedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a descriptor line by line: {@code key = value}, {@code key = "value"} or an extent; {@code
 * #} begins a comment. Keys are compared without case, as VMware does; keys that say nothing about
 * how to read the content are passed over.
 */
final class DescriptorParser {
  /** The first line of every descriptor. */
  static final String SIGNATURE = "# Disk DescriptorFile";

  /** Longest descriptor that is read; real ones are below 10 KiB. */
  static final int MAX_BYTES = 64 << 10;

  private static final Pattern EXTENT =
      Pattern.compile(
          "(RW|RDONLY|NOACCESS)\\s+(\\S+)\\s+([A-Za-z]\\S*)(?:\\s+\"([^\"]*)\"(?:\\s+(\\S+).*)?)?");

  private final String text;
  private final Map<String, String> header = new TreeMap<>();
  private final Map<String, String> database = new TreeMap<>();
  private final List<VmdkExtent> extents = new ArrayList<>();

  DescriptorParser(String text) {
    this.text = text;
  }

  VmdkDescriptor parse() {
    if (text.length() > MAX_BYTES) {
      throw corrupt("it is longer than " + MAX_BYTES + " bytes");
    }
    if (!text.regionMatches(true, 0, SIGNATURE, 0, SIGNATURE.length())) {
      throw corrupt("it does not begin with '" + SIGNATURE + "'");
    }
    List<String> extentLines = new ArrayList<>();
    for (String raw : text.lines().toList()) {
      String line = raw.strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (EXTENT.matcher(line).matches()) {
        extentLines.add(line);
      } else {
        parseAssignment(line);
      }
    }
    checkHeader();
    VmdkSubformat subformat = subformat();
    extentLines.forEach(this::parseExtent);
    if (extents.size() != 1) {
      throw extents.isEmpty()
          ? corrupt("it names no extent")
          : unsupported("a " + subformat.createType() + " disk of " + extents.size() + " extents");
    }
    if (subformat.isFlat() == (extents.get(0).kind() == VmdkExtent.Kind.SPARSE)) {
      throw corrupt(
          "a " + subformat.createType() + " disk with an extent of kind " + extents.get(0).kind());
    }
    return new VmdkDescriptor(subformat, contentId(), extents, database);
  }

  private void parseAssignment(String line) {
    int equals = line.indexOf('=');
    if (equals <= 0) {
      throw corrupt("it has the line '" + quote(line) + "'");
    }
    String key = line.substring(0, equals).strip();
    String value = line.substring(equals + 1).strip();
    if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
      value = value.substring(1, value.length() - 1);
    }
    if (key.regionMatches(true, 0, "ddb.", 0, 4)) {
      database.put(key.substring(4), value);
    } else {
      header.putIfAbsent(key.toLowerCase(Locale.ROOT), value);
    }
  }

  private void checkHeader() {
    String version = header.getOrDefault("version", "");
    if (!version.matches("[123]")) {
      throw version.matches("[0-9]{1,9}")
          ? unsupported("version " + version + " of the descriptor; 1 to 3 are")
          : corrupt("its version is '" + quote(version) + "'");
    }
    if (header.containsKey("encryptionkeys")) {
      throw unsupported("an encrypted disk");
    }
    String parent = header.getOrDefault("parentcid", "ffffffff");
    if (!parent.equalsIgnoreCase("ffffffff")) {
      String hint = header.getOrDefault("parentfilenamehint", "unknown");
      throw unsupported(
          "a disk that holds only the difference to a parent ('" + quote(hint) + "')");
    }
  }

  private VmdkSubformat subformat() {
    String createType = header.get("createtype");
    if (createType == null) {
      throw corrupt("it has no createType");
    }
    return VmdkSubformat.of(createType)
        .orElseThrow(() -> unsupported("createType '" + quote(createType) + "'"));
  }

  private long contentId() {
    String cid = header.getOrDefault("cid", "");
    if (!cid.matches("[0-9a-fA-F]{1,8}")) {
      throw corrupt("its CID is '" + quote(cid) + "'");
    }
    long value = Long.parseLong(cid, 16);
    if (value == VmdkDescriptor.NO_CONTENT_ID) {
      throw corrupt("its CID is ffffffff, which means that there is none");
    }
    return value;
  }

  private void parseExtent(String line) {
    Matcher matcher = EXTENT.matcher(line);
    if (!matcher.matches()) {
      throw new IllegalStateException(line);
    }
    VmdkExtent.Access access =
        switch (matcher.group(1)) {
          case "RW" -> VmdkExtent.Access.RW;
          case "RDONLY" -> VmdkExtent.Access.RDONLY;
          default -> throw unsupported("an extent that gives no access: '" + quote(line) + "'");
        };
    VmdkExtent.Kind kind =
        switch (matcher.group(3)) {
          case "FLAT" -> VmdkExtent.Kind.FLAT;
          case "VMFS" -> VmdkExtent.Kind.VMFS;
          case "SPARSE" -> VmdkExtent.Kind.SPARSE;
          default -> throw unsupported("an extent of kind " + quote(matcher.group(3)));
        };
    String name = matcher.group(4);
    if (name == null || name.isEmpty()) {
      throw corrupt("an extent has no file: '" + quote(line) + "'");
    }
    if (!VmdkExtent.isPlainName(name)) {
      throw unsupported("an extent outside the disk's folder: '" + quote(name) + "'");
    }
    long size = bytes(line, matcher.group(2));
    if (size == 0) {
      throw corrupt("an extent is empty: '" + quote(line) + "'");
    }
    long offset = kind == VmdkExtent.Kind.FLAT ? bytes(line, matcher.group(5)) : 0;
    extents.add(new VmdkExtent(access, size, kind, name, offset));
  }

  private long bytes(String line, @Nullable String sectors) {
    if (sectors == null) {
      return 0;
    }
    if (!sectors.matches("[0-9]{1,15}")) {
      throw corrupt("no number of sectors: '" + quote(line) + "'");
    }
    long count = Long.parseLong(sectors);
    if (count > VmdkExtent.MAX_SIZE_BYTES / VmdkExtent.SECTOR_BYTES) {
      throw corrupt("more than 62 TiB: '" + quote(line) + "'");
    }
    return count * VmdkExtent.SECTOR_BYTES;
  }

  /** What may be hostile, short and printable enough for a message. */
  private static String quote(String value) {
    String printable = value.replaceAll("[^\\x20-\\x7e]", "?");
    return printable.length() <= 80 ? printable : printable.substring(0, 80) + "…";
  }

  private static CorruptException corrupt(String why) {
    return new CorruptException("not a VMDK descriptor: " + why, null);
  }

  private static UnsupportedException unsupported(String what) {
    return new UnsupportedException("not supported in a VMDK: " + what);
  }
}
