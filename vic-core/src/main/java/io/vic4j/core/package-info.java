/**
 * The words every module speaks: {@link io.vic4j.core.Digest digests}, {@link
 * io.vic4j.core.ImageReference image references}, {@link io.vic4j.core.Platform platforms}, the
 * {@link io.vic4j.core.VicException errors}, {@link io.vic4j.core.Progress progress} and {@link
 * io.vic4j.core.TimeSource time}.
 *
 * <p>Start with {@link io.vic4j.core.ImageReference} for what to pull and {@link
 * io.vic4j.core.VicException} for what may go wrong.
 */
@NullMarked
package io.vic4j.core;

import org.jspecify.annotations.NullMarked;
