package io.vic4j.core.vsphere.soap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The lower half of {@link XmlCursor}: characters, references, and what stands between tags.
 *
 * <p>The JDK's StAX parser took three quarters of the time of an answer, so that no reader on top
 * of it could be three times as fast as one that builds a tree. What SOAP allows (SOAP 1.1, section
 * 3: neither document type declarations nor processing instructions) and vSphere sends (UTF-8, and
 * names in ASCII) is a small part of XML 1.0; this reads that part, checks all of it, and refuses
 * the rest. There is nothing in it that could open a file, or grow.
 */
class XmlScanner {
  /** Bytes of one element's own text. */
  static final int MAX_TEXT_BYTES = 16 * 1024 * 1024;

  /** More bytes are needed to say what stands here. */
  static final int MORE = -1;

  /** A reference with leading zeros has no more bytes. */
  private static final int MAX_REFERENCE_BYTES = 16;

  private static final int MAX_DECLARATION_BYTES = 256;
  private static final String CDATA = "<![CDATA[";
  private static final String COMMENT = "<!--";

  /** XML 1.0, section 2.8. */
  private static final Pattern DECLARATION =
      Pattern.compile(
          "<\\?xml\\s+version\\s*=\\s*(?:\"1\\.[0-9]+\"|'1\\.[0-9]+')"
              + "(?:\\s+encoding\\s*=\\s*[\"']([A-Za-z0-9._-]+)[\"'])?"
              + "(?:\\s+standalone\\s*=\\s*[\"'](?:yes|no)[\"'])?\\s*\\?>");

  private final XmlBytes bytes;

  /** What {@link XmlBytes} holds now. */
  byte[] buffer;

  /** Where in the buffer the next thing stands. */
  int at;

  /** Where in the buffer the last reference ended. */
  int afterReference;

  XmlScanner(InputStream in) {
    bytes = new XmlBytes(in);
    buffer = bytes.buffer();
  }

  /** Whether a place is behind the last byte that the buffer holds. */
  final boolean isEnd(int place) {
    return place >= bytes.end();
  }

  /** Reads more behind what the buffer holds from {@link #at} on; false at the answer's end. */
  final boolean more() throws IOException {
    boolean more = bytes.more(at);
    buffer = bytes.buffer();
    at = 0;
    return more;
  }

  final boolean has(int count) throws IOException {
    while (bytes.end() - at < count) {
      if (!more()) {
        return false;
      }
    }
    return true;
  }

  private boolean startsWith(String ascii) throws IOException {
    if (!has(ascii.length())) {
      return false;
    }
    for (int i = 0; i < ascii.length(); i++) {
      if (buffer[at + i] != ascii.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  final void moreOrFail() throws IOException {
    if (!more()) {
      throw endsTooEarly();
    }
  }

  /** From the beginning of the answer to its first tag. */
  final void prolog() throws IOException {
    if (has(3)
        && buffer[0] == (byte) 0xef
        && buffer[1] == (byte) 0xbb
        && buffer[2] == (byte) 0xbf) {
      at = 3;
    }
    if (startsWith("<?xml ") || startsWith("<?xml\t") || startsWith("<?xml\n")) {
      declaration();
    }
    if (!outside()) {
      throw malformed("the answer is empty");
    }
  }

  private void declaration() throws IOException {
    int length = 0;
    do {
      if (++length > MAX_DECLARATION_BYTES) {
        throw malformed("the answer has an XML declaration without end");
      }
      if (!has(length)) {
        throw endsTooEarly();
      }
    } while (buffer[at + length - 1] != '>');
    Matcher matcher =
        DECLARATION.matcher(new String(buffer, at, length, StandardCharsets.ISO_8859_1));
    if (!matcher.matches()) {
      throw malformed("the answer's XML declaration is none");
    }
    String encoding = matcher.group(1);
    if (encoding != null
        && !encoding.equalsIgnoreCase("UTF-8")
        && !encoding.equalsIgnoreCase("US-ASCII")) {
      throw malformed("the answer is in " + encoding + ", and only UTF-8 is read");
    }
    at += length;
  }

  /** Over space and comments before or behind the outermost element; false at the end. */
  final boolean outside() throws IOException {
    while (has(1)) {
      if (XmlChars.isSpace(buffer[at])) {
        at++;
      } else if (buffer[at] != '<') {
        throw malformed("the answer has text outside of its outermost element");
      } else if (!has(2)) {
        throw endsTooEarly();
      } else if (buffer[at + 1] != '!') {
        return true;
      } else if (startsWith(COMMENT)) {
        at += COMMENT.length();
        verbatim('-', null);
      } else {
        throw malformed("the answer declares a document type");
      }
    }
    return false;
  }

  /** Up to the next tag, and takes the text before it if that is wanted. */
  final void content(@Nullable ElementText out) throws IOException {
    while (true) {
      byte[] piece = buffer;
      int from = at;
      int to = from;
      while (XmlChars.isPlain(piece[to])) {
        to++;
      }
      if (to > from) {
        at = to;
        if (out != null) {
          add(out, piece, from, to - from);
        }
      }
      switch (piece[to]) {
        case '<' -> {
          if (!has(2)) {
            throw endsTooEarly();
          }
          if (buffer[at + 1] != '!') {
            return;
          }
          commentOrData(out);
        }
        case '&' -> {
          int character;
          while ((character = reference(at)) == MORE) {
            moreOrFail();
          }
          at = afterReference;
          add(out, character);
        }
        case ']' -> {
          if (!has(3)) {
            throw endsTooEarly();
          }
          if (buffer[at + 1] == ']' && buffer[at + 2] == '>') {
            throw malformed("the answer has ]]> in a text");
          }
          character(out);
        }
        default -> {
          if (isEnd(to)) {
            moreOrFail();
          } else {
            character(out);
          }
        }
      }
    }
  }

  private void commentOrData(@Nullable ElementText out) throws IOException {
    if (startsWith(COMMENT)) {
      at += COMMENT.length();
      verbatim('-', null);
    } else if (startsWith(CDATA)) {
      at += CDATA.length();
      verbatim(']', out);
    } else {
      throw malformed("the answer has a declaration among its elements");
    }
  }

  /** Up to the end of a comment or of a CDATA section, which has twice that mark. */
  private void verbatim(char mark, @Nullable ElementText out) throws IOException {
    while (true) {
      if (!has(3)) {
        throw endsTooEarly();
      }
      if (buffer[at] == mark && buffer[at + 1] == mark) {
        if (buffer[at + 2] == '>') {
          at += 3;
          return;
        }
        if (mark == '-') {
          throw malformed("the answer has -- in a comment");
        }
      }
      character(out);
    }
  }

  /** One character as it stands; the end of a line is a line feed (XML 1.0, section 2.11). */
  private void character(@Nullable ElementText out) throws IOException {
    int length = XmlChars.length(buffer[at]);
    if (!has(length)) {
      throw endsTooEarly();
    }
    int character = length == 0 ? -1 : XmlChars.codePoint(buffer, at, length);
    if (character < 0) {
      throw noCharacter(buffer[at]);
    }
    at += length;
    if (character == '\r') {
      character = '\n';
      if (has(1) && buffer[at] == '\n') {
        at++;
      }
    }
    add(out, character);
  }

  /**
   * The character that a reference stands for, or {@link #MORE}; it ends at {@link
   * #afterReference}.
   */
  final int reference(int from) throws IOException {
    int to = from + 1;
    while (buffer[to] != ';') {
      if (isEnd(to)) {
        return MORE;
      }
      if (++to - from > MAX_REFERENCE_BYTES) {
        throw malformed("the answer has a reference without end");
      }
    }
    afterReference = to + 1;
    String name = new String(buffer, from + 1, to - from - 1, StandardCharsets.ISO_8859_1);
    return switch (name) {
      case "lt" -> '<';
      case "gt" -> '>';
      case "amp" -> '&';
      case "apos" -> '\'';
      case "quot" -> '"';
      default -> numbered(name);
    };
  }

  private int numbered(String name) throws MalformedAnswerException {
    boolean hex = name.startsWith("#x");
    int value = -1;
    if (name.startsWith("#")) {
      int radix = hex ? 16 : 10;
      int first = hex ? 2 : 1;
      for (int i = first; i < name.length(); i++) {
        char c = name.charAt(i);
        int digit = c < 0x80 ? Character.digit(c, radix) : -1;
        if (digit < 0) {
          value = -1;
          break;
        }
        value = Math.min(Math.max(value, 0) * radix + digit, Character.MAX_CODE_POINT + 1);
      }
    }
    if (value < 0 || !XmlChars.isChar(value)) {
      throw malformed("the answer uses the entity &" + name + "; which SOAP has not");
    }
    return value;
  }

  private void add(@Nullable ElementText out, byte[] ascii, int from, int count)
      throws MalformedAnswerException {
    if (out != null) {
      if (count > MAX_TEXT_BYTES - out.length()) {
        throw malformed("the answer has a text of more than " + MAX_TEXT_BYTES + " bytes");
      }
      out.append(ascii, from, count);
    }
  }

  private void add(@Nullable ElementText out, int character) throws MalformedAnswerException {
    if (out != null) {
      if (out.length() >= MAX_TEXT_BYTES) {
        throw malformed("the answer has a text of more than " + MAX_TEXT_BYTES + " bytes");
      }
      out.append(character);
    }
  }

  final MalformedAnswerException noCharacter(byte first) {
    return malformed(
        String.format("the answer has a byte 0x%02x that is no character there", first & 0xff));
  }

  final MalformedAnswerException endsTooEarly() {
    return malformed("the answer ends too early");
  }

  /** An error that says where in the answer it is. */
  final MalformedAnswerException malformed(String what) {
    return new MalformedAnswerException(what + " (at byte " + bytes.position(at) + ")");
  }
}
