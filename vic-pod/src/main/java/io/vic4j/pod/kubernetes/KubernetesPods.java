package io.vic4j.pod.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.vic4j.core.NotFoundException;
import io.vic4j.pod.PodFile;
import io.vic4j.pod.PodSpec;
import java.util.List;

/**
 * Makes of Kubernetes' v1 Pods what this library makes VMs of.
 *
 * <pre>{@code
 * vch.pods().create(KubernetesPods.parse(yaml));
 * }</pre>
 *
 * <p>What a pod leaves out is as the API server would have it; what it says that a pod of one VM
 * cannot have is refused by its path, and so is a field that the model does not know: nothing is
 * dropped. {@link PodFields} has the list. All problems of a pod are told at once, in a {@link
 * PodRefusedException}, and nothing is created.
 *
 * <p>References to ConfigMaps, Secrets, claims and so on are resolved by the {@link PodSources}
 * that the {@linkplain #builder() builder} is given. Immutable and thread-safe, as far as its
 * sources are.
 */
public final class KubernetesPods {
  private final PodSources sources;

  private KubernetesPods(PodSources sources) {
    this.sources = sources;
  }

  /**
   * Reads one v1 Pod.
   *
   * @param yamlOrJson one document
   * @throws PodRefusedException if it is no v1 Pod, or has fields that v1 Pods have not; it names
   *     all that are unknown
   */
  public static Pod read(String yamlOrJson) {
    return PodReader.read(yamlOrJson);
  }

  /**
   * What to create for a v1 Pod that refers to nothing beyond itself, and whose images need no pull
   * secrets.
   *
   * @param yamlOrJson one document
   * @throws PodRefusedException if it is no such pod; it names all fields that stand in the way
   */
  public static PodSpec parse(String yamlOrJson) {
    return builder().build().translate(read(yamlOrJson)).spec();
  }

  /**
   * How a pod that is there is to be changed.
   *
   * @param before what it was made of
   * @param after what it is to be: may differ in metadata, in the images of its containers, in
   *     {@code activeDeadlineSeconds} (less, or where there was none), in {@code tolerations}
   *     (which say nothing to a VM), and in {@code terminationGracePeriodSeconds}. What became of
   *     its references is not looked at: {@link #files} tells
   * @throws PodRefusedException if it differs in more; it names all fields that do
   */
  public static PodChange changes(Pod before, Pod after) {
    return PodChanges.between(before, after);
  }

  /** A translator to be, of pods that need no sources. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * What to create for a v1 Pod.
   *
   * @throws PodRefusedException if it cannot be, or names what the sources do not have; it names
   *     all fields that stand in the way
   */
  public PodTranslation translate(Pod pod) {
    return PodTranslator.translate(pod, sources);
  }

  /**
   * The files of a volume of a v1 Pod as the sources have them now: for {@link
   * io.vic4j.pod.PodLifecycle#updateFiles}.
   *
   * @param volume the name of one that is a {@code configMap}, a {@code secret}, a {@code
   *     downwardAPI} or {@code projected}
   * @throws PodRefusedException if it is none that can be, or names what the sources do not have
   * @throws NotFoundException if the pod has no such volume
   */
  public List<PodFile> files(Pod pod, String volume) {
    Context context = Context.of(pod, sources);
    List<PodFile> files = new PodVolumes(context, new FieldValues(context)).files(volume);
    context.throwIfWrong();
    return files;
  }

  /** Describes a translator. For use by one thread. */
  public static final class Builder {
    private PodSources sources = PodSources.NONE;

    private Builder() {}

    /** Where references lead. */
    public Builder sources(PodSources sources) {
      this.sources = sources;
      return this;
    }

    /** The translator. */
    public KubernetesPods build() {
      return new KubernetesPods(sources);
    }
  }
}
