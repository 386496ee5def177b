package io.vic4j.pod;

/** The labels that this package notes on VMs, to find everything again by. */
final class Labels {
  /** What the keys of all labels of the library begin with. */
  static final String PREFIX = "io.vic4j.";

  /** The ID of the image of a session; the session's name follows. */
  static final String IMAGE_ID = PREFIX + "image-id.";

  /** What the image of a session can be had by; the session's name follows. */
  static final String IMAGE_PIN = PREFIX + "image-pin.";

  /** A pod's {@link PodSpec}, as JSON. Only pods have it. */
  static final String POD_SPEC = PREFIX + "pod.spec";

  /** A pod's UID. */
  static final String POD_UID = PREFIX + "pod.uid";

  /** When a pod was made: ISO 8601. */
  static final String POD_CREATED = PREFIX + "pod.created";

  private Labels() {}
}
