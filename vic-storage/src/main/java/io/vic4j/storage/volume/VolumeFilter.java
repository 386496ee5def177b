package io.vic4j.storage.volume;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which volumes are listed: those that have all of these labels.
 *
 * @param labels the labels
 */
public record VolumeFilter(List<Label> labels) {
  /** Lists all. */
  public static final VolumeFilter ALL = new VolumeFilter(List.of());

  /**
   * A label that has to be there.
   *
   * @param key its key
   * @param value the value it must have; any where empty
   */
  public record Label(String key, Optional<String> value) {}

  /** Copies the list. */
  public VolumeFilter {
    labels = List.copyOf(labels);
  }

  /** Those of these that also have a label of this key, with whatever value. */
  public VolumeFilter withLabel(String key) {
    return and(new Label(key, Optional.empty()));
  }

  /** Those of these that also have this label with this value. */
  public VolumeFilter withLabel(String key, String value) {
    return and(new Label(key, Optional.of(value)));
  }

  private VolumeFilter and(Label label) {
    List<Label> all = new ArrayList<>(labels);
    all.add(label);
    return new VolumeFilter(all);
  }

  /** Whether a volume is one of them. */
  public boolean matches(Volume volume) {
    return labels.stream()
        .allMatch(
            label ->
                volume.labels().containsKey(label.key())
                    && label
                        .value()
                        .map(value -> value.equals(volume.labels().get(label.key())))
                        .orElse(true));
  }
}
