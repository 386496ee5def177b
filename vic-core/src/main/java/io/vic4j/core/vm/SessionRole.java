package io.vic4j.core.vm;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

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
  SIDECAR;

  /**
   * The most that sessions take of something at one time: what runs together, or the one that
   * prepares and takes the most, with the helpers that run by then.
   *
   * <p>Source: Kubernetes, "Sidecar containers", section "Resource sharing within containers".
   *
   * @param sessions in the order in which those that prepare begin
   * @param role what a session is for
   * @param taken how much of it a session takes
   */
  public static <T> long mostAtOnce(
      List<T> sessions, Function<? super T, SessionRole> role, ToLongFunction<? super T> taken) {
    long helpers = 0;
    long workers = 0;
    long most = 0;
    for (T session : sessions) {
      switch (role.apply(session)) {
        case SIDECAR -> helpers += taken.applyAsLong(session);
        case INIT -> most = Math.max(most, helpers + taken.applyAsLong(session));
        case MAIN -> workers += taken.applyAsLong(session);
      }
    }
    return Math.max(most, helpers + workers);
  }
}
