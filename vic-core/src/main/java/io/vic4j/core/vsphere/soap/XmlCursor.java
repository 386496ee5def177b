package io.vic4j.core.vsphere.soap;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks through the elements of an answer, once. It refuses what is not well-formed, and more of
 * anything than is good for the reader's memory.
 */
final class XmlCursor extends XmlScanner {
  /** Elements within elements, the envelope counted. */
  static final int MAX_DEPTH = 256;

  static final int START = 1;
  static final int END = 2;

  private static final int MAX_ATTRIBUTES = 64;
  private static final String XSI = "http://www.w3.org/2001/XMLSchema-instance";
  private static final String XSD = "http://www.w3.org/2001/XMLSchema";
  private static final byte[] NO_BYTES = {};

  private final XmlWords words = new XmlWords();
  private final XmlNamespaces namespaces = new XmlNamespaces();
  private final ElementText text = new ElementText();
  private final ElementText valueText = new ElementText();

  private final XmlWord[] open = new XmlWord[MAX_DEPTH];
  private int depth;
  private boolean started;
  private boolean isEmpty;
  private boolean hadChildren;
  private XmlWord name = new XmlWord(NO_BYTES, 0, "");

  private XmlWord[] attributeNames = new XmlWord[8];
  private XmlWord[] attributeValues = new XmlWord[8];
  private int attributes;

  XmlCursor(InputStream in) {
    super(in);
  }

  /** Goes to the next start or end of an element, and says which. */
  int next() throws IOException {
    if (isEmpty) {
      isEmpty = false;
      return ended();
    }
    if (depth > 0) {
      content(null);
    } else if (started) {
      throw endsTooEarly();
    } else {
      started = true;
      prolog();
    }
    return tag();
  }

  /** Goes to the end of the document, which must be sound up to there. */
  void finish() throws IOException {
    while (depth > 0) {
      next();
    }
    if (outside()) {
      throw malformed("the answer goes on behind its outermost element");
    }
  }

  /** From the start of an element to its end, over all that is in it. */
  void skip() throws IOException {
    int outer = depth - 1;
    while (depth > outer) {
      next();
    }
  }

  private int tag() throws IOException {
    while (true) {
      int event = buffer[at + 1] == '/' ? endTag() : startTag();
      if (event != MORE) {
        return event;
      }
      moreOrFail();
    }
  }

  private int endTag() throws IOException {
    byte[] expected = depth == 0 ? NO_BYTES : open[depth - 1].bytes;
    int from = at + 2;
    int to = from + expected.length;
    if (isEnd(to)) {
      return MORE;
    }
    boolean matches = depth > 0 && Arrays.equals(buffer, from, to, expected, 0, expected.length);
    int behind = spaces(to);
    if (isEnd(behind)) {
      return MORE;
    }
    if (!matches || buffer[behind] != '>') {
      throw malformed("the answer ends another element than <" + name + "> here");
    }
    at = behind + 1;
    return ended();
  }

  private int ended() {
    depth--;
    name = open[depth];
    attributes = 0;
    namespaces.leave(depth);
    return END;
  }

  private int startTag() throws IOException {
    byte[] piece = buffer;
    int from = at + 1;
    int to = from;
    int hash = 0;
    while (XmlChars.isName(piece[to])) {
      hash = XmlWords.hash(hash, piece[to++]);
    }
    if (isEnd(to)) {
      return MORE;
    }
    XmlWord word = words.of(piece, from, to, hash);
    if (!word.isName) {
      throw malformed("the answer has < before something that is no tag");
    }
    attributes = 0;
    while (true) {
      int behind = to;
      to = spaces(to);
      if (piece[to] == '>') {
        at = to + 1;
        isEmpty = false;
        return started(word);
      }
      if (isEnd(to)) {
        return MORE;
      }
      if (piece[to] == '/') {
        if (isEnd(to + 1)) {
          return MORE;
        }
        if (piece[to + 1] != '>') {
          throw malformed("the answer has / within <" + word + ">");
        }
        at = to + 2;
        isEmpty = true;
        return started(word);
      }
      if (to == behind) {
        throw malformed("the answer has no space before an attribute of <" + word + ">");
      }
      to = attribute(to);
      if (to == MORE) {
        return MORE;
      }
    }
  }

  private int started(XmlWord word) throws MalformedAnswerException {
    if (depth == MAX_DEPTH) {
      throw malformed("the answer nests elements deeper than " + MAX_DEPTH);
    }
    name = word;
    open[depth++] = word;
    for (int i = 0; i < attributes; i++) {
      XmlWord attribute = attributeNames[i];
      if (attribute.prefix.equals("xmlns")) {
        namespaces.bind(attribute.local, attributeValues[i].text, depth);
      } else if (attribute.text.equals("xmlns")) {
        namespaces.bind("", attributeValues[i].text, depth);
      }
    }
    requireNamespace(word);
    for (int i = 0; i < attributes; i++) {
      XmlWord attribute = attributeNames[i];
      if (attribute.prefix.isEmpty() || attribute.prefix.equals("xmlns")) {
        continue;
      }
      String uri = requireNamespace(attribute);
      for (int j = 0; j < i; j++) {
        if (attributeNames[j].local.equals(attribute.local)
            && !attributeNames[j].prefix.isEmpty()
            && uri.equals(namespaces.uri(attributeNames[j].prefix))) {
          throw malformed("the answer has an attribute twice: " + attribute);
        }
      }
    }
    return START;
  }

  private String requireNamespace(XmlWord word) throws MalformedAnswerException {
    String uri = namespaces.uri(word.prefix);
    if (uri == null) {
      throw malformed("the answer binds the prefix of " + word + " to no namespace");
    }
    return uri;
  }

  /** Reads an attribute; the place behind it, or {@link #MORE}. */
  private int attribute(int from) throws IOException {
    byte[] piece = buffer;
    int to = from;
    int hash = 0;
    while (XmlChars.isName(piece[to])) {
      hash = XmlWords.hash(hash, piece[to++]);
    }
    if (isEnd(to)) {
      return MORE;
    }
    XmlWord word = words.of(piece, from, to, hash);
    if (!word.isName) {
      throw malformed("the answer has something within a tag that is no attribute");
    }
    int equals = spaces(to);
    int quote = piece[equals] == '=' ? spaces(equals + 1) : equals;
    if (isEnd(quote)) {
      return MORE;
    }
    if (quote == equals || (piece[quote] != '"' && piece[quote] != '\'')) {
      throw malformed("the answer has no value in quotes for the attribute " + word);
    }
    for (int i = 0; i < attributes; i++) {
      if (attributeNames[i].text.equals(word.text)) {
        throw malformed("the answer has an attribute twice: " + word);
      }
    }
    if (attributes == attributeNames.length) {
      if (attributes == MAX_ATTRIBUTES) {
        throw malformed("the answer has a tag of more than " + MAX_ATTRIBUTES + " attributes");
      }
      attributeNames = Arrays.copyOf(attributeNames, attributes * 2);
      attributeValues = Arrays.copyOf(attributeValues, attributes * 2);
    }
    attributeNames[attributes] = word;
    return attributeValue(quote + 1, piece[quote]);
  }

  private int attributeValue(int from, byte quote) throws IOException {
    byte[] piece = buffer;
    int to = from;
    int hash = 0;
    byte b = piece[to];
    while (b >= ' ' && b != quote && b != '<' && b != '&') {
      hash = XmlWords.hash(hash, b);
      b = piece[++to];
    }
    if (b == quote) {
      attributeValues[attributes++] = words.of(piece, from, to, hash);
      return to + 1;
    }
    valueText.clear();
    valueText.append(piece, from, to - from);
    while (piece[to] != quote) {
      if (isEnd(to)) {
        return MORE;
      }
      int character;
      if (piece[to] == '&') {
        character = reference(to);
        to = afterReference;
      } else {
        int length = XmlChars.length(piece[to]);
        character = isEnd(to + length - 1) ? MORE : XmlChars.codePoint(piece, to, length);
        if (piece[to] == '<' || length == 0 || (character < 0 && !isEnd(to + length - 1))) {
          throw noCharacter(piece[to]);
        }
        if (character == '\r' && piece[to + 1] == '\n') {
          to++;
        }
        // XML 1.0, section 3.3.3.
        character = character < ' ' && character >= 0 ? ' ' : character;
        to += length;
      }
      if (character == MORE) {
        return MORE;
      }
      valueText.append(character);
    }
    attributeValues[attributes++] = new XmlWord(NO_BYTES, 0, valueText.toString());
    return to + 1;
  }

  private int spaces(int from) {
    int to = from;
    while (XmlChars.isSpace(buffer[to])) {
      to++;
    }
    return to;
  }

  /** The local name of the element whose start or end this is. */
  String name() {
    return name.local;
  }

  /** The namespace of the element whose start this is. */
  @Nullable String namespace() {
    return namespaces.uri(name.prefix);
  }

  /** The value of an attribute without a namespace, at the start of an element. */
  @Nullable String attribute(String local) {
    for (int i = 0; i < attributes; i++) {
      if (attributeNames[i].text.equals(local)) {
        return attributeValues[i].text;
      }
    }
    return null;
  }

  /** The value of an attribute such as {@code xsi:type}, at the start of an element. */
  @Nullable XmlWord xsi(String local) {
    for (int i = 0; i < attributes; i++) {
      XmlWord attribute = attributeNames[i];
      if (attribute.local.equals(local)
          && !attribute.prefix.isEmpty()
          && XSI.equals(namespaces.uri(attribute.prefix))) {
        return attributeValues[i];
      }
    }
    return null;
  }

  /** Whether the value of {@code xsi:type} is one of XML Schema's own. */
  boolean isXsd(XmlWord type) {
    return XSD.equals(namespaces.uri(type.prefix));
  }

  /**
   * From the start of an element to its end: its own text, valid until the next call. Elements in
   * it are passed over.
   */
  ElementText text() throws IOException {
    text.clear();
    hadChildren = false;
    if (isEmpty) {
      next();
      return text;
    }
    while (true) {
      content(text);
      if (tag() == END) {
        return text;
      }
      hadChildren = true;
      skip();
    }
  }

  /** Whether the element of the last {@link #text} had elements in it. */
  boolean hadChildren() {
    return hadChildren;
  }
}
