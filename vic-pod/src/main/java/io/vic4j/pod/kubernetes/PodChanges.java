package io.vic4j.pod.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What differs between two versions of a pod, and whether it may.
 *
 * <p>Source: Kubernetes, "Pods", section "Pod update and replacement".
 */
final class PodChanges {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long DEFAULT_GRACE = 30;

  private final Problems problems = new Problems();

  private PodChanges() {}

  static PodChange between(Pod before, Pod after) {
    return new PodChanges().change(before, after);
  }

  private PodChange change(Pod before, Pod after) {
    ObjectMeta oldMeta = Given.orElse(before.getMetadata(), new ObjectMeta());
    ObjectMeta newMeta = Given.orElse(after.getMetadata(), new ObjectMeta());
    same(oldMeta.getName(), newMeta.getName(), "metadata.name");
    same(
        Given.text(oldMeta.getNamespace(), "default"),
        Given.text(newMeta.getNamespace(), "default"),
        "metadata.namespace");
    same(oldMeta.getUid(), newMeta.getUid(), "metadata.uid");
    PodSpec oldSpec = Given.orElse(before.getSpec(), new PodSpec());
    PodSpec newSpec = Given.orElse(after.getSpec(), new PodSpec());
    compare(fixed(oldSpec), fixed(newSpec), "spec");
    SortedMap<String, ImageReference> images = new TreeMap<>();
    images(oldSpec.getInitContainers(), newSpec.getInitContainers(), "initContainers", images);
    images(oldSpec.getContainers(), newSpec.getContainers(), "containers", images);
    Optional<Duration> deadline =
        deadline(oldSpec.getActiveDeadlineSeconds(), newSpec.getActiveDeadlineSeconds());
    Optional<Duration> grace =
        grace(
            oldSpec.getTerminationGracePeriodSeconds(), newSpec.getTerminationGracePeriodSeconds());
    problems.throwIfAny(
        Given.text(newMeta.getNamespace(), "default") + "/" + Given.text(newMeta.getName(), ""));
    return new PodChange(
        changed(oldMeta.getLabels(), newMeta.getLabels()),
        changed(oldMeta.getAnnotations(), newMeta.getAnnotations()),
        images,
        deadline,
        grace);
  }

  private void same(@Nullable String before, @Nullable String after, String path) {
    if (!Objects.equals(before, after)) {
      problems.invalid(path, "field is immutable");
    }
  }

  private static Optional<SortedMap<String, String>> changed(
      @Nullable Map<String, String> before, @Nullable Map<String, String> after) {
    return Given.map(before).equals(Given.map(after))
        ? Optional.empty()
        : Optional.of(new TreeMap<>(Given.map(after)));
  }

  /** What may not change. */
  private static JsonNode fixed(PodSpec spec) {
    ObjectNode tree = JSON.valueToTree(spec);
    tree.remove(List.of("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"));
    for (String containers : List.of("containers", "initContainers")) {
      tree.path(containers).forEach(container -> ((ObjectNode) container).remove("image"));
    }
    return tree;
  }

  private void compare(JsonNode before, JsonNode after, String path) {
    if (before.equals(after) || (isNothing(before) && isNothing(after))) {
      return;
    }
    if (before instanceof ObjectNode && after instanceof ObjectNode) {
      TreeSet<String> names = new TreeSet<>();
      before.fieldNames().forEachRemaining(names::add);
      after.fieldNames().forEachRemaining(names::add);
      names.forEach(name -> compare(before.path(name), after.path(name), path + "." + name));
    } else if (before instanceof ArrayNode
        && after instanceof ArrayNode
        && before.size() == after.size()) {
      for (int i = 0; i < before.size(); i++) {
        compare(before.path(i), after.path(i), path + "[" + i + "]");
      }
    } else {
      problems.invalid(path, "a pod that is there may not change it");
    }
  }

  private static boolean isNothing(JsonNode node) {
    return node.isMissingNode() || node.isNull() || (node.isContainerNode() && node.isEmpty());
  }

  private void images(
      @Nullable List<Container> before,
      @Nullable List<Container> after,
      String list,
      Map<String, ImageReference> images) {
    int count = Math.min(Given.list(before).size(), Given.list(after).size());
    for (int i = 0; i < count; i++) {
      String old = Given.text(Given.list(before).get(i).getImage(), "");
      String image = Given.text(Given.list(after).get(i).getImage(), "");
      if (!old.equals(image)) {
        try {
          images.put(
              Given.text(Given.list(after).get(i).getName(), ""), ImageReference.parse(image));
        } catch (InvalidArgumentException e) {
          problems.invalid("spec." + list + "[" + i + "].image", e.getMessage());
        }
      }
    }
  }

  private Optional<Duration> deadline(@Nullable Long before, @Nullable Long after) {
    if (Objects.equals(before, after)) {
      return Optional.empty();
    }
    if (after == null || after < 1 || (before != null && after > before)) {
      problems.invalid(
          "spec.activeDeadlineSeconds",
          "must be positive, and less than or equal to previous value " + before);
      return Optional.empty();
    }
    return Optional.of(Duration.ofSeconds(after));
  }

  private Optional<Duration> grace(@Nullable Long before, @Nullable Long after) {
    long seconds = Given.orElse(after, DEFAULT_GRACE);
    if (seconds == Given.orElse(before, DEFAULT_GRACE)) {
      return Optional.empty();
    }
    if (seconds < 0) {
      problems.invalid("spec.terminationGracePeriodSeconds", "must be greater than or equal to 0");
    }
    return Optional.of(Duration.ofSeconds(Math.max(seconds, 0)));
  }
}
