package io.vic4j.image.registry;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Knows the credentials for registries. Asked when a registry wants some, so that changed ones are
 * taken up. Implementations are thread-safe.
 */
@FunctionalInterface
public interface CredentialSource {
  /**
   * The credentials for a registry; empty to stay anonymous.
   *
   * @param registry host and, where given, port, as {@link io.vic4j.core.ImageReference#registry}
   *     has it: {@code docker.io}, {@code registry.example:5000}
   * @throws io.vic4j.core.VicException if they cannot be looked up
   */
  Optional<Credentials> credentials(String registry);

  /** Knows none: everything is asked for anonymously. */
  static CredentialSource anonymous() {
    return registry -> Optional.empty();
  }

  /** Knows the credentials of one registry. */
  static CredentialSource of(String registry, Credentials credentials) {
    return asked -> asked.equals(registry) ? Optional.of(credentials) : Optional.empty();
  }

  /**
   * The credentials that {@code docker login} left in a {@code config.json}: those in {@code
   * auths}, in its {@code auth}, {@code username} and {@code password}, or {@code identitytoken}
   * form. The file is read at each question; a missing file holds none.
   *
   * <p>Where {@code credHelpers} or {@code credsStore} is responsible for a registry, its program
   * {@code docker-credential-…} is looked for on the search path and run; it has 30 s and 64 KiB
   * for its answer. One that is missing is a {@link io.vic4j.core.NotFoundException}, one that
   * refuses an {@link io.vic4j.core.UnauthorizedException}, one that does not answer an {@link
   * io.vic4j.core.UnavailableException}. A file that cannot be understood is an {@link
   * io.vic4j.core.InvalidArgumentException}.
   */
  static CredentialSource dockerConfig(Path configFile) {
    return new DockerConfig(configFile);
  }

  /** Asks this source first, and {@code next} where this one has none. */
  default CredentialSource or(CredentialSource next) {
    return registry -> credentials(registry).or(() -> next.credentials(registry));
  }
}
