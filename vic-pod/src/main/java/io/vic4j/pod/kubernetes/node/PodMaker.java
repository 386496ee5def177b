package io.vic4j.pod.kubernetes.node;

import io.fabric8.kubernetes.api.model.Pod;
import io.vic4j.core.Progress;
import io.vic4j.image.ImageSources;
import io.vic4j.pod.ContainerSpec;
import io.vic4j.pod.PodLifecycle;
import io.vic4j.pod.PodSpec;
import io.vic4j.pod.kubernetes.KubernetesPods;
import io.vic4j.pod.kubernetes.PodEvent;
import io.vic4j.pod.kubernetes.PodTranslation;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes pods of v1 Pods: translates, pulls with their credentials, creates; and tells of it. */
final class PodMaker {
  private static final Logger log = LoggerFactory.getLogger(PodMaker.class);

  private final PodLifecycle pods;
  private final KubernetesPods translator;
  private final Optional<PullSources> pullSources;
  private final EventRecorder events;
  private final FileFollower follower;

  PodMaker(
      PodLifecycle pods,
      KubernetesPods translator,
      Optional<PullSources> pullSources,
      EventRecorder events,
      FileFollower follower) {
    this.pods = pods;
    this.translator = translator;
    this.pullSources = pullSources;
    this.events = events;
    this.follower = follower;
  }

  io.vic4j.pod.Pod create(Pod asked) {
    PodTranslation translation = translator.translate(asked);
    PullEvents pulls = new PullEvents((reason, message) -> events.normal(asked, reason, message));
    io.vic4j.pod.Pod pod = create(asked, translation, Progress.to(pulls));
    follower.made(asked, translation.spec());
    PodSpec spec = pod.spec();
    if (!pulls.anyPulled()) {
      spec.allContainers().stream()
          .map(ContainerSpec::image)
          .distinct()
          .forEach(
              image ->
                  events.normal(
                      asked,
                      "Pulled",
                      "Container image \"" + image + "\" already present on machine"));
    }
    tellCreated(asked, spec);
    return pod;
  }

  private void tellCreated(Pod asked, PodSpec spec) {
    for (ContainerSpec container : spec.allContainers()) {
      String name = container.name().orElseThrow();
      events.tell(
          asked,
          PodEvent.of(
              "Created",
              "Created container " + name,
              name,
              spec.initContainers().contains(container)));
    }
  }

  /** Makes a pod that is there what it is to be now. */
  void update(Pod asked, PodSpec now, PodSpec target) {
    PullEvents pulls = new PullEvents((reason, message) -> events.normal(asked, reason, message));
    for (ContainerSpec container : target.allContainers()) {
      if (!now.allContainers().contains(container)) {
        String name = container.name().orElseThrow();
        events.tell(
            asked,
            PodEvent.of(
                "Killing",
                "Container " + name + " definition changed, will be restarted",
                name,
                target.initContainers().contains(container)));
      }
    }
    Progress progress = Progress.to(pulls);
    io.vic4j.pod.Pod unused =
        withSources(
            asked,
            () -> translator.translate(asked),
            () -> pods.update(target, progress),
            sources -> pods.update(target, sources, progress));
  }

  private io.vic4j.pod.Pod create(Pod asked, PodTranslation translation, Progress progress) {
    return withSources(
        asked,
        () -> translation,
        () -> pods.create(translation.spec(), progress),
        sources -> pods.create(translation.spec(), sources, progress));
  }

  /** Does something with the images of the pod's own sources, if it has secrets for pulling. */
  private io.vic4j.pod.Pod withSources(
      Pod asked,
      Supplier<PodTranslation> translation,
      Supplier<io.vic4j.pod.Pod> plain,
      Function<ImageSources, io.vic4j.pod.Pod> own) {
    if (pullSources.isEmpty() || asked.getSpec().getImagePullSecrets().isEmpty()) {
      return plain.get();
    }
    ImageSources sources = pullSources.get().open(translation.get().pullCredentials());
    try {
      return own.apply(sources);
    } finally {
      close(sources);
    }
  }

  private static void close(ImageSources sources) {
    if (sources instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        log.warn("sources of images were not closed well", e);
      }
    }
  }
}
