package io.vic4j.core.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import org.jspecify.annotations.Nullable;

/**
 * The things on a server that the settings name.
 *
 * @param datacenter the datacenter
 * @param datacenterPath its inventory path, without a leading slash
 * @param vmFolder its root folder of VMs
 * @param pool where VMs get their resources from
 * @param host where VMs are made; null if vSphere chooses
 * @param datastore where everything is kept
 * @param datastoreName its name as the API has it, which is how datastore paths have it
 * @param browser what lists its files
 */
record Site(
    ManagedObjectReference datacenter,
    String datacenterPath,
    ManagedObjectReference vmFolder,
    ManagedObjectReference pool,
    @Nullable ManagedObjectReference host,
    ManagedObjectReference datastore,
    String datastoreName,
    ManagedObjectReference browser) {}
