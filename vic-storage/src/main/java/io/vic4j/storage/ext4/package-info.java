/**
 * The ext4 file system in pure Java, without root, kernel or mount: {@link
 * io.vic4j.storage.ext4.Ext4Writer} makes one in a single pass, {@link
 * io.vic4j.storage.ext4.Ext4Reader} reads anybody's.
 */
@NullMarked
package io.vic4j.storage.ext4;

import org.jspecify.annotations.NullMarked;
