package io.vic4j.core.vsphere.soap;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Which namespace a prefix means where in the answer (Namespaces in XML 1.0). */
final class XmlNamespaces {
  private static final String XML = "http://www.w3.org/XML/1998/namespace";
  private static final String XMLNS = "http://www.w3.org/2000/xmlns/";

  private String[] prefixes = new String[16];
  private String[] uris = new String[16];
  private int[] depths = new int[16];
  private int size;

  /** Lets a prefix, or the empty one, mean a namespace in the element at a depth. */
  void bind(String prefix, String uri, int depth) throws MalformedAnswerException {
    boolean isXml = prefix.equals("xml");
    if (prefix.equals("xmlns")
        || isXml != uri.equals(XML)
        || uri.equals(XMLNS)
        || (uri.isEmpty() && !prefix.isEmpty())) {
      throw new MalformedAnswerException(
          "the answer binds the prefix " + prefix + " to the namespace \"" + uri + "\"");
    }
    if (size == prefixes.length) {
      prefixes = Arrays.copyOf(prefixes, size * 2);
      uris = Arrays.copyOf(uris, size * 2);
      depths = Arrays.copyOf(depths, size * 2);
    }
    prefixes[size] = prefix;
    uris[size] = uri;
    depths[size++] = depth;
  }

  /** Forgets what was bound in elements deeper than that. */
  void leave(int depth) {
    while (size > 0 && depths[size - 1] > depth) {
      size--;
    }
  }

  /** The namespace that a prefix means now; null if it means none. */
  @Nullable String uri(String prefix) {
    for (int i = size - 1; i >= 0; i--) {
      if (prefixes[i].equals(prefix)) {
        return uris[i];
      }
    }
    return prefix.isEmpty() ? "" : prefix.equals("xml") ? XML : null;
  }
}
