/**
 * The root file system of a machine that is off: {@link io.vic4j.storage.overlay.OverlayFiles}
 * reads it as overlayfs would show it, {@link io.vic4j.storage.overlay.OverlayCopy} copies files
 * into it.
 */
@NullMarked
package io.vic4j.storage.overlay;

import org.jspecify.annotations.NullMarked;
