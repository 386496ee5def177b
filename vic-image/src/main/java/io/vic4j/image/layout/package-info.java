/**
 * Images in files: {@link io.vic4j.image.layout.OciLayout} reads and writes a folder as skopeo,
 * umoci and BuildKit do, {@link io.vic4j.image.layout.DockerArchive} a tar as {@code docker save};
 * {@link io.vic4j.image.layout.ImageLocation} tells from what a person typed which of them is
 * meant.
 */
@NullMarked
package io.vic4j.image.layout;

import org.jspecify.annotations.NullMarked;
