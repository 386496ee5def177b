package io.vic4j.storage;

import io.vic4j.core.Digest;

/**
 * A layer that is to be put on a disk.
 *
 * @param diffId the digest of its uncompressed tar
 * @param source where the tar can be read from
 */
public record LayerTar(Digest diffId, LayerSource source) {}
