package io.vic4j.core.vsphere.soap;

import java.util.Base64;
import java.util.Calendar;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The simple types of XML Schema that vSphere's API has, and their text. */
enum XsdType {
  STRING("string", String.class, String.class),
  BOOLEAN("boolean", boolean.class, Boolean.class),
  BYTE("byte", byte.class, Byte.class),
  SHORT("short", short.class, Short.class),
  INT("int", int.class, Integer.class),
  LONG("long", long.class, Long.class),
  FLOAT("float", float.class, Float.class),
  DOUBLE("double", double.class, Double.class),
  DATE_TIME("dateTime", Calendar.class, Calendar.class),
  BASE64("base64Binary", byte[].class, byte[].class);

  private static final Map<String, XsdType> BY_NAME = new HashMap<>();
  private static final Map<Class<?>, XsdType> BY_CLASS = new HashMap<>();

  static {
    for (XsdType type : values()) {
      BY_NAME.put(type.xsdName, type);
      BY_CLASS.put(type.javaClass, type);
      BY_CLASS.put(type.boxed, type);
    }
  }

  final String xsdName;
  final Class<?> javaClass;
  private final Class<?> boxed;

  XsdType(String xsdName, Class<?> javaClass, Class<?> boxed) {
    this.xsdName = xsdName;
    this.javaClass = javaClass;
    this.boxed = boxed;
  }

  /** The type of that name in XML Schema's namespace; what vSphere does not use is a string. */
  static XsdType named(String xsdName) {
    return BY_NAME.getOrDefault(xsdName, STRING);
  }

  /** The type of values of a class, if it is a simple one. */
  static @Nullable XsdType of(Class<?> javaClass) {
    XsdType type = BY_CLASS.get(javaClass);
    return type == null && Calendar.class.isAssignableFrom(javaClass) ? DATE_TIME : type;
  }

  /**
   * The value that a text is.
   *
   * @throws IllegalArgumentException if it is none of this type
   */
  Object parse(ElementText text) {
    return switch (this) {
      case STRING -> text.toString();
      case BOOLEAN -> text.flag();
      case BYTE -> (byte) text.number(Byte.MIN_VALUE, Byte.MAX_VALUE);
      case SHORT -> (short) text.number(Short.MIN_VALUE, Short.MAX_VALUE);
      case INT -> (int) text.number(Integer.MIN_VALUE, Integer.MAX_VALUE);
      case LONG -> text.number(Long.MIN_VALUE, Long.MAX_VALUE);
      case FLOAT -> Float.parseFloat(javaNumber(text.trimmed()));
      case DOUBLE -> Double.parseDouble(javaNumber(text.trimmed()));
      case DATE_TIME -> DateTimes.parse(text.trimmed());
      case BASE64 -> Base64.getMimeDecoder().decode(text.trimmed());
    };
  }

  /** The text of a value of this type. */
  String format(Object value) {
    return switch (this) {
      case DATE_TIME -> DateTimes.format((Calendar) value);
      case BASE64 -> Base64.getEncoder().encodeToString((byte[]) value);
      case FLOAT, DOUBLE -> value.toString().replace("Infinity", "INF");
      default -> value.toString();
    };
  }

  private static String javaNumber(String number) {
    return number.endsWith("INF") ? number.replace("INF", "Infinity") : number;
  }
}
