/**
 * What implementations of the ports and of the image store must do, as tests: {@link
 * io.vic4j.testkit.contract.DatastoreContract}, {@link
 * io.vic4j.testkit.contract.HypervisorContract}, {@link
 * io.vic4j.testkit.contract.ContainerVmContract}, {@link io.vic4j.testkit.contract.GuestContract},
 * {@link io.vic4j.testkit.contract.PodLifecycleContract}, {@link
 * io.vic4j.testkit.contract.PodGuestContract}, {@link io.vic4j.testkit.contract.PodFilesContract},
 * {@link io.vic4j.testkit.contract.ImageStoreContract}, {@link
 * io.vic4j.testkit.contract.VolumeStoreContract}, {@link io.vic4j.testkit.contract.VolumesContract}
 * and {@link io.vic4j.testkit.contract.CommitContract}. Who implements one extends the test and
 * says how to make one. What guests run in them is a {@link io.vic4j.testkit.contract.Program}.
 */
@NullMarked
package io.vic4j.testkit.contract;

import org.jspecify.annotations.NullMarked;
