package io.vic4j.core.vsphere.soap;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.MethodFault;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A type of vSphere's API as yavijava has it, with all that reflection says of it said once. */
final class VimType {
  /** How values of a type are read and written. */
  enum Kind {
    /** Whatever {@code xsi:type} says. */
    ANY,
    /** A simple type of XML Schema. */
    SIMPLE,
    /** A reference to a managed object: its type is an attribute, its value the text. */
    REFERENCE,
    /** One word of several. */
    ENUM,
    /** An element for each field. */
    OBJECT,
    /** An element for each value, under any one name. */
    ARRAY
  }

  final Kind kind;
  final String name;

  /** The class of values; primitive where arrays of them are. */
  final Class<?> javaClass;

  /** The simple type, of {@link Kind#SIMPLE} alone. */
  final XsdType xsd;

  /** The type of an array's values; of every other type, itself. */
  final VimType element;

  private final @Nullable Constructor<?> constructor;
  private final Map<String, Object> constants = new HashMap<>();
  private volatile @Nullable Fields fields;

  /** The fields of an object in the order of the schema, superclass first, and by name. */
  private record Fields(List<VimField> inOrder, Map<String, VimField> byName) {}

  private VimType(
      Kind kind,
      String name,
      Class<?> javaClass,
      XsdType xsd,
      @Nullable VimType element,
      @Nullable Constructor<?> constructor) {
    this.kind = kind;
    this.name = name;
    this.javaClass = javaClass;
    this.xsd = xsd;
    this.element = element == null ? this : element;
    this.constructor = constructor;
  }

  static VimType simple(XsdType xsd) {
    return new VimType(Kind.SIMPLE, xsd.xsdName, xsd.javaClass, xsd, null, null);
  }

  static VimType array(VimType element, String name) {
    return new VimType(
        Kind.ARRAY, name, element.javaClass.arrayType(), XsdType.STRING, element, null);
  }

  /** The type that a class stands for; null if it is none of vSphere's. */
  static @Nullable VimType of(Class<?> javaClass) {
    if (javaClass == Object.class) {
      return new VimType(Kind.ANY, "anyType", javaClass, XsdType.STRING, null, null);
    }
    String name = javaClass.getSimpleName();
    if (javaClass == ManagedObjectReference.class) {
      return new VimType(Kind.REFERENCE, name, javaClass, XsdType.STRING, null, null);
    }
    if (javaClass.isEnum()) {
      VimType type = new VimType(Kind.ENUM, name, javaClass, XsdType.STRING, null, null);
      for (Object constant : javaClass.getEnumConstants()) {
        type.constants.put(((Enum<?>) constant).name(), constant);
      }
      return type;
    }
    try {
      return Modifier.isAbstract(javaClass.getModifiers())
          ? null
          : new VimType(
              Kind.OBJECT, name, javaClass, XsdType.STRING, null, javaClass.getConstructor());
    } catch (NoSuchMethodException e) {
      return null;
    }
  }

  /** The constant of that name, if the enumeration has it. */
  @Nullable Object constant(String constant) {
    return constants.get(constant);
  }

  /** A new object without values. */
  Object create() {
    if (constructor == null) {
      throw new IllegalStateException(name + " is no object type");
    }
    try {
      return constructor.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("an object of " + name + " cannot be made", e);
    }
  }

  /** The field that is written as an element of that name, if the type has it. */
  @Nullable VimField field(String elementName) {
    return fields().byName.get(elementName);
  }

  /** The fields in the order in which they are written. */
  List<VimField> fieldsInOrder() {
    return fields().inOrder;
  }

  private Fields fields() {
    Fields known = fields;
    if (known == null) {
      List<VimField> inOrder = new ArrayList<>();
      collect(javaClass, inOrder);
      Map<String, VimField> byName = new HashMap<>();
      inOrder.forEach(field -> byName.put(field.name, field));
      known = new Fields(List.copyOf(inOrder), byName);
      fields = known;
    }
    return known;
  }

  private static void collect(Class<?> javaClass, List<VimField> inOrder) {
    if (javaClass.getPackage() != MethodFault.class.getPackage()
        && javaClass != UnknownFault.class) {
      return;
    }
    collect(javaClass.getSuperclass(), inOrder);
    for (Field field : javaClass.getDeclaredFields()) {
      if (Modifier.isPublic(field.getModifiers()) && !Modifier.isStatic(field.getModifiers())) {
        inOrder.add(new VimField(field));
      }
    }
  }

  /** An array of this type of some values, which are of this type. */
  Object arrayOf(Object[] values, int from, int to) {
    if (xsd == XsdType.BYTE && kind == Kind.SIMPLE) {
      return bytes(values, from, to);
    }
    Object array = Array.newInstance(javaClass, to - from);
    if (array instanceof Object[] objects) {
      System.arraycopy(values, from, objects, 0, to - from);
    } else {
      for (int i = from; i < to; i++) {
        Array.set(array, i - from, values[i]);
      }
    }
    return array;
  }

  /** Bytes come one by one, or several at once in base64. */
  private static byte[] bytes(Object[] values, int from, int to) {
    int length = 0;
    for (int i = from; i < to; i++) {
      length += values[i] instanceof byte[] several ? several.length : 1;
    }
    byte[] bytes = new byte[length];
    int at = 0;
    for (int i = from; i < to; i++) {
      if (values[i] instanceof byte[] several) {
        System.arraycopy(several, 0, bytes, at, several.length);
        at += several.length;
      } else {
        bytes[at++] = (Byte) values[i];
      }
    }
    return bytes;
  }

  @Override
  public String toString() {
    return name;
  }
}
