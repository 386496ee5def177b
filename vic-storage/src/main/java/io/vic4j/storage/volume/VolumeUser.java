package io.vic4j.storage.volume;

/**
 * A machine that has a volume attached, on or off.
 *
 * @param host the virtual container host it belongs to
 * @param vmId the machine's identifier
 * @param vmName what people call it
 * @param readOnly whether it may only read the volume
 */
public record VolumeUser(String host, String vmId, String vmName, boolean readOnly) {
  /** For messages. */
  @Override
  public String toString() {
    return "'" + vmName + "' of host " + host + (readOnly ? " (read-only)" : "");
  }
}
