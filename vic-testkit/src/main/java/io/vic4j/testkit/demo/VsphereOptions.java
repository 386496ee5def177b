package io.vic4j.testkit.demo;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vsphere.ServerTrust;
import io.vic4j.core.vsphere.VsphereSettings;
import io.vic4j.core.vsphere.VsphereSettings.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say where on vSphere a pod is to stand. */
final class VsphereOptions {
  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The vCenter Server or ESXi host: https://HOST[:PORT].")
  private @Nullable String url;

  @Option(names = "--user", paramLabel = "U", description = "Who logs in there.")
  private @Nullable String user;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = {
        "The file whose first line is the password.",
        "Without it, VIC_PASSWORD of the environment; else the terminal is asked."
      })
  private @Nullable Path passwordFile;

  @Option(
      names = "--thumbprint",
      paramLabel = "SHA256",
      description = "Trust the one server with this certificate, rather than those of --ca.")
  private @Nullable String thumbprint;

  @Option(names = "--datacenter", paramLabel = "D", description = "Its name or inventory path.")
  private @Nullable String datacenter;

  @Option(
      names = "--pool",
      paramLabel = "P",
      description = "The resource pool, vApp, cluster or host for VMs.")
  private @Nullable String pool;

  @Option(names = "--datastore", paramLabel = "N", description = "Where disks and VMs are kept.")
  private @Nullable String datastore;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      arity = "1..*",
      description = "A network that the VM is on; may be repeated.")
  private List<String> networks = new ArrayList<>();

  @Option(
      names = "--root",
      paramLabel = "R",
      description = "The folder on the datastore for images and disks; vic unless given.")
  private @Nullable String root;

  @Option(
      names = "--folder",
      paramLabel = "F",
      description = "The inventory folder for VMs; vic unless given.")
  private @Nullable String folder;

  @Option(
      names = "--iso",
      paramLabel = "PATH",
      description = "The bootstrap ISO, on the datastore below the root.")
  private @Nullable String iso;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "How long to wait for the guest; needs --iso. Not at all unless given.")
  private @Nullable Integer waitSeconds;

  /** What is wrong with the options by themselves, each with what to do about it. */
  List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (url == null) {
      problems.add("--url is missing: where the vCenter Server or ESXi host is");
    }
    if (user == null) {
      problems.add("--user is missing: who logs in");
    }
    if (waitSeconds != null && waitSeconds <= 0) {
      problems.add("--wait " + waitSeconds + ": want a number of seconds above 0");
    }
    if (waitSeconds != null && iso == null) {
      problems.add("--wait needs --iso: without a bootstrap ISO no guest comes to be waited for");
    }
    return problems;
  }

  /** How long to wait for the guest; empty for not at all. */
  Optional<Duration> guestTimeout() {
    return Optional.ofNullable(waitSeconds).map(Duration::ofSeconds);
  }

  /**
   * The settings; there must be no {@link #problems}.
   *
   * @param ca the certificates to trust besides those of this runtime; null for none
   * @param environment the password where no file has it; null if it is not there either
   * @param terminal asks for the password; gives null where there is no terminal
   * @throws InvalidArgumentException if a value is wrong, or there is no password
   */
  VsphereSettings settings(
      @Nullable Path ca, @Nullable String environment, Supplier<char @Nullable []> terminal) {
    if (url == null || user == null) {
      throw new IllegalStateException("settings of options with problems: " + problems());
    }
    ServerTrust trust = trust(ca);
    VsphereSettings.Builder settings =
        VsphereSettings.builder(url, new Credentials(user, password(environment, terminal)))
            .trust(trust);
    Optional.ofNullable(datacenter).ifPresent(settings::datacenter);
    Optional.ofNullable(pool).ifPresent(settings::pool);
    Optional.ofNullable(datastore).ifPresent(settings::datastore);
    Optional.ofNullable(root).ifPresent(settings::root);
    Optional.ofNullable(folder).ifPresent(settings::folder);
    Optional.ofNullable(iso).map(DatastorePath::parse).ifPresent(settings::bootstrapIso);
    networks.forEach(settings::network);
    return settings.build();
  }

  private ServerTrust trust(@Nullable Path ca) {
    if (thumbprint != null) {
      return ServerTrust.thumbprint(thumbprint);
    }
    return ca == null ? ServerTrust.runtime() : ServerTrust.authorities(text("--ca", ca));
  }

  private String password(@Nullable String environment, Supplier<char @Nullable []> terminal) {
    String password = environment;
    if (passwordFile != null) {
      password = text("--password-file", passwordFile).lines().findFirst().orElse("");
    } else if (environment == null) {
      char[] typed = terminal.get();
      password = typed == null ? null : new String(typed);
    }
    if (password == null || password.isEmpty()) {
      throw new InvalidArgumentException(
          "no password for "
              + user
              + ": give --password-file, set VIC_PASSWORD, or type it at a terminal");
    }
    return password;
  }

  private static String text(String option, Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new InvalidArgumentException(option + ": cannot read " + file, e);
    }
  }
}
