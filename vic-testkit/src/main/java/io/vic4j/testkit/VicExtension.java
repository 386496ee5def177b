package io.vic4j.testkit;

import io.vic4j.pod.VirtualContainerHost;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a {@link TestVch}: a virtual container host in memory. With
 * {@code @ExtendWith(VicExtension.class)}, a test, its {@code @BeforeEach} and {@code @AfterEach}
 * methods and its constructor may have parameters of these types, and all that one test is given
 * belongs together:
 *
 * <ul>
 *   <li>{@link TestVch}, and its parts {@link VirtualContainerHost}, {@link TestPods}, {@link
 *       VirtualClock}, {@link FaultPlan}, {@link MemoryHypervisor}, {@link MemoryDatastore} and
 *       {@link TestRegistry};
 *   <li>{@link EmbeddedRegistry}, a registry that speaks HTTP on this machine.
 * </ul>
 *
 * <p>Each test gets its own, made when it is first asked for and closed after the test; so tests
 * may run in parallel. What a {@code @BeforeAll} method or a test class with one instance for all
 * tests is given lives as long as the class, and is not that of the tests. Needs JUnit 5.13 or
 * later.
 */
public final class VicExtension implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(VicExtension.class);

  private static final Map<Class<?>, Function<TestVch, Object>> PARTS =
      Map.of(
          TestVch.class, vch -> vch,
          VirtualContainerHost.class, TestVch::host,
          TestPods.class, TestVch::pods,
          VirtualClock.class, TestVch::clock,
          FaultPlan.class, TestVch::faults,
          MemoryHypervisor.class, TestVch::hypervisor,
          MemoryDatastore.class, TestVch::datastore,
          TestRegistry.class, TestVch::registry);

  /** For JUnit. */
  public VicExtension() {}

  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return PARTS.containsKey(type) || type == EmbeddedRegistry.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    if (type == EmbeddedRegistry.class) {
      return own(context, EmbeddedRegistry.class, unused -> EmbeddedRegistry.start());
    }
    Function<TestVch, Object> part = PARTS.get(type);
    if (part == null) {
      throw new ParameterResolutionException("not a part of a TestVch: " + type.getName());
    }
    return part.apply(own(context, TestVch.class, unused -> TestVch.create()));
  }

  /** The one of this very context: a store would also look into those of the contexts above. */
  private static <T extends AutoCloseable> T own(
      ExtensionContext context, Class<T> type, Function<String, T> maker) {
    Store store = context.getStore(NAMESPACE);
    String key = type.getSimpleName() + " of " + context.getUniqueId();
    return type.cast(store.getOrComputeIfAbsent(key, maker, type));
  }
}
