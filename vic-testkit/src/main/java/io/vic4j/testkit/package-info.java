/**
 * Tests without vSphere and without a network: {@link io.vic4j.testkit.TestVch} is a virtual
 * container host in memory, which {@link io.vic4j.testkit.VicExtension} hands to JUnit tests. In
 * it, {@link io.vic4j.testkit.MemoryHypervisor} and {@link io.vic4j.testkit.MemoryDatastore} fill
 * the two ports, {@link io.vic4j.testkit.Script}s are the processes that run, and {@link
 * io.vic4j.testkit.VirtualClock} is the time in which they do; {@link io.vic4j.testkit.TestPods}
 * makes pods of YAML, and says what becomes of them; {@link io.vic4j.testkit.EmbeddedRegistry}
 * serves {@link io.vic4j.testkit.TestImage}s over real HTTP. The logic above the ports is the one
 * that production runs.
 */
@NullMarked
package io.vic4j.testkit;

import org.jspecify.annotations.NullMarked;
