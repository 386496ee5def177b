/**
 * Tar archives, byte by byte: {@code TarReader} reads them as a stream, {@code TarWriter} writes
 * them. Knows nothing of images and is usable on its own.
 */
@NullMarked
package io.vic4j.storage.tar;

import org.jspecify.annotations.NullMarked;
