package io.vic4j.core.vsphere.soap;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.MethodFault;
import com.vmware.vim25.ws.Argument;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.vsphere.soap.VimType.Kind;
import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes calls of vSphere's API: an envelope for each, and yavijava's values in it. */
public final class SoapWriter {
  private static final String BEGIN =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          + "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
          + " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""
          + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>";
  private static final String END = "</soapenv:Body></soapenv:Envelope>";
  private static final String NAMESPACE = "urn:vim25";

  private final StringBuilder xml = new StringBuilder(1024);

  /** Where in the call the value stands that is being written, for errors. */
  private final StringBuilder place = new StringBuilder();

  private int depth;

  private SoapWriter() {}

  /**
   * The bytes of a call, in UTF-8. Fields stand in the order of the schema; what is null is left
   * out.
   *
   * @throws InvalidArgumentException if a value cannot be written; the message says which
   */
  public static byte[] request(String method, Argument[] arguments) {
    SoapWriter writer = new SoapWriter();
    StringBuilder xml = writer.xml;
    xml.append(BEGIN).append('<').append(method).append(" xmlns=\"" + NAMESPACE + "\">");
    for (Argument argument : arguments) {
      VimType type = VimTypes.noted(argument.getType());
      writer.place.append(method).append('.');
      writer.values(argument.getName(), type.element, type.kind == Kind.ARRAY, argument.getValue());
      writer.place.setLength(0);
    }
    xml.append("</").append(method).append('>').append(END);
    return xml.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Writes a value, or an element for each where the values are an array. */
  private void values(String name, VimType type, boolean array, @Nullable Object value) {
    if (value == null) {
      return;
    }
    int outside = place.length();
    place.append(name);
    if (array && value.getClass().isArray()) {
      int inside = place.length();
      for (int i = 0; i < Array.getLength(value); i++) {
        Object item = Array.get(value, i);
        place.append('[').append(i).append(']');
        if (item == null) {
          throw refused("is null");
        }
        value(name, type, item);
        place.setLength(inside);
      }
    } else {
      value(name, type, value);
    }
    place.setLength(outside);
  }

  private void value(String name, VimType declared, Object value) {
    if (++depth > XmlCursor.MAX_DEPTH) {
      throw refused("lies deeper than " + XmlCursor.MAX_DEPTH + " objects: does one hold itself?");
    }
    VimType actual = typeOf(value);
    xml.append('<').append(name);
    if (declared.kind == Kind.ANY
        || (declared.kind == Kind.OBJECT && declared.javaClass != value.getClass())) {
      xml.append(" xsi:type=\"").append(xsiType(actual, value)).append('"');
    }
    switch (actual.kind) {
      case SIMPLE -> {
        xml.append('>');
        text(actual.xsd.format(value));
      }
      case REFERENCE -> reference((ManagedObjectReference) value);
      case ENUM -> xml.append('>').append(((Enum<?>) value).name());
      case ARRAY -> {
        xml.append('>');
        place.append('.');
        values(actual.element.name, actual.element, true, value);
      }
      default -> {
        xml.append('>');
        place.append('.');
        for (VimField field : actual.fieldsInOrder()) {
          values(field.name, field.type(), field.array, field.value(value));
        }
      }
    }
    xml.append("</").append(name).append('>');
    depth--;
  }

  private VimType typeOf(Object value) {
    Class<?> javaClass = value.getClass();
    try {
      if (javaClass.isArray() && javaClass != byte[].class) {
        return VimType.array(VimTypes.of(javaClass.getComponentType()), "");
      }
      return javaClass == UnknownFault.class ? VimTypes.FAULT : VimTypes.of(javaClass);
    } catch (IllegalArgumentException e) {
      throw refused("is a " + javaClass.getName() + ", which vSphere's API does not have");
    }
  }

  private static String xsiType(VimType actual, Object value) {
    if (value instanceof MethodFault fault) {
      return SoapFault.typeName(fault);
    }
    if (actual.kind == Kind.ARRAY) {
      String element = actual.element.name;
      return "ArrayOf" + Character.toUpperCase(element.charAt(0)) + element.substring(1);
    }
    return actual.kind == Kind.SIMPLE ? "xsd:" + actual.name : actual.name;
  }

  private void reference(ManagedObjectReference reference) {
    if (reference.type == null || reference.val == null) {
      throw refused("is a reference without " + (reference.type == null ? "type" : "value"));
    }
    xml.append(" type=\"");
    text(reference.type);
    xml.append("\">");
    text(reference.val);
  }

  /** Escapes what would be markup, and what a parser would not give back as it is. */
  private void text(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> xml.append("&amp;");
        case '<' -> xml.append("&lt;");
        case '>' -> xml.append("&gt;");
        case '"' -> xml.append("&quot;");
        case '\t' -> xml.append("&#9;");
        case '\n' -> xml.append("&#10;");
        case '\r' -> xml.append("&#13;");
        default -> {
          if (c < ' ' || c >= 0xfffe) {
            throw refused(c, i);
          }
          xml.append(c);
          if (Character.isSurrogate(c)) {
            if (!Character.isHighSurrogate(c)
                || i + 1 == text.length()
                || !Character.isLowSurrogate(text.charAt(i + 1))) {
              throw refused(c, i);
            }
            xml.append(text.charAt(++i));
          }
        }
      }
    }
  }

  private InvalidArgumentException refused(char c, int index) {
    return refused(
        String.format(
            "has the character U+%04X at index %d, which XML cannot carry: remove it",
            (int) c, index));
  }

  private InvalidArgumentException refused(String why) {
    return new InvalidArgumentException(place + " " + why);
  }
}
