/**
 * Real boots on a developer's machine: {@link io.vic4j.testkit.qemu.QemuHypervisor} runs VMs as
 * processes of QEMU, without root and without vSphere. Their hardware is that of vSphere's VMs
 * where QEMU has it: disks on a PVSCSI controller, vmxnet3.
 */
@NullMarked
package io.vic4j.testkit.qemu;

import org.jspecify.annotations.NullMarked;
