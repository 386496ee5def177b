/**
 * VMDK virtual disks, written and read in pure Java: a {@link io.vic4j.storage.vmdk.VmdkDescriptor}
 * makes the text that turns a raw file into a flat disk, and {@link
 * io.vic4j.storage.vmdk.VmdkReader} reads the content of a disk of any supported subformat.
 *
 * <p>Source: VMware, "Virtual Disk Format 5.0", technical note, 2011.
 */
@NullMarked
package io.vic4j.storage.vmdk;

import org.jspecify.annotations.NullMarked;
