package io.vic4j.image;

import io.vic4j.core.InvalidArgumentException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which images of a scope are listed, as users of Docker know it. Each kind of filter narrows the
 * listing. Immutable.
 *
 * <pre>{@code
 * scope.list(ImageFilter.builder().reference("registry.example/team/*").label("tier", "web").build());
 * scope.list(ImageFilter.parse(List.of("dangling=true")));
 * }</pre>
 */
public final class ImageFilter {
  /** Lists all. */
  public static final ImageFilter ALL = builder().build();

  private final List<NameGlob> references;
  private final List<Label> labels;
  private final @Nullable Boolean dangling;
  private final @Nullable String before;
  private final @Nullable String since;

  /** A label that has to be there; with this value, if there is one. */
  record Label(String name, @Nullable String value) {}

  private ImageFilter(Builder builder) {
    this.references = List.copyOf(builder.references);
    this.labels = List.copyOf(builder.labels);
    this.dangling = builder.dangling;
    this.before = builder.before;
    this.since = builder.since;
  }

  /** A filter to put together. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * A filter from texts such as {@code reference=app:*}, {@code dangling=true}, {@code label=key},
   * {@code label=key=value}, {@code before=app:1} and {@code since=app:1}.
   *
   * @throws InvalidArgumentException if one of them is none of these
   */
  public static ImageFilter parse(List<String> filters) {
    Builder builder = builder();
    for (String filter : filters) {
      int equals = filter.indexOf('=');
      String key = equals < 0 ? filter : filter.substring(0, equals);
      String value = equals < 0 ? "" : filter.substring(equals + 1);
      switch (key) {
        case "reference" -> builder.reference(value);
        case "label" -> builder.label(value);
        case "before" -> builder.before(value);
        case "since" -> builder.since(value);
        case "dangling" -> builder.dangling(flag(filter, value));
        default ->
            throw new InvalidArgumentException(
                "filter '"
                    + filter
                    + "' is not known; there are reference, dangling, label, before and since");
      }
    }
    return builder.build();
  }

  private static boolean flag(String filter, String value) {
    return switch (value) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default ->
          throw new InvalidArgumentException("filter '" + filter + "' is neither true nor false");
    };
  }

  List<NameGlob> references() {
    return references;
  }

  List<Label> labels() {
    return labels;
  }

  Optional<Boolean> dangling() {
    return Optional.ofNullable(dangling);
  }

  Optional<String> before() {
    return Optional.ofNullable(before);
  }

  Optional<String> since() {
    return Optional.ofNullable(since);
  }

  /** Puts an {@link ImageFilter} together. */
  public static final class Builder {
    private final List<NameGlob> references = new ArrayList<>();
    private final List<Label> labels = new ArrayList<>();
    private @Nullable Boolean dangling;
    private @Nullable String before;
    private @Nullable String since;

    private Builder() {}

    /**
     * Images with a name that matches this pattern, or another one given; of their names, those are
     * listed. {@code *} and {@code ?} stand for anything but a slash, {@code [a-z]} for one
     * character; the tag may be left out, and so may {@code docker.io/library/}.
     *
     * @throws InvalidArgumentException if it is not valid
     */
    public Builder reference(String pattern) {
      references.add(NameGlob.parse(pattern));
      return this;
    }

    /** Images with this label, of their own or of the VCH: {@code key} or {@code key=value}. */
    public Builder label(String label) {
      int equals = label.indexOf('=');
      labels.add(
          equals < 0
              ? new Label(label, null)
              : new Label(label.substring(0, equals), label.substring(equals + 1)));
      return this;
    }

    /** Images with this label, of their own or of the VCH. */
    public Builder label(String name, String value) {
      labels.add(new Label(name, value));
      return this;
    }

    /** Images that have no name, or only those that have one. */
    public Builder dangling(boolean wanted) {
      this.dangling = wanted;
      return this;
    }

    /** Images that were made before this one, which {@link ImageScope#get} finds. */
    public Builder before(String nameOrId) {
      this.before = nameOrId;
      return this;
    }

    /** Images that were made after this one, which {@link ImageScope#get} finds. */
    public Builder since(String nameOrId) {
      this.since = nameOrId;
      return this;
    }

    /** The filter. */
    public ImageFilter build() {
      return new ImageFilter(this);
    }
  }
}
