/**
 * Tar archives, byte by byte: {@link io.vic4j.storage.tar.TarReader} reads them as a stream, {@link
 * io.vic4j.storage.tar.TarWriter} writes them, {@link io.vic4j.storage.tar.Compression} unwraps
 * them. Knows nothing of images and is usable on its own.
 */
@NullMarked
package io.vic4j.storage.tar;

import org.jspecify.annotations.NullMarked;
