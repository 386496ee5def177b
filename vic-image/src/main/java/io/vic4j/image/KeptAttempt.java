package io.vic4j.image;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Keeps one blob, piece by piece, after those that are there. One thread's. */
final class KeptAttempt {
  /** What a crash may cost. */
  static final int PIECE_BYTES = 8 << 20;

  private static final String TEMPORARY = ".new";

  private final KeptBlobs owner;
  private final Datastore datastore;
  private final Descriptor blob;
  private final DatastorePath folder;
  private final Pieces there;
  private long start;
  private long position;
  private @Nullable DatastoreWriter writer;

  KeptAttempt(
      KeptBlobs owner, Datastore datastore, Descriptor blob, DatastorePath folder, Pieces there) {
    this.owner = owner;
    this.datastore = datastore;
    this.blob = blob;
    this.folder = folder;
    this.there = there;
    this.start = there.sizeBytes();
    this.position = start;
  }

  Descriptor blob() {
    return blob;
  }

  DatastorePath folder() {
    return folder;
  }

  /** What was there when this began. */
  Pieces there() {
    return there;
  }

  private DatastorePath temporary() {
    return folder.resolve(Pieces.name(start) + TEMPORARY);
  }

  void append(byte[] bytes, int offset, int length) {
    int done = 0;
    while (done < length) {
      if (writer == null) {
        // A crash may have left one of this name.
        datastore.delete(temporary());
        writer = datastore.create(temporary());
      }
      int now = (int) Math.min(length - done, start + PIECE_BYTES - position);
      writer.write(position - start, ByteBuffer.wrap(bytes, offset + done, now));
      position += now;
      done += now;
      if (position == start + PIECE_BYTES) {
        endPiece();
      }
    }
  }

  private void endPiece() {
    DatastoreWriter ending = writer;
    writer = null;
    if (ending != null) {
      try (ending) {
        ending.commit();
      }
      datastore.move(temporary(), folder.resolve(Pieces.name(start)));
      start = position;
    }
  }

  /** All has come, and has been verified. */
  void complete() {
    if (blob.sizeBytes() == 0) {
      writer = datastore.create(temporary());
    }
    endPiece();
    if (Pieces.in(datastore, folder).sizeBytes() == blob.sizeBytes()) {
      owner.complete(this);
    } else {
      datastore.delete(folder); // Somebody took over what was there before.
    }
  }

  /** Leaves what has come so far to the next attempt. */
  void leave() {
    endPiece();
  }

  /** What has come is of no use. */
  void discard() {
    DatastoreWriter ending = writer;
    writer = null;
    if (ending != null) {
      ending.close();
    }
    datastore.delete(folder);
  }

  void end() {
    owner.end(this);
  }
}
