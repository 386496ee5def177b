package io.vic4j.core.vm;

/**
 * When a session runs, in relation to the others of its VM. Those that are not {@link #MAIN} begin
 * before it, one after the other, in the order of the specification.
 */
public enum SessionRole {
  /**
   * Does the VM's work. All of them begin together, once the last session of another role is done
   * or up. The VM is over when they are.
   */
  MAIN,
  /**
   * Prepares: must exit with 0 before the next begins. If it fails, it is begun again unless its
   * {@linkplain RestartPolicy policy} is never to; then the VM is over, and no other begins.
   */
  INIT,
  /**
   * Helps: the next begins once it is up, and it runs beside all that follow. It is begun again
   * whenever it ends, and ends after the main sessions, the last begun first.
   */
  SIDECAR
}
