package io.vic4j.image;

import io.vic4j.core.Digest;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.Staging;
import io.vic4j.storage.LayerDisks;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.zip.GZIPOutputStream;

/**
 * A layer that was made here: anew of its disk, or of what a container wrote.
 *
 * @param diffId the digest of its tar
 * @param digest the digest of the file, compressed or not
 * @param sizeBytes the file's length
 * @param file where it is on the datastore
 */
record MadeLayer(
    Digest diffId, Digest digest, long sizeBytes, boolean compressed, DatastorePath file) {
  private static final int BUFFER_BYTES = 256 << 10;

  /** Makes it of a disk, in a file of this work. */
  static MadeLayer of(
      LayerDisks disks, Digest diskId, boolean compressed, Datastore datastore, Staging.Work work) {
    return of(
        "layer of disk " + diskId,
        out -> disks.writeTar(diskId, out),
        compressed,
        datastore,
        work.folder().resolve(diskId.hex()));
  }

  /**
   * Makes it of this content, in a new file.
   *
   * @param what which layer it is, for messages
   */
  static MadeLayer of(
      String what,
      LayerContent content,
      boolean compressed,
      Datastore datastore,
      DatastorePath file) {
    try (DatastoreWriter writer = datastore.create(file)) {
      DatastoreOutputStream target = new DatastoreOutputStream(writer);
      Digesting stored = new Digesting(new BufferedOutputStream(target, BUFFER_BYTES));
      OutputStream packed = compressed ? new GZIPOutputStream(stored, 64 << 10) : stored;
      Digesting tar = new Digesting(packed);
      content.writeTo(tar);
      tar.close();
      writer.commit();
      return new MadeLayer(tar.digest(), stored.digest(), stored.count, compressed, file);
    } catch (IOException e) {
      throw new UnavailableException("cannot make the " + what + ": " + e.getMessage(), e);
    }
  }

  /** It as a blob of an image. */
  Descriptor blob(boolean docker) {
    String type = docker ? MediaTypes.DOCKER_LAYER : MediaTypes.OCI_LAYER;
    String suffix = !compressed ? "" : docker ? ".gzip" : "+gzip";
    return new Descriptor(type + suffix, digest, sizeBytes);
  }

  /** Digests and counts what goes through. */
  private static final class Digesting extends FilterOutputStream {
    private final MessageDigest computation = Digest.Algorithm.SHA256.newMessageDigest();
    private long count;

    Digesting(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      computation.update(bytes, offset, length);
      count += length;
    }

    Digest digest() {
      return Digest.of(Digest.Algorithm.SHA256, computation);
    }
  }
}
