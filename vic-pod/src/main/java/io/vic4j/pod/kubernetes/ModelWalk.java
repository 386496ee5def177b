package io.vic4j.pod.kubernetes;

import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Visits all that is set in an object of the model, with its path as Kubernetes writes it. */
final class ModelWalk {
  private static final SerializationConfig JACKSON = new ObjectMapper().getSerializationConfig();
  private static final Map<Class<?>, BeanDescription> TYPES = new ConcurrentHashMap<>();

  /** Is told what is set. */
  interface Visitor {
    /** A field; answers whether to look into it. */
    boolean field(Class<?> owner, String name, String path, Object value);

    /** Whether to look into objects of this type. */
    boolean within(Class<?> type);

    /** A field that the model does not know. */
    void unknown(String path);
  }

  private ModelWalk() {}

  private static BeanDescription describe(Class<?> type) {
    return TYPES.computeIfAbsent(type, it -> JACKSON.introspect(JACKSON.constructType(it)));
  }

  /** The fields that the model has of a type, as YAML writes them. */
  static List<String> fields(Class<?> type) {
    return describe(type).findProperties().stream()
        .filter(it -> it.getAccessor() != null)
        .map(BeanPropertyDefinition::getName)
        .sorted()
        .toList();
  }

  static void walk(Object bean, String path, Visitor visitor) {
    BeanDescription type = describe(bean.getClass());
    SortedMap<String, Object> set = new TreeMap<>();
    for (BeanPropertyDefinition property : type.findProperties()) {
      AnnotatedMember accessor = property.getAccessor();
      @Nullable Object value = accessor == null ? null : accessor.getValue(bean);
      if (value != null && !isEmpty(value)) {
        set.put(property.getName(), value);
      }
    }
    String prefix = path.isEmpty() ? "" : path + ".";
    set.forEach(
        (name, value) -> {
          String at = prefix + name;
          if (visitor.field(bean.getClass(), name, at, value)) {
            into(value, at, visitor);
          }
        });
    AnnotatedMember anyGetter = type.findAnyGetter();
    if (anyGetter != null && anyGetter.getValue(bean) instanceof Map<?, ?> unknown) {
      unknown.keySet().forEach(name -> visitor.unknown(prefix + name));
    }
  }

  private static void into(Object value, String path, Visitor visitor) {
    if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        Object element = list.get(i);
        if (element != null) {
          into(element, path + "[" + i + "]", visitor);
        }
      }
    } else if (value instanceof KubernetesResource && visitor.within(value.getClass())) {
      walk(value, path, visitor);
    }
  }

  private static boolean isEmpty(Object value) {
    return value instanceof String text
        ? text.isEmpty()
        : value instanceof Collection<?> list
            ? list.isEmpty()
            : value instanceof Map<?, ?> map && map.isEmpty();
  }
}
