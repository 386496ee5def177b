package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.vic4j.image.registry.CredentialSource;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodKey;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.PodVolume;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Translates one pod. First the table refuses what is never supported, and what the model does not
 * know; then each topic looks at its fields. All tell what is wrong to one collector.
 */
final class PodTranslator {
  private final Context context;

  private PodTranslator(Context context) {
    this.context = context;
  }

  static PodTranslation translate(Pod pod, PodSources sources) {
    return new PodTranslator(Context.of(pod, sources)).translate();
  }

  private PodTranslation translate() {
    Optional<PodKey> key = key();
    RefusedFields.tell(context.spec(), context.problems());
    FieldValues fields = new FieldValues(context);
    Security security = new Security(context);
    Environment environment = new Environment(context, fields);
    Duration grace = grace();
    ContainerTranslator translator = new ContainerTranslator(context, grace, environment, security);

    PodSpec.Builder pod = PodSpec.builder(key.orElseGet(() -> PodKey.of("none")));
    pod.labels(Given.map(context.meta().getLabels()))
        .annotations(Given.map(context.meta().getAnnotations()))
        .terminationGrace(grace);
    if (Given.has(context.meta().getUid())) {
      pod.uid(context.meta().getUid());
    }
    translator
        .policy(context.spec().getRestartPolicy(), "spec.restartPolicy")
        .ifPresent(pod::restartPolicy);
    activeDeadline(context.spec().getActiveDeadlineSeconds()).ifPresent(pod::activeDeadline);
    @Nullable Long fsGroup = security.fsGroup();
    if (fsGroup != null) {
      pod.fsGroup(fsGroup);
    }
    new PodNames(context).apply(pod);
    runtimeClass();
    List<PodVolume> volumes = new PodVolumes(context, fields).all();
    volumes.forEach(pod::volume);
    containers(context.spec().getInitContainers(), "spec.initContainers", translator, true)
        .forEach(pod::initContainer);
    containers(context.spec().getContainers(), "spec.containers", translator, false)
        .forEach(pod::container);
    if (Given.list(context.spec().getContainers()).isEmpty()) {
      context.problems().invalid("spec.containers", "Required value");
    }
    CredentialSource credentials = new PullSecrets(context).credentials();
    context.throwIfWrong();
    Optional<PodSpec> spec = context.checked("spec", pod::build);
    context.throwIfWrong();
    return new PodTranslation(spec.orElseThrow(), credentials);
  }

  private Optional<PodKey> key() {
    Optional<PodKey> inDefault = context.checked("metadata.name", () -> PodKey.of(context.name()));
    Optional<PodKey> inOwn =
        context.checked("metadata.namespace", () -> PodKey.of(context.namespace(), "none"));
    return inDefault.isEmpty() || inOwn.isEmpty()
        ? Optional.empty()
        : Optional.of(PodKey.of(context.namespace(), context.name()));
  }

  private Duration grace() {
    long seconds =
        Given.orElse(
            context.spec().getTerminationGracePeriodSeconds(), PodSpec.DEFAULT_GRACE.toSeconds());
    if (seconds < 0 || seconds > Integer.MAX_VALUE) {
      context
          .problems()
          .invalid("spec.terminationGracePeriodSeconds", "must be greater than or equal to 0");
      return PodSpec.DEFAULT_GRACE;
    }
    return Duration.ofSeconds(seconds);
  }

  private Optional<Duration> activeDeadline(@Nullable Long seconds) {
    if (seconds != null && (seconds < 1 || seconds > Integer.MAX_VALUE)) {
      context
          .problems()
          .invalid("spec.activeDeadlineSeconds", "must be between 1 and 2147483647, inclusive");
      return Optional.empty();
    }
    return Optional.ofNullable(seconds).map(Duration::ofSeconds);
  }

  private void runtimeClass() {
    String name = Given.text(context.spec().getRuntimeClassName(), "");
    if (!name.isEmpty() && !context.sources().runtimeClasses().contains(name)) {
      context
          .problems()
          .unsupported("spec.runtimeClassName", "RuntimeClass \"" + name + "\" is not run here");
    }
  }

  private static List<ContainerSpec> containers(
      @Nullable List<Container> given, String path, ContainerTranslator translator, boolean init) {
    List<ContainerSpec> containers = new ArrayList<>();
    List<Container> all = Given.list(given);
    for (int i = 0; i < all.size(); i++) {
      translator.translate(all.get(i), path + "[" + i + "]", init).ifPresent(containers::add);
    }
    return containers;
  }
}
