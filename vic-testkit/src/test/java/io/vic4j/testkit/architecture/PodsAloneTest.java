package io.vic4j.testkit.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.kubernetes.KubernetesPods;
import io.vic4j.pod.kubernetes.KubernetesStatuses;
import io.vic4j.pod.kubernetes.PodSources;
import io.vic4j.pod.kubernetes.kubelet.KubeletServer;
import io.vic4j.pod.kubernetes.node.KubernetesNode;
import io.vic4j.testkit.Script;
import io.vic4j.testkit.TestVch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Who only wants pods gets neither kubernetes-client nor Netty, and does not miss them. */
final class PodsAloneTest {
  /** Runs a pod from YAML; loaded anew, without the optional libraries. */
  public static final class Life implements Callable<String> {
    private static final String YAML =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: job}
        spec:
          restartPolicy: Never
          containers: [{name: app, image: "registry.test/app:1"}]
        """;

    /** For the test. */
    public Life() {}

    @Override
    public String call() {
      try (TestVch vch = TestVch.create()) {
        vch.image("registry.test/app:1").runs(Script.prints("hello").exits(0));
        Pod asked = KubernetesPods.read(YAML);
        PodSpec spec = KubernetesPods.parse(YAML);
        vch.host().pods().create(spec);
        vch.host().pods().start(spec.key());
        return KubernetesStatuses.of(PodSources.NONE, vch.clock())
            .status(asked, vch.host().pods().get(spec.key()))
            .getPhase();
      }
    }
  }

  /** Loads our classes and the model's anew, and knows nothing of what is optional. */
  private static final class WithoutOptionals extends ClassLoader {
    private static final Pattern OPTIONAL =
        Pattern.compile("/(netty|kubernetes-(?!model-core|model-common))[^/]*\\.jar!");

    WithoutOptionals() {
      super(PodsAloneTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("io.vic4j.")
          && !name.startsWith("io.fabric8.")
          && !name.startsWith("io.netty.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? define(name) : loaded;
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      URL file = getParent().getResource(name.replace('.', '/') + ".class");
      if (file == null || isOptional(file)) {
        throw new ClassNotFoundException(name);
      }
      try (InputStream in = file.openStream()) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static boolean isOptional(URL file) {
      return OPTIONAL.matcher(file.toString()).find();
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      List<URL> all = Collections.list(getParent().getResources(name));
      return Collections.enumeration(all.stream().filter(it -> !isOptional(it)).toList());
    }
  }

  @Test
  void aPodRuns_withoutTheClientAndTheServer() throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    ClassLoader alone = new WithoutOptionals();
    thread.setContextClassLoader(alone);
    try {
      Object life = alone.loadClass(Life.class.getName()).getDeclaredConstructor().newInstance();
      assertThat(life).isNotInstanceOf(Life.class);
      assertThat(((Callable<?>) life).call()).isEqualTo("Succeeded");
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** Else the test above would prove nothing. */
  @Test
  void aNode_doesMissThem() {
    ClassLoader alone = new WithoutOptionals();
    for (Class<?> type : List.of(KubernetesNode.class, KubeletServer.class)) {
      assertThatThrownBy(() -> look(alone.loadClass(type.getName())))
          .isInstanceOf(NoClassDefFoundError.class);
    }
  }

  private static void look(Class<?> type) {
    assertThat(type.getDeclaredFields()).isNotEmpty();
    assertThat(type.getDeclaredMethods()).isNotEmpty();
  }
}
