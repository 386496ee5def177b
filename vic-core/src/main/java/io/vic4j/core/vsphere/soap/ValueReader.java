package io.vic4j.core.vsphere.soap;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.MethodFault;
import io.vic4j.core.vsphere.soap.VimType.Kind;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes objects of the elements of an answer. What yavijava does not know (fields, types, words of
 * an enumeration) is passed over: the server may be newer than it.
 */
final class ValueReader {
  private static final Logger log = LoggerFactory.getLogger(ValueReader.class);

  private static final int MAX_QUOTED_CHARS = 100;

  private final XmlCursor cursor;

  /**
   * The values of the arrays that are being read, the innermost on top: an array is made at its
   * right length once its last element is there.
   */
  private Object[] values = new Object[64];

  private int top;

  ValueReader(XmlCursor cursor) {
    this.cursor = cursor;
  }

  /**
   * From the start of an element to its end: its value, as the declared type or as the one that
   * {@code xsi:type} names, where that fits.
   *
   * @return null if there is none, or none that yavijava can hold
   */
  @Nullable Object value(VimType declared) throws IOException {
    if (declared.kind == Kind.ANY || declared.kind == Kind.OBJECT) {
      String nil = cursor.xsi("nil");
      if (nil != null && (nil.equals("true") || nil.equals("1"))) {
        cursor.skip();
        return null;
      }
      String typeName = cursor.xsi("type");
      if (typeName != null) {
        return polymorphic(declared, typeName);
      }
    }
    return plain(declared);
  }

  private @Nullable Object polymorphic(VimType declared, String typeName) throws IOException {
    int colon = typeName.indexOf(':');
    String name = colon < 0 ? typeName : typeName.substring(colon + 1);
    if (colon >= 0 && cursor.isXsd(typeName.substring(0, colon))) {
      return plain(declared.kind == Kind.ANY ? simple(name) : declared);
    }
    VimType actual = VimTypes.named(name);
    if (actual != null && declared.javaClass.isAssignableFrom(actual.javaClass)) {
      return plain(actual);
    }
    if (actual == null && declared == VimTypes.FAULT) {
      UnknownFault fault = new UnknownFault(name);
      fields(fault, declared);
      return fault;
    }
    if (declared.kind == Kind.ANY) {
      log.debug("a value of type {} is left out: yavijava has no such type", name);
      cursor.skip();
      return null;
    }
    return plain(declared);
  }

  private static VimType simple(String name) {
    return name.equals("anyType") ? VimTypes.ANY : VimTypes.simple(XsdType.named(name));
  }

  private @Nullable Object plain(VimType type) throws IOException {
    return switch (type.kind) {
      case ANY -> {
        String text = cursor.text().toString();
        yield cursor.hadChildren() ? null : text;
      }
      case SIMPLE -> simple(type.xsd);
      case REFERENCE -> reference();
      case ENUM -> constant(type);
      case OBJECT -> {
        Object object = type.create();
        fields(object, type);
        yield object;
      }
      case ARRAY -> array(type, null);
    };
  }

  private Object simple(XsdType xsd) throws IOException {
    ElementText text = cursor.text();
    try {
      return xsd.parse(text);
    } catch (IllegalArgumentException e) {
      throw noValue(xsd.xsdName, text, e);
    }
  }

  private MalformedAnswerException noValue(String type, ElementText text, Exception cause) {
    String found = text.toString();
    return cursor.malformed(
        "<"
            + cursor.name()
            + "> is to hold a value of type "
            + type
            + ", found \""
            + found.substring(0, Math.min(found.length(), MAX_QUOTED_CHARS))
            + "\"",
        cause);
  }

  private ManagedObjectReference reference() throws IOException {
    String type = cursor.attribute("type");
    if (type == null) {
      throw cursor.malformed("<" + cursor.name() + "> refers to an object without its type");
    }
    ManagedObjectReference reference = new ManagedObjectReference();
    reference.type = type;
    reference.val = cursor.text().toString();
    return reference;
  }

  private @Nullable Object constant(VimType type) throws IOException {
    String word = cursor.text().trimmed();
    Object constant = type.constant(word);
    if (constant == null) {
      log.debug("\"{}\" is left out: yavijava's {} has no such constant", word, type);
    }
    return constant;
  }

  /** Reads the elements up to the end of the current one into the fields that they name. */
  void fields(Object object, VimType type) throws IOException {
    VimField open = null;
    int base = top;
    while (cursor.next() == XmlCursor.START) {
      VimField field = type.field(cursor.name());
      if (open != null && field != open) {
        open.setAll(object, values, base, top);
        pop(base);
        open = null;
      }
      if (field == null) {
        cursor.skip();
      } else if (field.array) {
        open = field;
        push(item(field.type()));
      } else {
        Object value = value(field.type());
        if (value != null) {
          field.set(object, value);
        }
      }
    }
    if (open != null) {
      open.setAll(object, values, base, top);
      pop(base);
    }
  }

  /** Reads the elements of a name, or of any, up to the end of the current one into an array. */
  Object array(VimType type, @Nullable String name) throws IOException {
    int base = top;
    while (cursor.next() == XmlCursor.START) {
      if (name == null || name.equals(cursor.name())) {
        push(item(type.element));
      } else {
        cursor.skip();
      }
    }
    Object array = type.element.arrayOf(values, base, top);
    pop(base);
    return array;
  }

  /** A value of an array: where one is a byte, it may be more of them, in base64. */
  private @Nullable Object item(VimType type) throws IOException {
    if (type.kind != Kind.SIMPLE || type.xsd != XsdType.BYTE) {
      return value(type);
    }
    ElementText text = cursor.text();
    try {
      return (text.isByte() ? XsdType.BYTE : XsdType.BASE64).parse(text);
    } catch (IllegalArgumentException e) {
      throw noValue("byte or base64Binary", text, e);
    }
  }

  private void push(@Nullable Object value) {
    if (value == null) {
      return;
    }
    if (top == values.length) {
      values = Arrays.copyOf(values, top * 2);
    }
    values[top++] = value;
  }

  private void pop(int base) {
    Arrays.fill(values, base, top, null);
    top = base;
  }

  /** From the start of a SOAP fault to its end: the fault. */
  SoapFault soapFault() throws IOException {
    String code = "";
    String text = "";
    String typeName = null;
    MethodFault fault = null;
    while (cursor.next() == XmlCursor.START) {
      switch (cursor.name()) {
        case "faultcode" -> code = cursor.text().trimmed();
        case "faultstring" -> text = cursor.text().trimmed();
        case "detail" -> {
          while (cursor.next() == XmlCursor.START) {
            if (typeName != null) {
              cursor.skip();
              continue;
            }
            String element = withoutEnd(cursor.name(), "Fault");
            typeName = typeName(element);
            fault = detail(typeName, element);
          }
        }
        default -> cursor.skip();
      }
    }
    return new SoapFault(typeName == null ? code : typeName, text, fault);
  }

  private String typeName(String otherwise) {
    String typeName = cursor.xsi("type");
    return typeName == null ? otherwise : typeName.substring(typeName.indexOf(':') + 1);
  }

  /** The fault in the details: of its own type, or of the one that its element is named after. */
  private @Nullable MethodFault detail(String typeName, String element) throws IOException {
    for (String name : new String[] {typeName, element}) {
      VimType type = VimTypes.named(name);
      if (type != null && type.create() instanceof MethodFault fault) {
        fields(fault, type);
        return fault;
      }
    }
    cursor.skip();
    return null;
  }

  private static String withoutEnd(String name, String end) {
    return name.endsWith(end) ? name.substring(0, name.length() - end.length()) : name;
  }
}
