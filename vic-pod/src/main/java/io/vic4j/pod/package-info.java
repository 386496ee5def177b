/**
 * Images as running machines: {@link io.vic4j.pod.VirtualContainerHost} puts a hypervisor, a
 * datastore and an image store together, {@link io.vic4j.pod.Containers} makes container VMs of
 * images, and {@link io.vic4j.pod.PodLifecycle} takes pods through their life.
 */
@NullMarked
package io.vic4j.pod;

import org.jspecify.annotations.NullMarked;
