package io.vic4j.core.vsphere;

import com.vmware.vim25.FileInfo;
import com.vmware.vim25.FolderFileInfo;
import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.IdSource;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastoreEntry.Kind;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreSpace;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.VirtualDisks;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A folder of a vSphere datastore. */
final class VsphereDatastore implements Datastore {
  /*
   * Bytes go over HTTP, everything else through the API. HTTP overwrites without a word, so a file
   * is written under a name of its own below tmp/ and moved to its place, which the API refuses
   * where something is. What is to be below tmp/ is written there at once: each writer has a folder
   * of its own there (see Staging).
   *
   * Disks are what ends in .vmdk but for their extents: they are moved and deleted by the disk
   * manager. A folder is moved as one, disks and all; before it is deleted, the disks in it are.
   */
  private static final Logger log = LoggerFactory.getLogger(VsphereDatastore.class);
  private static final DatastorePath TMP = DatastorePath.parse("tmp");

  private final VimSession session;
  private final Site site;
  private final FileAddresses addresses;
  private final FolderHttp http;
  private final FileOperations files;
  private final IdSource ids;
  private final @Nullable VirtualDisks disks;

  VsphereDatastore(
      VimSession session,
      Site site,
      FileAddresses addresses,
      FolderHttp http,
      FileOperations files,
      IdSource ids,
      @Nullable VirtualDisks disks) {
    this.session = session;
    this.site = site;
    this.addresses = addresses;
    this.http = http;
    this.files = files;
    this.ids = ids;
    this.disks = disks;
  }

  @Override
  public String name() {
    return addresses.text(DatastorePath.ROOT);
  }

  FileAddresses addresses() {
    return addresses;
  }

  FileOperations files() {
    return files;
  }

  FolderHttp http() {
    return http;
  }

  @Override
  public Optional<DatastoreEntry> stat(DatastorePath path) {
    CancelledException.throwIfInterrupted("look at", path);
    DatastorePath absolute = addresses.absolute(path);
    return files.listOf(absolute.parent(), FileOperations.wildcard(absolute.name())).stream()
        .filter(file -> file.getPath().equals(absolute.name()))
        .findFirst()
        .map(file -> entry(path, file));
  }

  @Override
  public List<DatastoreEntry> list(DatastorePath folder) {
    CancelledException.throwIfInterrupted("list of", folder);
    List<DatastoreEntry> entries = new ArrayList<>();
    for (FileInfo file : files.listOf(addresses.absolute(folder), "*")) {
      try {
        entries.add(entry(folder.resolve(file.getPath()), file));
      } catch (InvalidArgumentException e) {
        log.debug("'{}' has a name that no datastore gives; somebody else put it there", file, e);
      }
    }
    entries.sort(Comparator.comparing(DatastoreEntry::path));
    return entries;
  }

  private static DatastoreEntry entry(DatastorePath path, FileInfo file) {
    boolean folder = file instanceof FolderFileInfo;
    return new DatastoreEntry(
        path,
        folder ? Kind.FOLDER : Kind.FILE,
        folder || file.getFileSize() == null ? 0 : file.getFileSize(),
        file.getModification() == null ? Instant.EPOCH : file.getModification().toInstant());
  }

  @Override
  public InputStream read(DatastorePath file) {
    CancelledException.throwIfInterrupted("read of", file);
    return naming(file, () -> FileStream.open(http, addresses.absolute(file), 0));
  }

  @Override
  public DatastoreReader open(DatastorePath file) {
    CancelledException.throwIfInterrupted("read of", file);
    DatastorePath absolute = addresses.absolute(file);
    OptionalLong length = http.length(absolute);
    if (length.isEmpty()) {
      throw new NotFoundException("file", file.toString());
    }
    return new VsphereReader(http, absolute, length.getAsLong());
  }

  private interface Opening<T> {
    T open();
  }

  private static <T> T naming(DatastorePath file, Opening<T> opening) {
    try {
      return opening.open();
    } catch (NotFoundException e) {
      throw new NotFoundException("file", file.toString(), "file not found: " + file, e);
    }
  }

  @Override
  public DatastoreWriter create(DatastorePath file) {
    CancelledException.throwIfInterrupted("write of", file);
    if (file.isRoot()) {
      throw new AlreadyExistsException("folder", file.toString());
    }
    DatastorePath absolute = addresses.absolute(file);
    if (file.startsWith(TMP)) {
      if (http.length(absolute).isPresent()) {
        throw new AlreadyExistsException("file", file.toString());
      }
      return new UploadWriter(content -> put(file, content));
    }
    if (stat(file).isPresent()) {
      throw new AlreadyExistsException("file", file.toString());
    }
    files.requireFolders(absolute.parent());
    return new UploadWriter(content -> publish(file, content));
  }

  private void put(DatastorePath file, DatastoreReader content) {
    DatastorePath absolute = addresses.absolute(file);
    if (!http.put(absolute, () -> Uploads.body(content))) {
      files.makeFolder(absolute.parent());
      if (!http.put(absolute, () -> Uploads.body(content))) {
        throw new NotFoundException("folder", file.parent().toString());
      }
    }
  }

  private void publish(DatastorePath file, DatastoreReader content) {
    DatastorePath staged = TMP.resolve(ids.next().substring(0, 32));
    boolean published = false;
    try {
      put(staged, content);
      files.move(addresses.absolute(staged), addresses.absolute(file), file);
      published = true;
    } finally {
      if (!published) {
        undisturbed(() -> files.deleteQuietly(addresses.absolute(staged)));
      }
    }
  }

  static void undisturbed(Runnable tidyUp) {
    boolean interrupted = Thread.interrupted(); // It must not keep us from tidying up.
    try {
      tidyUp.run();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void createFolder(DatastorePath folder) {
    CancelledException.throwIfInterrupted("making of", folder);
    try {
      files.makeFolder(addresses.absolute(folder));
    } catch (VicException e) {
      if (!FileOperations.isObscure(e)) {
        throw e;
      }
      files.requireFolders(addresses.absolute(folder));
      throw e;
    }
  }

  @Override
  public void move(DatastorePath from, DatastorePath to) {
    CancelledException.throwIfInterrupted("move of", from);
    if (to.startsWith(from)) {
      throw new IllegalArgumentException("cannot move '" + from + "' to '" + to + "' below it");
    }
    if (FileOperations.isDisk(from.name())) {
      files.moveDisk(addresses.absolute(from), addresses.absolute(to), to);
    } else {
      files.move(addresses.absolute(from), addresses.absolute(to), to);
    }
  }

  @Override
  public void delete(DatastorePath path) {
    if (path.isRoot()) {
      throw new IllegalArgumentException("the root of a datastore cannot be deleted");
    }
    undisturbed(
        () -> {
          if (FileOperations.isDisk(path.name())) {
            files.deleteDisk(addresses.absolute(path));
          } else {
            files.deleteWithDisks(addresses.absolute(path));
          }
        });
  }

  @Override
  public Optional<VirtualDisks> virtualDisks() {
    return Optional.ofNullable(disks);
  }

  @Override
  public Optional<DatastoreSpace> space() {
    Map<String, Object> values =
        new Properties(session).of(site.datastore(), "summary.capacity", "summary.freeSpace");
    return values.get("summary.capacity") instanceof Long capacity
            && values.get("summary.freeSpace") instanceof Long free
        ? Optional.of(new DatastoreSpace(capacity, Math.max(0, Math.min(free, capacity))))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return "VsphereDatastore" + name();
  }
}
