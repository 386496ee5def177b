package io.vic4j.storage;

import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.Progress;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.storage.ext4.Ext4Attributes;
import io.vic4j.storage.ext4.Ext4Options;
import io.vic4j.storage.ext4.Ext4Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Makes disks of given files, for a machine to read: such as its configuration. An ext4 file system
 * in a flat VMDK, as large as the files need. The same files make the same bytes. Thread-safe.
 */
public final class FileDisks {
  private static final int DIRECTORY_MODE = 0755;

  private final Datastore datastore;

  private FileDisks(Datastore datastore) {
    this.datastore = datastore;
  }

  /** Makes disks on this datastore. */
  public static FileDisks in(Datastore datastore) {
    return new FileDisks(datastore);
  }

  /**
   * A file to be on a disk.
   *
   * @param path where: relative, names with slashes between them; folders are made as needed
   * @param content what is in it
   * @param mode its permissions, such as {@code 0644}
   * @param gid the number of its group; root owns it
   */
  public record Entry(String path, ByteBuffer content, int mode, long gid) {
    /**
     * Copies the content.
     *
     * @throws InvalidArgumentException if the path is none
     */
    public Entry {
      content = ByteBuffer.wrap(bytes(content)).asReadOnlyBuffer();
      for (String name : path.split("/", -1)) {
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('\0') >= 0) {
          throw new InvalidArgumentException(
              "'" + path + "' is no path of a file (want a/b, without . and ..)");
        }
      }
    }

    private static byte[] bytes(ByteBuffer content) {
      ByteBuffer own = content.duplicate();
      byte[] bytes = new byte[own.remaining()];
      own.get(bytes);
      return bytes;
    }
  }

  /**
   * Makes a disk of files alone; as {@link #create(DatastorePath, String, UUID, Collection, List)}.
   */
  public DatastorePath create(
      DatastorePath folder, String name, UUID fileSystemUuid, List<Entry> entries) {
    return create(folder, name, fileSystemUuid, List.of(), entries);
  }

  /**
   * Makes a disk, {@code folder/name.vmdk} and {@code folder/name-flat.vmdk}. As files, the
   * descriptor is written last, so that a disk that has one is whole.
   *
   * @param name without {@code .vmdk}
   * @param fileSystemUuid by which the guest finds it
   * @param folders the names of folders that are there though they may be empty
   * @param entries its files; folders have mode 0755 and are root's
   * @return the VMDK's descriptor: what is attached to a machine
   * @throws InvalidArgumentException if two files are at one path, or one is within another
   */
  public DatastorePath create(
      DatastorePath folder,
      String name,
      UUID fileSystemUuid,
      Collection<String> folders,
      List<Entry> entries) {
    DatastorePath vmdk = folder.resolve(name + ".vmdk");
    Digest contentId = Digest.sha256("files " + fileSystemUuid);
    try (DatastoreWriter disk =
            NewDisk.begin(
                datastore, vmdk, folder.resolve(name + "-flat.vmdk"), contentId, Progress.NONE);
        Ext4Writer fs = Ext4Writer.create(disk, Ext4Options.builder(fileSystemUuid).build())) {
      Map<String, Integer> made = new HashMap<>();
      for (String each : new TreeSet<>(folders)) {
        made.put("/" + each, directory(fs, fs.root(), each));
      }
      List<Entry> sorted = new ArrayList<>(entries);
      sorted.sort((one, other) -> one.path().compareTo(other.path()));
      for (Entry entry : sorted) {
        write(fs, entry, made);
      }
      fs.finish();
      disk.commit();
    }
    return vmdk;
  }

  private static void write(Ext4Writer fs, Entry entry, Map<String, Integer> folders) {
    String[] names = entry.path().split("/", -1);
    int parent = fs.root();
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < names.length - 1; i++) {
      path.append('/').append(names[i]);
      Integer known = folders.get(path.toString());
      if (known == null) {
        checkFree(fs, parent, names[i], entry);
        known = directory(fs, parent, names[i]);
        folders.put(path.toString(), known);
      }
      parent = known;
    }
    String last = names[names.length - 1];
    checkFree(fs, parent, last, entry);
    byte[] content = Entry.bytes(entry.content());
    fs.beginFile(
        parent, utf8(last), Ext4Attributes.of(entry.mode(), 0, entry.gid(), Instant.EPOCH));
    fs.write(content, 0, content.length);
    fs.endFile();
  }

  private static int directory(Ext4Writer fs, int parent, String name) {
    return fs.makeDirectory(
        parent, utf8(name), Ext4Attributes.of(DIRECTORY_MODE, 0, 0, Instant.EPOCH));
  }

  private static void checkFree(Ext4Writer fs, int parent, String name, Entry entry) {
    if (fs.find(parent, utf8(name)).isPresent()) {
      throw new InvalidArgumentException(
          "two files are at '" + entry.path() + "', or one is within another");
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
