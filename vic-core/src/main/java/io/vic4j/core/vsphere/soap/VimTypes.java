package io.vic4j.core.vsphere.soap;

import com.vmware.vim25.MethodFault;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The types of vSphere's API by class and by name. Tables are made when a type is met first, and
 * kept: there are as many as yavijava has classes, and room for a number of names that it has not.
 */
final class VimTypes {
  private static final String PACKAGE = MethodFault.class.getPackageName() + ".";
  private static final String ARRAY_OF = "ArrayOf";
  private static final int MAX_UNKNOWN = 1000;

  private static final Map<Class<?>, VimType> BY_CLASS = new ConcurrentHashMap<>();
  private static final Map<String, Optional<VimType>> BY_NAME = new ConcurrentHashMap<>();
  private static final Map<XsdType, VimType> SIMPLE = new ConcurrentHashMap<>();

  /** The type of whatever {@code xsi:type} says. */
  static final VimType ANY = of(Object.class);

  /** The type of faults. */
  static final VimType FAULT = of(MethodFault.class);

  private VimTypes() {}

  /** The type that a class of yavijava or of the JDK stands for. */
  static VimType of(Class<?> javaClass) {
    VimType known = BY_CLASS.get(javaClass);
    if (known != null) {
      return known;
    }
    XsdType xsd = XsdType.of(javaClass);
    VimType type = xsd == null ? VimType.of(javaClass) : simple(xsd);
    if (type == null) {
      throw new IllegalArgumentException(javaClass + " is no type of vSphere's API");
    }
    VimType other = BY_CLASS.putIfAbsent(javaClass, type);
    return other == null ? type : other;
  }

  /** A simple type of XML Schema. */
  static VimType simple(XsdType xsd) {
    return SIMPLE.computeIfAbsent(xsd, VimType::simple);
  }

  /** The type that {@code xsi:type} names in vSphere's namespace; null if yavijava has it not. */
  static @Nullable VimType named(String name) {
    Optional<VimType> known = BY_NAME.get(name);
    if (known == null) {
      known = Optional.ofNullable(find(name));
      if (known.isPresent() || BY_NAME.size() < BY_CLASS.size() + MAX_UNKNOWN) {
        BY_NAME.put(name, known);
      }
    }
    return known.orElse(null);
  }

  private static @Nullable VimType find(String name) {
    if (name.startsWith(ARRAY_OF) && name.length() > ARRAY_OF.length()) {
      VimType element = element(name.substring(ARRAY_OF.length()));
      return element == null ? null : VimType.array(element, name);
    }
    return object(name);
  }

  /** The type of the values of {@code ArrayOf…}: simple types have a capital letter there. */
  private static @Nullable VimType element(String name) {
    String word = Character.toLowerCase(name.charAt(0)) + name.substring(1);
    if (word.equals("anyType")) {
      return ANY;
    }
    if (word.equals("anyURI") || XsdType.named(word).xsdName.equals(word)) {
      return simple(XsdType.named(word));
    }
    return object(name);
  }

  private static @Nullable VimType object(String name) {
    if (!name.chars().allMatch(c -> c < 128 && Character.isLetterOrDigit(c))) {
      return null;
    }
    try {
      Class<?> javaClass = Class.forName(PACKAGE + name, false, MethodFault.class.getClassLoader());
      VimType type = BY_CLASS.get(javaClass);
      if (type != null) {
        return type;
      }
      return VimType.of(javaClass) == null ? null : of(javaClass);
    } catch (ClassNotFoundException | LinkageError e) {
      return null;
    }
  }

  /**
   * The type that yavijava's own notation means, such as {@code "ObjectContent[]"}, {@code "int"}
   * or {@code "Calendar"}; {@link #ANY} if it means none.
   */
  static VimType noted(String notation) {
    boolean array = notation.endsWith("[]");
    String name = array ? notation.substring(0, notation.length() - 2) : notation;
    VimType element =
        switch (name) {
          case "String" -> simple(XsdType.STRING);
          case "boolean", "Boolean" -> simple(XsdType.BOOLEAN);
          case "byte", "Byte" -> simple(XsdType.BYTE);
          case "short", "Short" -> simple(XsdType.SHORT);
          case "int", "Integer" -> simple(XsdType.INT);
          case "long", "Long" -> simple(XsdType.LONG);
          case "float", "Float" -> simple(XsdType.FLOAT);
          case "double", "Double" -> simple(XsdType.DOUBLE);
          case "Calendar" -> simple(XsdType.DATE_TIME);
          default -> named(name);
        };
    if (element == null) {
      element = ANY;
    }
    return array ? VimType.array(element, notation) : element;
  }
}
