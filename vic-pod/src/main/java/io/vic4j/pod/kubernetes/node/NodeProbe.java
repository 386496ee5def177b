package io.vic4j.pod.kubernetes.node;

import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastoreSpace;
import io.vic4j.core.vm.HypervisorCapacity;
import io.vic4j.pod.VirtualContainerHost;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures what a virtual container host has for pods, and how it is: what a node tells its
 * cluster. Needs no cluster.
 *
 * <pre>{@code
 * NodeFacts facts = NodeProbe.of(host).measure();
 * System.out.println(facts.allocatable());
 * }</pre>
 *
 * <p>Thread-safe. It owns nothing; the host stays the caller's.
 */
public final class NodeProbe {
  private static final Logger log = LoggerFactory.getLogger(NodeProbe.class);

  private final VirtualContainerHost host;

  private NodeProbe(VirtualContainerHost host) {
    this.host = host;
  }

  /** A probe of this host. */
  public static NodeProbe of(VirtualContainerHost host) {
    return new NodeProbe(host);
  }

  /**
   * Asks the hypervisor for its capacity and its networks, and the datastore for its space. That
   * one of them does not answer is a fact, not an error.
   */
  public NodeFacts measure() {
    Optional<HypervisorCapacity> capacity = Optional.empty();
    Optional<DatastoreSpace> space = Optional.empty();
    Optional<String> network = Optional.empty();
    String trouble = "";
    try {
      capacity = Optional.of(host.capacity());
      network = host.networkProblem();
    } catch (VicException e) {
      log.debug("the hypervisor of {} does not answer", host, e);
      trouble = "the hypervisor does not answer: " + e.getMessage();
    }
    try {
      space = host.space();
    } catch (VicException e) {
      log.debug("the datastore of {} does not answer", host, e);
      trouble = trouble.isEmpty() ? "the datastore does not answer: " + e.getMessage() : trouble;
    }
    return new NodeFacts(capacity, space, network.orElse(""), trouble);
  }
}
