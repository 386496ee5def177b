package io.vic4j.core.vsphere.soap;

/** A qualified name of an answer, or the value of an attribute: met once, found again by bytes. */
final class XmlWord {
  final byte[] bytes;
  final int hash;

  /** The whole of it. */
  final String text;

  /** What stands before the first colon; empty without one. */
  final String prefix;

  /** What stands behind the first colon. */
  final String local;

  /** Whether it is a name (Namespaces in XML 1.0, section 3), given that it has their bytes. */
  final boolean isName;

  XmlWord(byte[] bytes, int hash, String text) {
    this.bytes = bytes;
    this.hash = hash;
    this.text = text;
    int colon = text.indexOf(':');
    // Interned, as the names of Java's fields are: equal ones are found without comparing.
    this.prefix = colon < 0 ? "" : text.substring(0, colon).intern();
    this.local = text.substring(colon + 1).intern();
    this.isName = (colon < 0 || isPart(prefix)) && isPart(local);
  }

  private static boolean isPart(String part) {
    if (part.isEmpty() || part.indexOf(':') >= 0) {
      return false;
    }
    char first = part.charAt(0);
    return !(first >= '0' && first <= '9') && first != '-' && first != '.';
  }

  @Override
  public String toString() {
    return text;
  }
}
