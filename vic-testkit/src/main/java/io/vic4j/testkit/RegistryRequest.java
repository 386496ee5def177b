package io.vic4j.testkit;

/**
 * A request that an {@link EmbeddedRegistry} got.
 *
 * @param server who got it: {@code "registry"}, or {@code "storage"} for the second server that
 *     blobs may be kept at
 * @param method such as {@code GET}
 * @param path without the query
 * @param query as it was sent; empty if there was none
 * @param authorization the scheme of its Authorization header: {@code "Basic"}, {@code "Bearer"},
 *     empty if there was none
 * @param range its Range header; empty if there was none
 * @param userAgent its User-Agent header
 * @param bodyBytes how many bytes it brought
 */
public record RegistryRequest(
    String server,
    String method,
    String path,
    String query,
    String authorization,
    String range,
    String userAgent,
    long bodyBytes) {
  /** Whether it asked for a blob's content. */
  public boolean isBlobFetch() {
    return method.equals("GET") && path.contains("/blobs/sha");
  }

  /** Whether it asked for a manifest's content. */
  public boolean isManifestFetch() {
    return method.equals("GET") && path.contains("/manifests/");
  }
}
