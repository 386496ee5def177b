package io.vic4j.core.vsphere.soap;

/** What bytes mean in XML 1.0 and in UTF-8 (RFC 3629). */
final class XmlChars {
  private static final boolean[] NAME = new boolean[256];
  private static final boolean[] PLAIN = new boolean[256];

  static {
    for (int c = 0; c < 256; c++) {
      NAME[c] =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '_'
              || c == '-'
              || c == '.'
              || c == ':';
      PLAIN[c] =
          (c >= ' ' && c < 0x80 && c != '<' && c != '&' && c != ']') || c == '\n' || c == '\t';
    }
  }

  private XmlChars() {}

  /** Whether names may have that byte. Those of vSphere's API are ASCII. */
  static boolean isName(byte b) {
    return NAME[b & 0xff];
  }

  /** Whether a byte stands for itself in text. */
  static boolean isPlain(byte b) {
    return PLAIN[b & 0xff];
  }

  static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\t' || b == '\r';
  }

  /** Whether XML 1.0 allows a character (section 2.2). */
  static boolean isChar(int codePoint) {
    return codePoint < 0x20
        ? codePoint == '\t' || codePoint == '\n' || codePoint == '\r'
        : codePoint <= 0xd7ff
            || (codePoint >= 0xe000 && codePoint <= 0xfffd)
            || (codePoint >= 0x10000 && codePoint <= 0x10ffff);
  }

  /** How many bytes the character has that begins with that byte; 0 if none begins so. */
  static int length(byte first) {
    int b = first & 0xff;
    return b < 0x80 ? 1 : b < 0xc2 ? 0 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : b < 0xf5 ? 4 : 0;
  }

  /** The character of that many bytes; -1 if they are none that XML allows. */
  static int codePoint(byte[] bytes, int at, int length) {
    int value = length == 1 ? bytes[at] : bytes[at] & (0x7f >> length);
    for (int i = 1; i < length; i++) {
      if ((bytes[at + i] & 0xc0) != 0x80) {
        return -1;
      }
      value = value << 6 | (bytes[at + i] & 0x3f);
    }
    boolean overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    return overlong || !isChar(value) ? -1 : value;
  }
}
