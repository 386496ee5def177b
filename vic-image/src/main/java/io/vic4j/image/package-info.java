/** Images: where they come from ({@link io.vic4j.image.ImageSource}) and where they are kept. */
@NullMarked
package io.vic4j.image;

import org.jspecify.annotations.NullMarked;
