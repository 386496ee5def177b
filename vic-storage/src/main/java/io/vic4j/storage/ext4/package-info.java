/**
 * The ext4 file system in pure Java: {@link io.vic4j.storage.ext4.Ext4Writer} makes one in a single
 * pass, without root, kernel or mount.
 */
@NullMarked
package io.vic4j.storage.ext4;

import org.jspecify.annotations.NullMarked;
