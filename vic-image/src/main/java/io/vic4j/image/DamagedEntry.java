package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastorePath;
import java.util.Optional;

/**
 * Something in a store that is not as it should be.
 *
 * @param kind what it is
 * @param id the image ID or diff ID; empty for what has none, or is too damaged to have one
 * @param place where it is, or should be
 * @param reason what is wrong with it
 */
public record DamagedEntry(
    Kind kind, Optional<Digest> id, DatastorePath place, VicException reason) {
  /** What can be damaged. */
  public enum Kind {
    /** The metadata of an image: manifest, config, or what was noted of it. */
    IMAGE,
    /** The disk of a layer. */
    LAYER,
    /** A record of a scope: a name, a use of an image, or a request. */
    RECORD,
    /** A lease. */
    LEASE
  }

  /** Whether it is there at all; what is missing cannot be put away. */
  public boolean isMissing() {
    return reason instanceof NotFoundException;
  }
}
