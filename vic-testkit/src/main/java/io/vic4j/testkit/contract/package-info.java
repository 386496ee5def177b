/**
 * What implementations of the ports must do, as tests: {@link
 * io.vic4j.testkit.contract.DatastoreContract}, {@link
 * io.vic4j.testkit.contract.HypervisorContract} and {@link
 * io.vic4j.testkit.contract.ContainerVmContract}. Who implements a port extends the test and says
 * how to make one.
 */
@NullMarked
package io.vic4j.testkit.contract;

import org.jspecify.annotations.NullMarked;
