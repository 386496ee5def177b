/**
 * Container VMs: {@link io.vic4j.core.vm.ContainerVms} makes and finds them, {@link
 * io.vic4j.core.vm.ContainerVm} is one, and {@link io.vic4j.core.vm.Hypervisor} is the port that
 * they stand on.
 */
@NullMarked
package io.vic4j.core.vm;

import org.jspecify.annotations.NullMarked;
