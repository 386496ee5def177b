package io.vic4j.core;

import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An operating system and a processor, as image indexes name them: {@code linux/amd64}, {@code
 * linux/arm/v7}.
 *
 * <p>Source: OCI image specification 1.1, image index, "platform". Immutable.
 */
public final class Platform {
  private static final Pattern PART = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,31}");

  /** Linux on x86-64: what container VMs run unless told otherwise. */
  public static final Platform LINUX_AMD64 = parse("linux/amd64");

  private final String os;
  private final String architecture;
  private final @Nullable String variant;

  private Platform(String os, String architecture, @Nullable String variant) {
    this.os = os;
    this.architecture = architecture;
    this.variant = variant;
  }

  /**
   * Reads {@code os/architecture[/variant]}. The architecture's common other names ({@code x86_64},
   * {@code aarch64}) become Go's, and {@code arm64/v8} is {@code arm64}, as registries expect.
   *
   * @throws InvalidArgumentException if it is not a platform
   */
  public static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length < 2 || parts.length > 3) {
      throw invalid(text);
    }
    return of(parts[0], parts[1], parts.length == 3 ? parts[2] : null);
  }

  /** A platform from its parts; {@code variant} may be null. See {@link #parse}. */
  public static Platform of(String os, String architecture, @Nullable String variant) {
    String text = os + "/" + architecture + (variant == null ? "" : "/" + variant);
    if (!PART.matcher(os).matches()
        || !PART.matcher(architecture).matches()
        || (variant != null && !PART.matcher(variant).matches())) {
      throw invalid(text);
    }
    String normal =
        switch (architecture) {
          case "x86_64", "x86-64" -> "amd64";
          case "aarch64" -> "arm64";
          default -> architecture;
        };
    return new Platform(
        os, normal, normal.equals("arm64") && "v8".equals(variant) ? null : variant);
  }

  private static InvalidArgumentException invalid(String text) {
    return new InvalidArgumentException(
        "not a platform: '" + text + "' (want os/architecture[/variant], such as linux/amd64)");
  }

  /** The operating system, such as {@code linux}. */
  public String os() {
    return os;
  }

  /** The architecture in Go's words, such as {@code amd64}. */
  public String architecture() {
    return architecture;
  }

  /** The variant of the architecture, such as {@code v7} of {@code arm}. */
  public Optional<String> variant() {
    return Optional.ofNullable(variant);
  }

  /** Whether an image for {@code other} runs here: the same, or no variant asked for. */
  public boolean accepts(Platform other) {
    return os.equals(other.os)
        && architecture.equals(other.architecture)
        && (variant == null || variant.equals(other.variant));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Platform that && toString().equals(that.toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  /** {@code os/architecture[/variant]}. */
  @Override
  public String toString() {
    return os + "/" + architecture + (variant == null ? "" : "/" + variant);
  }
}
