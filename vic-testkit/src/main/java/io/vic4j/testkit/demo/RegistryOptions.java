package io.vic4j.testkit.demo;

import io.vic4j.core.ImageReference;
import io.vic4j.core.Platform;
import io.vic4j.image.registry.CredentialSource;
import io.vic4j.image.registry.RegistryClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of each command that may ask a registry. */
final class RegistryOptions {
  @Option(
      names = "--plain-http",
      description = "Ask the registry by plain HTTP, as is done on loopback anyway.")
  private boolean plainHttp;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "Trust the certificates in this PEM file too.")
  private @Nullable Path ca;

  @Option(
      names = "--docker-config",
      paramLabel = "FILE",
      description = "Take credentials from this file; by default ~/.docker/config.json.")
  private @Nullable Path dockerConfig;

  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH",
      defaultValue = "linux/amd64",
      description = "Which image of an index to take (default: ${DEFAULT-VALUE}).",
      converter = PlatformConverter.class)
  private Platform platform = Platform.LINUX_AMD64;

  Platform platform() {
    return platform;
  }

  /** The certificates to trust besides those of this runtime; null for none. */
  @Nullable Path ca() {
    return ca;
  }

  /** A client for the registry of this reference, as the options say. */
  RegistryClient client(ImageReference reference) {
    return client(Set.of(reference.registry()));
  }

  /** A client for these registries, as the options say. */
  RegistryClient client(Set<String> registries) {
    RegistryClient.Builder builder = RegistryClient.builder();
    if (plainHttp) {
      registries.forEach(builder::plainHttp);
    }
    if (ca != null) {
      builder.trust(ca);
    }
    Path config = dockerConfig;
    if (config == null) {
      Path usual = Path.of(System.getProperty("user.home"), ".docker", "config.json");
      config = Files.isReadable(usual) ? usual : null;
    }
    if (config != null) {
      builder.credentials(CredentialSource.dockerConfig(config));
    }
    return builder.build();
  }
}
