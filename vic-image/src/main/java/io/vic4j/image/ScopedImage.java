package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.VchName;
import java.util.Optional;

/**
 * An image as a scope has it.
 *
 * @param vch whose scope
 * @param imageId the image
 * @param name what it is called; empty if the scope keeps it without a name
 */
public record ScopedImage(VchName vch, Digest imageId, Optional<NamedImage> name) {}
