package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.vm.InvalidSpecException;
import io.vic4j.pod.PodKey;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One translation: the pod, where its references lead, and what is wrong with it so far.
 *
 * @param namespace the pod's
 * @param name the pod's; may be empty, which is a problem that was told
 */
record Context(
    ObjectMeta meta,
    PodSpec spec,
    String namespace,
    String name,
    PodSources sources,
    Problems problems) {
  /** One that begins, without problems so far. */
  static Context of(Pod pod, PodSources sources) {
    ObjectMeta meta = Given.orElse(pod.getMetadata(), new ObjectMeta());
    return new Context(
        meta,
        Given.orElse(pod.getSpec(), new PodSpec()),
        Given.text(meta.getNamespace(), PodKey.DEFAULT_NAMESPACE),
        Given.text(meta.getName(), ""),
        sources,
        new Problems());
  }

  /** Throws all that was found wrong, if anything was. */
  void throwIfWrong() {
    problems.throwIfAny(namespace + "/" + name);
  }

  /** What is made, unless what it is made of is not valid; then that is told of this field. */
  <T> Optional<T> checked(String path, Supplier<T> make) {
    try {
      return Optional.of(make.get());
    } catch (InvalidSpecException e) {
      // The field that it names is one of ours, which the pod's author does not know.
      String message = e.getMessage();
      String prefix = e.field() + ": ";
      problems.invalid(
          path, message.startsWith(prefix) ? message.substring(prefix.length()) : message);
    } catch (InvalidArgumentException e) {
      problems.invalid(path, e.getMessage());
    }
    return Optional.empty();
  }

  /** The account that the pod acts as. */
  String serviceAccount() {
    return Given.text(
        spec.getServiceAccountName(), Given.text(spec.getServiceAccount(), "default"));
  }

  /** The node that the pod runs on, where that is known. */
  Optional<String> nodeName() {
    return Given.has(spec.getNodeName())
        ? Optional.of(spec.getNodeName())
        : sources.node().map(PodSources.Node::name);
  }
}
