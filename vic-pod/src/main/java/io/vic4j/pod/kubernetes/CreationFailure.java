package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.vic4j.core.CorruptException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.VicException;
import io.vic4j.image.RefusedException;
import io.vic4j.pod.ImageUnavailableException;
import io.vic4j.storage.LayerException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Why a container of a pod that could not be created waits, in a kubelet's words.
 *
 * @param container its name
 * @param reason in one word
 * @param message for people
 */
record CreationFailure(String container, String reason, String message) {
  private static final String CONFIG = "CreateContainerConfigError";
  private static final String INVALID_IMAGE = "InvalidImageName";

  /** Whether all that is wrong with a pod is what its images are called. */
  static boolean isAboutImages(PodRefusedException refused) {
    return refused.problems().stream().allMatch(it -> it.path().endsWith("].image"));
  }

  /**
   * What failed; of all containers where it is not known of which.
   *
   * @param waiting whether it is waited until the next attempt
   */
  static List<CreationFailure> of(PodSpec spec, VicException cause, boolean waiting) {
    if (cause instanceof PodRefusedException refused) {
      return refused(spec, refused);
    }
    List<CreationFailure> failures = new ArrayList<>();
    all(spec)
        .filter(it -> concerns(it, cause))
        .forEach(
            it ->
                failures.add(
                    new CreationFailure(
                        Given.text(it.getName(), ""),
                        reason(it, cause, waiting),
                        cause.getMessage())));
    return failures;
  }

  private static boolean concerns(Container container, VicException cause) {
    if (isImage(cause)) {
      return name(container).equals(((NotFoundException) cause).name());
    }
    if (cause instanceof ImageUnavailableException unavailable) {
      return name(container).equals(unavailable.image());
    }
    // Who is never pulled wants no credentials.
    return !(cause instanceof UnauthorizedException) || !isNeverPulled(container);
  }

  private static boolean isImage(VicException cause) {
    return cause instanceof NotFoundException missing && missing.kind().equals("image");
  }

  private static boolean isNeverPulled(Container container) {
    return "Never".equals(container.getImagePullPolicy());
  }

  /** An image as our errors name it. */
  private static String name(Container container) {
    String image = Given.text(container.getImage(), "");
    try {
      return ImageReference.parse(image).toString();
    } catch (InvalidArgumentException e) {
      return image;
    }
  }

  private static String reason(Container container, VicException cause, boolean waiting) {
    if (isImage(cause) && isNeverPulled(container)) {
      return "ErrImageNeverPull";
    }
    if (isImage(cause)
        || cause instanceof ImageUnavailableException
        || cause instanceof UnauthorizedException
        || cause instanceof RefusedException
        || cause instanceof LayerException
        || cause instanceof CorruptException) {
      return waiting ? "ImagePullBackOff" : "ErrImagePull";
    }
    return cause instanceof InvalidArgumentException || cause instanceof NotFoundException
        ? CONFIG
        : "CreateContainerError";
  }

  private static List<CreationFailure> refused(PodSpec spec, PodRefusedException refused) {
    if (refused.problems().stream().anyMatch(it -> it.path().startsWith("spec.volumes["))) {
      return List.of(); // Volumes come first: nothing can be said of containers yet.
    }
    List<CreationFailure> failures = new ArrayList<>();
    for (FieldProblem problem : refused.problems()) {
      List<Container> concerned = concerned(spec, problem.path());
      for (Container container : concerned) {
        failures.add(
            new CreationFailure(
                Given.text(container.getName(), ""),
                problem.path().endsWith("].image") ? INVALID_IMAGE : CONFIG,
                problem.problem()));
      }
    }
    return failures;
  }

  /** The container that a path leads into; all where it leads into none. */
  private static List<Container> concerned(PodSpec spec, String path) {
    List<Container> found = new ArrayList<>();
    find(Given.list(spec.getContainers()), "spec.containers", path).ifPresent(found::add);
    find(Given.list(spec.getInitContainers()), "spec.initContainers", path).ifPresent(found::add);
    return found.isEmpty() ? all(spec).toList() : found;
  }

  private static Optional<Container> find(List<Container> containers, String list, String path) {
    for (int i = 0; i < containers.size(); i++) {
      if (path.startsWith(list + "[" + i + "]")) {
        return Optional.of(containers.get(i));
      }
    }
    return Optional.empty();
  }

  private static Stream<Container> all(PodSpec spec) {
    return Stream.concat(
        Given.list(spec.getInitContainers()).stream(), Given.list(spec.getContainers()).stream());
  }

  /**
   * How a container is that was never made.
   *
   * @param prepares whether the pod has init containers
   */
  static ContainerStatus waiting(
      Container container, boolean prepares, List<CreationFailure> failures) {
    Optional<CreationFailure> failure =
        failures.stream().filter(it -> it.container().equals(container.getName())).findFirst();
    ContainerState state = new ContainerState();
    state.setWaiting(
        new ContainerStateWaiting(
            failure.map(CreationFailure::message).orElse(null),
            failure
                .map(CreationFailure::reason)
                .orElse(prepares ? "PodInitializing" : "ContainerCreating")));
    ContainerStatus status = new ContainerStatus();
    status.setName(container.getName());
    status.setImage(container.getImage());
    status.setImageID("");
    status.setReady(false);
    status.setStarted(false);
    status.setRestartCount(0);
    status.setState(state);
    status.setLastState(new ContainerState());
    return status;
  }
}
