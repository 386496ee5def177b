/**
 * vSphere: {@link io.vic4j.core.vsphere.Vsphere} opens a vCenter Server or an ESXi host and gives
 * the {@link io.vic4j.core.vm.Hypervisor} and the {@link io.vic4j.core.datastore.Datastore} of a
 * virtual container host, as {@link io.vic4j.core.vsphere.VsphereSettings} say.
 */
@NullMarked
package io.vic4j.core.vsphere;

import org.jspecify.annotations.NullMarked;
