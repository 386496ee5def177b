package io.vic4j.testkit;

import io.vic4j.core.CancelledException;
import io.vic4j.core.vm.Subscription;
import io.vic4j.pod.Pod;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodListener;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.kubernetes.KubernetesPods;
import io.vic4j.pod.kubernetes.PodSources;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Pods of a {@link TestVch}: made of YAML in one line, watched from then on, and looked at with
 * AssertJ.
 *
 * <pre>{@code
 * @Test
 * void crash_isRetried(TestVch vch, TestPods pods) { // with @ExtendWith(VicExtension.class)
 *   vch.image("registry.test/web:1").runs(Script.prints("no config").exits(1));
 *   TestPod web = pods.apply(yaml);
 *   assertThat(web).within(Duration.ofMinutes(1)).container("web").restarted(3);
 *   assertThat(web).log("web").contains("no config");
 *   assertThat(web).reaches(PodPhase.FAILED); // activeDeadlineSeconds, say
 * }
 * }</pre>
 *
 * <p>Pods that the code under test makes are found by name with {@link #pod(String)}. Their stories
 * begin when this is made, which {@link TestVch#pods} does when it is first asked; so ask, or have
 * it as a parameter of the test, before pods are made.
 *
 * <p>Thread-safe.
 */
public final class TestPods {
  /** How long other threads have to do something, where nothing else is to be waited for. */
  private static final Duration REAL = Duration.ofSeconds(3);

  private final PodLifecycle pods;
  private final VirtualClock clock;
  private final Map<PodKey, PodStory> stories = new ConcurrentHashMap<>();
  private final Subscription watch;
  private volatile PodSources sources = PodSources.NONE;

  TestPods(PodLifecycle pods, VirtualClock clock) {
    this.pods = pods;
    this.clock = clock;
    this.watch = pods.watch(new Witness());
  }

  /** Where references of the pods that are made from now on lead; nowhere unless set. */
  public TestPods sources(PodSources sources) {
    this.sources = sources;
    return this;
  }

  /**
   * Makes a pod and starts it, or updates the one that is there.
   *
   * @param yamlOrJson a v1 Pod
   * @throws io.vic4j.pod.kubernetes.PodRefusedException if it cannot be; it names all fields that
   *     stand in the way
   */
  public TestPod apply(String yamlOrJson) {
    PodSpec spec =
        KubernetesPods.builder()
            .sources(sources)
            .build()
            .translate(KubernetesPods.read(yamlOrJson))
            .spec();
    if (pods.find(spec.key()).isPresent()) {
      pods.update(spec);
    } else {
      pods.create(spec);
      pods.start(spec.key());
    }
    return pod(spec.key());
  }

  /**
   * Makes a pod of a resource on the class path, as {@link #apply} does.
   *
   * @param resource its name, such as {@code pods/web.yaml}
   * @throws IllegalArgumentException if there is no such resource
   */
  public TestPod applyResource(String resource) {
    @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try (@Nullable InputStream content =
        loader == null
            ? ClassLoader.getSystemResourceAsStream(resource)
            : loader.getResourceAsStream(resource)) {
      if (content == null) {
        throw new IllegalArgumentException("no resource '" + resource + "' on the class path");
      }
      return apply(new String(content.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A pod, whether it is there or not.
   *
   * @param name its name, or {@code namespace/name}
   */
  public TestPod pod(String name) {
    int slash = name.indexOf('/');
    return pod(
        slash < 0
            ? PodKey.of(name)
            : PodKey.of(name.substring(0, slash), name.substring(slash + 1)));
  }

  /** A pod, whether it is there or not. */
  public TestPod pod(PodKey key) {
    return new TestPod(this, pods, key);
  }

  /** What was seen of the pods of this key. */
  PodStory story(PodKey key) {
    return stories.computeIfAbsent(key, it -> new PodStory());
  }

  /** Turns the clock until a condition holds; gives whether it does. */
  boolean await(BooleanSupplier condition, Duration within) {
    try {
      return within.isZero()
          ? condition.getAsBoolean()
          : clock.advanceUntil(condition, within, REAL);
    } catch (InterruptedException e) {
      throw CancelledException.from(e, "wait for a pod");
    }
  }

  void close() {
    watch.close();
  }

  private final class Witness implements PodListener {
    @Override
    public void changed(Pod pod) {
      story(pod.key()).changed(clock.instant(), pod);
      clock.noteChange();
    }

    @Override
    public void removed(Pod pod) {
      story(pod.key()).removed(clock.instant());
      clock.noteChange();
    }
  }
}
