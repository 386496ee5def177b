/**
 * Streams into guests: many exchanges over one connection to a tether. {@link
 * io.vic4j.core.link.Packet} has the format, {@link io.vic4j.core.link.HostLink} the host's side.
 * For the library's own hypervisors and guests; it may change with any release.
 */
@NullMarked
package io.vic4j.core.link;

import org.jspecify.annotations.NullMarked;
