package io.vic4j.core.vsphere.soap;

import io.vic4j.core.vsphere.soap.VimType.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads answers of a vSphere server into yavijava's types, in one pass over the stream.
 *
 * <p>A server newer than yavijava is understood as far as yavijava goes: fields and types that it
 * does not have are passed over, and a value of an unknown type is read as the type that its field
 * is declared with. A word that an enumeration does not have is null in a field, and left out of an
 * array. Where {@code xsi:type} says {@code ArrayOfX}, the value is an {@code X[]}.
 *
 * <p>Streams are read to the end of the document and not closed. The methods have no state.
 */
public final class SoapReader {
  private static final String RETURNED = "returnval";

  private SoapReader() {}

  /**
   * Reads the answer to a call.
   *
   * @param returnType what the call returns, in yavijava's notation, such as {@code
   *     "ObjectContent[]"} or {@code "boolean"}; null if it returns nothing
   * @return the value, primitive ones boxed; an array is empty where nothing was returned, anything
   *     else is null
   * @throws SoapFault if the answer is one
   * @throws MalformedAnswerException if the answer is cut off, or is none
   * @throws IOException if the stream breaks
   */
  public static @Nullable Object answer(InputStream in, @Nullable String returnType)
      throws IOException {
    XmlCursor cursor = new XmlCursor(in);
    ValueReader values = new ValueReader(cursor);
    response(cursor, values);
    Object value = null;
    if (returnType == null) {
      cursor.skip();
    } else {
      VimType type = VimTypes.noted(returnType);
      value = type.kind == Kind.ARRAY ? values.array(type, RETURNED) : single(cursor, values, type);
      if (value == null && type.javaClass.isPrimitive()) {
        throw new MalformedAnswerException("the answer has no " + returnType + " in it");
      }
    }
    cursor.finish();
    return value;
  }

  private static @Nullable Object single(XmlCursor cursor, ValueReader values, VimType type)
      throws IOException {
    Object value = null;
    while (cursor.next() == XmlCursor.START) {
      if (value == null && cursor.name().equals(RETURNED)) {
        value = values.value(type);
      } else {
        cursor.skip();
      }
    }
    return value;
  }

  /**
   * Reads the answer to a call that returns many values, such as RetrieveProperties or
   * RetrievePropertiesEx, and keeps none of them: answers of any length take the memory of their
   * longest value.
   *
   * @param elementType the type of a value in yavijava's notation, such as {@code "ObjectContent"}
   * @param each takes each value once it is complete, before it is known whether the rest of the
   *     answer is sound
   * @return the token with which the call is to be continued; null if this was all
   * @throws SoapFault if the answer is one
   * @throws MalformedAnswerException if the answer is cut off, or is none
   * @throws IOException if the stream breaks
   */
  public static @Nullable String eachReturned(
      InputStream in, String elementType, Consumer<Object> each) throws IOException {
    XmlCursor cursor = new XmlCursor(in);
    ValueReader values = new ValueReader(cursor);
    VimType type = VimTypes.noted(elementType);
    boolean paged = response(cursor, values).endsWith("PropertiesExResponse");
    String token = null;
    while (cursor.next() == XmlCursor.START) {
      if (!cursor.name().equals(RETURNED)) {
        cursor.skip();
      } else if (paged) {
        token = page(cursor, values, type, each);
      } else {
        hand(values.value(type), each);
      }
    }
    cursor.finish();
    return token;
  }

  /** The one returned value of a call that answers page by page. */
  private static @Nullable String page(
      XmlCursor cursor, ValueReader values, VimType type, Consumer<Object> each)
      throws IOException {
    String token = null;
    while (cursor.next() == XmlCursor.START) {
      switch (cursor.name()) {
        case "objects" -> hand(values.value(type), each);
        case "token" -> token = cursor.text().toString();
        default -> cursor.skip();
      }
    }
    return token;
  }

  private static void hand(@Nullable Object value, Consumer<Object> each) {
    if (value != null) {
      each.accept(value);
    }
  }

  /** Goes to the start of the response in the envelope's body, and says its name. */
  private static String response(XmlCursor cursor, ValueReader values) throws IOException {
    cursor.next();
    if (!cursor.name().equals("Envelope")) {
      throw cursor.malformed("a SOAP envelope was expected, found <" + cursor.name() + ">");
    }
    String soap = cursor.namespace();
    while (cursor.next() == XmlCursor.START) {
      if (!cursor.name().equals("Body")) {
        cursor.skip();
        continue;
      }
      if (cursor.next() == XmlCursor.END) {
        break;
      }
      if (cursor.name().equals("Fault") && Objects.equals(soap, cursor.namespace())) {
        SoapFault fault = values.soapFault();
        cursor.finish();
        throw fault;
      }
      return cursor.name();
    }
    throw cursor.malformed("the answer's SOAP envelope is empty");
  }
}
