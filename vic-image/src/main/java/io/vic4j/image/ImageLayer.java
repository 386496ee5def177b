package io.vic4j.image;

import io.vic4j.core.Digest;

/**
 * One layer of an image: the blob that carries it, and what it is when unpacked.
 *
 * @param blob its compressed form at the source: media type, digest and size
 * @param diffId the digest of its uncompressed tar; what its disk is found by
 */
public record ImageLayer(Descriptor blob, Digest diffId) {}
