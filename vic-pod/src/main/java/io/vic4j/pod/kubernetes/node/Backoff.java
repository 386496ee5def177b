package io.vic4j.pod.kubernetes.node;

import java.time.Duration;

/**
 * How long to wait after so many failures in a row: twice as long each time, up to a bound. Without
 * jitter: there is one node, and its tests have a clock of their own.
 *
 * @param first after the first failure
 * @param longest at most
 */
record Backoff(Duration first, Duration longest) {
  /** The kubelet's, of pulls: 10 s to 5 min (Kubernetes, "Images", section "ImagePullBackOff"). */
  static final Backoff PULL = new Backoff(Duration.ofSeconds(10), Duration.ofMinutes(5));

  /** Of what the hypervisor or the cluster did not do. */
  static final Backoff WORK = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(2));

  /** Of requests to the API server; client-go's begin at 5 ms, this one knows that it is remote. */
  static final Backoff REQUEST = new Backoff(Duration.ofMillis(200), Duration.ofMinutes(1));

  /** The kubelet's, of its lease: 200 ms to 7 s ({@code pkg: k8s.io/component-helpers/lease}). */
  static final Backoff LEASE = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(7));

  private static final int LARGEST_SHIFT = 30;

  /**
   * The wait.
   *
   * @param failures how many there were, from 1
   */
  Duration after(int failures) {
    int shift = Math.min(Math.max(failures, 1) - 1, LARGEST_SHIFT);
    Duration wait = first.multipliedBy(1L << shift);
    return wait.compareTo(longest) > 0 ? longest : wait;
  }
}
