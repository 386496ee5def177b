/**
 * Images in files: {@link io.vic4j.image.layout.OciLayout} reads a folder as skopeo, umoci and
 * BuildKit write it, {@link io.vic4j.image.layout.DockerArchive} a tar as {@code docker save} does;
 * {@link io.vic4j.image.layout.ImageLocation} tells from what a person typed which of them is
 * meant.
 */
@NullMarked
package io.vic4j.image.layout;

import org.jspecify.annotations.NullMarked;
