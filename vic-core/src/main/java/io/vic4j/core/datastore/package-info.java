/**
 * Where disks and metadata are kept: the {@link io.vic4j.core.datastore.Datastore} port, {@link
 * io.vic4j.core.datastore.DatastorePath paths} in it, and {@link
 * io.vic4j.core.datastore.LocalDatastore}, which keeps them in a folder.
 */
@NullMarked
package io.vic4j.core.datastore;

import org.jspecify.annotations.NullMarked;
