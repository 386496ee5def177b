package io.vic4j.core.vm;

import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a {@link Hypervisor} knows of one VM, at one moment.
 *
 * @param id the identifier of its definition
 * @param scope the scope of its definition
 * @param name what it is called now
 * @param power whether it is on
 * @param bootTime when it was powered on, the last time; empty if it is off
 * @param variables the text values kept with it. Those whose key begins with {@code guestinfo.} are
 *     seen by the guest, which may write them as well; the guest sees no others. What the guest
 *     wrote stays when the VM is off.
 * @param changeVersion names this state of what the host configured; another one stands here after
 *     each reconfiguration. What the guest writes may or may not change it.
 */
public record VmRecord(
    String id,
    String scope,
    String name,
    PowerState power,
    Optional<Instant> bootTime,
    SortedMap<String, String> variables,
    String changeVersion) {
  /** Copies the variables. */
  public VmRecord {
    variables = VmDefinition.sorted(variables);
  }
}
