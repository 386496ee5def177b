/**
 * Reads the root file system of a machine that is off, as overlayfs would show it: {@link
 * io.vic4j.storage.overlay.OverlayFiles}.
 */
@NullMarked
package io.vic4j.storage.overlay;

import org.jspecify.annotations.NullMarked;
