package io.vic4j.core.datastore;

import io.vic4j.core.Progress;
import java.time.Duration;
import java.time.Instant;

/**
 * The disks of a {@link Datastore} that keeps them as things of its own: it takes them in whole,
 * and itself writes the descriptor and whatever holds the content. A vSphere datastore is one.
 *
 * <p>Such a disk is named by its {@code .vmdk}, which the datastore lists as a file. What else is
 * listed beside it belongs to the disk: usually {@code x-flat.vmdk} beside {@code x.vmdk}, which is
 * the content as it is and can be {@linkplain Datastore#open read} as a file; but there may be
 * nothing, or nothing that can be read, as on vSAN. It is never touched on its own:
 *
 * <ul>
 *   <li>{@link Datastore#move} and {@link Datastore#delete} of the {@code .vmdk} move and delete
 *       the disk with all that belongs to it.
 *   <li>{@link Datastore#move} and {@link Datastore#delete} of a folder take the disks in it along,
 *       and a move is as atomic as with plain files.
 * </ul>
 *
 * <p>Errors that all methods of a datastore have, these have too. Thread-safe.
 */
public interface VirtualDisks {
  /**
   * Begins a disk. What is written to the writer, anywhere, is the content that a machine will see
   * on it, and its size is the disk's capacity. {@link DatastoreWriter#commit} takes the disk in,
   * whole or not at all; missing folders above it are made. It is an {@link IllegalStateException}
   * if the size is not a multiple of 512, or is 0. Closing the writer without it leaves nothing of
   * the disk.
   *
   * <p>The content is kept on this machine until then. Its holes are neither kept nor sent.
   *
   * @param vmdk where the disk will be; ends in {@code .vmdk}
   * @param encoder how the content is sent; called by {@code commit}, in the same thread
   * @param progress gets one task with {@code commit}, which counts the bytes sent
   * @throws IllegalArgumentException if the name does not end in {@code .vmdk}
   * @throws io.vic4j.core.AlreadyExistsException if something is at this place, or a file is where
   *     a folder above it should be; {@code commit} throws it, too, where somebody else was faster
   */
  DatastoreWriter create(DatastorePath vmdk, DiskEncoder encoder, Progress progress);

  /**
   * Makes a second disk of the same content. Missing folders above it are made. Where this fails,
   * nothing is at {@code to}; where the program ends in the middle, a part of the disk may be, so
   * that a copy is best made where {@link Staging} or somebody else tidies up.
   *
   * @throws IllegalArgumentException if the name does not end in {@code .vmdk}
   * @throws io.vic4j.core.NotFoundException if there is no disk at {@code from}
   * @throws io.vic4j.core.AlreadyExistsException if something is at {@code to}, or a file is where
   *     a folder above it should be; nothing has changed then
   */
  void copy(DatastorePath from, DatastorePath to);

  /**
   * Removes what imports of programs that ended in the middle left elsewhere than in the folders of
   * the datastore. Does nothing where an import leaves nothing. {@link Staging#sweep} calls this.
   *
   * @param now the time by the datastore's clock
   * @param staleAfter how old something must be that belongs to no import under way
   */
  void sweep(Instant now, Duration staleAfter);
}
