package io.vic4j.image.registry;

import java.util.List;
import java.util.stream.Stream;

/**
 * What becomes of layers that are not to be distributed, such as Windows' base layers: registries
 * need not have them, and manifests say where else they are (OCI image specification 1.1,
 * "Non-Distributable Layers"; Docker's foreign layers). Immutable.
 */
public final class ForeignLayers {
  /** They are taken where the registry has them, and looked for nowhere else. */
  public static final ForeignLayers FROM_REGISTRY = new ForeignLayers(false, List.of());

  /** They are taken from nowhere: images that have them are refused. */
  public static final ForeignLayers REFUSED = new ForeignLayers(true, List.of());

  private final boolean refused;
  private final List<NamePattern> hosts;

  private ForeignLayers(boolean refused, List<NamePattern> hosts) {
    this.refused = refused;
    this.hosts = List.copyOf(hosts);
  }

  /**
   * They are taken where the registry has them, and else from where the manifest says, if that is
   * on one of these hosts. No credentials are shown there; what is fetched is verified by its
   * digest. Plain HTTP is used only to hosts that the client may use it with anyway.
   *
   * @param hosts patterns as {@link RegistryPolicy} has them, without repositories
   * @throws io.vic4j.core.InvalidArgumentException if one of them is none
   */
  public static ForeignLayers alsoFrom(String... hosts) {
    return new ForeignLayers(false, Stream.of(hosts).map(NamePattern::parse).toList());
  }

  boolean isRefused() {
    return refused;
  }

  /** Whether they may be fetched from this host, which is {@code host[:port]}. */
  boolean isAllowed(String hostAndPort) {
    return hosts.stream().anyMatch(host -> host.isOfWholeHost() && host.fitsHost(hostAndPort));
  }
}
