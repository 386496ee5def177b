/**
 * Images: {@link io.vic4j.image.ImageService} fetches them, {@link io.vic4j.image.ImageStore} keeps
 * what is known of them, and {@link io.vic4j.image.Images} is how one VCH sees both. {@link
 * io.vic4j.image.StoredImages} gives them away again.
 */
@NullMarked
package io.vic4j.image;

import org.jspecify.annotations.NullMarked;
