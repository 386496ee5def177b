package io.vic4j.core.vsphere.soap;

import com.fasterxml.aalto.UncheckedStreamException;
import com.fasterxml.aalto.stax.InputFactoryImpl;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Walks through the elements of an answer, once, and refuses what no server should send: document
 * type declarations and entities, and more of anything than is good for the reader's memory.
 */
final class XmlCursor {
  /** Elements within elements, the envelope counted. */
  static final int MAX_DEPTH = 256;

  /** Characters of one element's own text. */
  static final int MAX_TEXT_CHARS = 16 * 1024 * 1024;

  /** Bytes of one start tag, text, comment or anything else that the parser takes as one. */
  static final int MAX_TOKEN_BYTES = MAX_TEXT_CHARS;

  static final int START = XMLStreamConstants.START_ELEMENT;
  static final int END = XMLStreamConstants.END_ELEMENT;

  private static final String XSI = "http://www.w3.org/2001/XMLSchema-instance";
  private static final String XSD = "http://www.w3.org/2001/XMLSchema";

  /** Thread-safe once it is configured, as all of Aalto's factories are. */
  private static final XMLInputFactory FACTORY = factory();

  private static XMLInputFactory factory() {
    // By name, not by look-up: what else is on the class path must not change what is refused.
    // Twice as fast as the JDK's, and without a way to read document types or external entities.
    XMLInputFactory factory = new InputFactoryImpl();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, true);
    factory.setProperty(XMLInputFactory.IS_COALESCING, false);
    return factory;
  }

  /** Lets the parser neither close the caller's stream nor read on and on for one token. */
  private static final class Metered extends FilterInputStream {
    private int sinceToken;
    private @Nullable IOException failure;

    Metered(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      try {
        int count = super.read(buffer, from, length);
        count(count);
        return count;
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }

    private void count(int bytes) throws MalformedAnswerException {
      sinceToken += bytes;
      if (sinceToken > MAX_TOKEN_BYTES) {
        throw new MalformedAnswerException(
            "the answer has a tag or text of more than " + MAX_TOKEN_BYTES + " bytes");
      }
    }

    @Override
    public void close() {}
  }

  private final Metered in;
  private final XMLStreamReader reader;
  private final ElementText text = new ElementText();
  private int depth;
  private boolean hadChildren;

  XmlCursor(InputStream in) throws IOException {
    this.in = new Metered(in);
    try {
      reader = FACTORY.createXMLStreamReader(this.in);
    } catch (XMLStreamException e) {
      throw malformed(e);
    }
  }

  /** Goes to the next start or end of an element, and says which. */
  int next() throws IOException {
    while (true) {
      int event = event();
      if (event == START || event == END) {
        return event;
      }
      if (event == XMLStreamConstants.END_DOCUMENT) {
        throw malformed("the answer ends too early");
      }
    }
  }

  private int event() throws IOException {
    int event;
    try {
      in.sinceToken = 0;
      event = reader.next();
    } catch (XMLStreamException e) {
      throw malformed(e);
    }
    switch (event) {
      case START -> {
        if (++depth > MAX_DEPTH) {
          throw malformed("the answer nests elements deeper than " + MAX_DEPTH);
        }
      }
      case END -> depth--;
      case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
          throw malformed("the answer declares a document type or uses an entity");
      default -> {
        // Text, comments and processing instructions.
      }
    }
    return event;
  }

  /** Goes to the end of the document, which must have no more elements. */
  void finish() throws IOException {
    while (true) {
      int event = event();
      if (event == XMLStreamConstants.END_DOCUMENT) {
        return;
      }
    }
  }

  /** From the start of an element to its end, over all that is in it. */
  void skip() throws IOException {
    int outside = depth - 1;
    do {
      next();
    } while (depth > outside);
  }

  /** The local name of the element whose start or end this is. */
  String name() {
    return reader.getLocalName();
  }

  /** The namespace of the element whose start or end this is. */
  @Nullable String namespace() {
    return reader.getNamespaceURI();
  }

  /** The value of an attribute without a namespace, at the start of an element. */
  @Nullable String attribute(String name) {
    int count = reader.getAttributeCount();
    for (int i = 0; i < count; i++) {
      if (name.equals(reader.getAttributeLocalName(i)) && !isXsi(i)) {
        return reader.getAttributeValue(i);
      }
    }
    return null;
  }

  /** The value of an attribute such as {@code xsi:type}, at the start of an element. */
  @Nullable String xsi(String name) {
    int count = reader.getAttributeCount();
    for (int i = 0; i < count; i++) {
      if (name.equals(reader.getAttributeLocalName(i)) && isXsi(i)) {
        return reader.getAttributeValue(i);
      }
    }
    return null;
  }

  private boolean isXsi(int attribute) {
    return XSI.equals(reader.getAttributeNamespace(attribute));
  }

  /** Whether an {@code xsi:type} with this prefix is one of XML Schema's own. */
  boolean isXsd(String prefix) {
    return XSD.equals(reader.getNamespaceURI(prefix));
  }

  /**
   * From the start of an element to its end: its own text, valid until the next call. Elements in
   * it are passed over.
   */
  ElementText text() throws IOException {
    text.clear();
    hadChildren = false;
    while (true) {
      switch (event()) {
        case END -> {
          return text;
        }
        case START -> {
          hadChildren = true;
          skip();
        }
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE -> {
          addCharacters();
        }
        default -> {
          // Comments and processing instructions.
        }
      }
    }
  }

  /** Text is read no sooner than it is asked for: what is wrong with it comes up here. */
  private void addCharacters() throws IOException {
    try {
      int count = reader.getTextLength();
      if (count > MAX_TEXT_CHARS - text.length()) {
        throw malformed("the answer has a text of more than " + MAX_TEXT_CHARS + " characters");
      }
      text.append(reader.getTextCharacters(), reader.getTextStart(), count);
    } catch (UncheckedStreamException e) {
      throw malformed(e);
    }
  }

  /** Whether the element of the last {@link #text} had elements in it. */
  boolean hadChildren() {
    return hadChildren;
  }

  /** An error that says where in the answer it is. */
  MalformedAnswerException malformed(String what) {
    return malformed(what, null);
  }

  /** The same with what made it known. */
  MalformedAnswerException malformed(String what, @Nullable Throwable cause) {
    return new MalformedAnswerException(what + where(), cause);
  }

  private String where() {
    return " (line "
        + reader.getLocation().getLineNumber()
        + ", column "
        + reader.getLocation().getColumnNumber()
        + ")";
  }

  /** A stream that breaks is not a malformed answer: its own error goes on as it is. */
  private IOException malformed(Exception e) {
    return in.failure == null
        ? new MalformedAnswerException("the answer is no XML: " + e.getMessage(), e)
        : in.failure;
  }
}
