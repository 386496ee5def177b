package io.vic4j.pod;

import io.vic4j.core.InvalidArgumentException;
import java.util.Comparator;
import java.util.regex.Pattern;

/**
 * What a pod is found by: its name, which is unique within its namespace.
 *
 * <p>Source: Kubernetes, "Object Names and IDs": a namespace is a DNS label, the name of a pod a
 * DNS subdomain.
 *
 * @param namespace up to 63 lower-case letters, digits and, between them, {@code -}
 * @param name up to 253 lower-case letters, digits and, between them, {@code -} and {@code .}
 */
public record PodKey(String namespace, String name) implements Comparable<PodKey> {
  /** The namespace of those who name none. */
  public static final String DEFAULT_NAMESPACE = "default";

  private static final String LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
  private static final Pattern NAMESPACE = Pattern.compile(LABEL);
  private static final Pattern NAME = Pattern.compile(LABEL + "(?:\\." + LABEL + ")*");
  private static final int MAX_NAMESPACE = 63;
  private static final int MAX_NAME = 253;
  private static final Comparator<PodKey> ORDER =
      Comparator.comparing(PodKey::namespace).thenComparing(PodKey::name);

  /** Checks both names. */
  public PodKey {
    if (namespace.length() > MAX_NAMESPACE || !NAMESPACE.matcher(namespace).matches()) {
      throw new InvalidArgumentException(
          "not a namespace: '" + namespace + "' (want 1 to 63 of a-z, 0-9 and, between them, -)");
    }
    if (name.length() > MAX_NAME || !NAME.matcher(name).matches()) {
      throw new InvalidArgumentException(
          "not the name of a pod: '"
              + name
              + "' (want 1 to 253 of a-z, 0-9 and, between them, - and .)");
    }
  }

  /** The pod of this name in the {@linkplain #DEFAULT_NAMESPACE default namespace}. */
  public static PodKey of(String name) {
    return new PodKey(DEFAULT_NAMESPACE, name);
  }

  /** The pod of this name in this namespace. */
  public static PodKey of(String namespace, String name) {
    return new PodKey(namespace, name);
  }

  /**
   * Reads {@code namespace/name}, or a name alone for the default namespace.
   *
   * @throws InvalidArgumentException if it is neither
   */
  public static PodKey parse(String text) {
    int slash = text.indexOf('/');
    return slash < 0 ? of(text) : of(text.substring(0, slash), text.substring(slash + 1));
  }

  /** By namespace, then by name. */
  @Override
  public int compareTo(PodKey other) {
    return ORDER.compare(this, other);
  }

  /** {@code namespace/name}. */
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
