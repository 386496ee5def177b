/**
 * Disks: {@link io.vic4j.storage.LayerDisks} turns the layers of images into read-only {@linkplain
 * io.vic4j.storage.LayerDisk disks}, {@link io.vic4j.storage.ScratchDisks} makes empty ones to
 * write on.
 */
@NullMarked
package io.vic4j.storage;

import org.jspecify.annotations.NullMarked;
