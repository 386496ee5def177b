package io.vic4j.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.image.Descriptor;
import io.vic4j.image.MediaTypes;
import io.vic4j.image.RawManifest;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where the manifests of one source say that layers are which registries need not have. Source: OCI
 * image specification 1.1, descriptor, "urls". Thread-safe.
 */
final class ForeignAddresses {
  private static final int MAX_ADDRESSES = 16;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ForeignLayers policy;
  private final Hosts hosts;
  private final Map<Digest, List<URI>> byDigest = new ConcurrentHashMap<>();

  ForeignAddresses(ForeignLayers policy, Hosts hosts) {
    this.policy = policy;
    this.hosts = hosts;
  }

  boolean refuses(Descriptor layer) {
    return policy.isRefused() && MediaTypes.isForeignLayer(layer.mediaType());
  }

  /** Notes what a manifest says; what is not valid in it is for who reads it to refuse. */
  void note(RawManifest manifest) {
    try {
      for (JsonNode layer : JSON.readTree(manifest.content().toArray()).path("layers")) {
        if (MediaTypes.isForeignLayer(layer.path("mediaType").asText(""))
            && layer.path("digest").asText("").startsWith("sha")) {
          List<URI> addresses = new ArrayList<>();
          layer.path("urls").forEach(url -> add(addresses, url.asText("")));
          byDigest.put(Digest.parse(layer.path("digest").asText()), List.copyOf(addresses));
        }
      }
    } catch (IOException | InvalidArgumentException e) {
      // Then there are none.
    }
  }

  private void add(List<URI> addresses, String text) {
    try {
      URI uri = new URI(text);
      String host = uri.getHost() == null ? "" : Hosts.name(uri);
      boolean safe =
          "https".equals(uri.getScheme())
              || ("http".equals(uri.getScheme()) && hosts.mayBePlain(host));
      if (safe
          && uri.getRawUserInfo() == null
          && policy.isAllowed(host)
          && addresses.size() < MAX_ADDRESSES) {
        addresses.add(uri);
      }
    } catch (URISyntaxException e) {
      // Nothing can be fetched from there.
    }
  }

  /** Where else this layer may be fetched; empty for all other blobs. */
  List<URI> addresses(Descriptor layer) {
    return MediaTypes.isForeignLayer(layer.mediaType())
        ? byDigest.getOrDefault(layer.digest(), List.of())
        : List.of();
  }
}
