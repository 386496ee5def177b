package io.vic4j.core.datastore;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.CancelledException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastoreEntry.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A datastore in a folder of this machine, or of a network file system that several machines have
 * mounted.
 *
 * <p>Files are published with a hard link, which fails where a file is present; folders with a
 * rename, which fails where a folder with content is present. Both are followed by an fsync of the
 * folder, so that what {@link #move} has done survives a loss of power.
 */
public final class LocalDatastore implements Datastore {
  private static final Logger log = LoggerFactory.getLogger(LocalDatastore.class);

  private final Path root;

  private LocalDatastore(Path root) {
    this.root = root;
  }

  /**
   * The datastore in this folder, which is made if it is not there.
   *
   * @throws io.vic4j.core.UnavailableException if it cannot be made
   */
  public static LocalDatastore at(Path folder) {
    try {
      Files.createDirectories(folder);
      return new LocalDatastore(folder.toRealPath());
    } catch (IOException e) {
      throw LocalErrors.translate(e, "folder", folder.toString());
    }
  }

  /** The file on this machine that stands behind a place in this datastore. */
  public Path localPath(DatastorePath path) {
    Path local = root;
    for (String name : path.names()) {
      local = local.resolve(name);
    }
    return local;
  }

  @Override
  public String name() {
    return root.toString();
  }

  @Override
  public Optional<DatastoreEntry> stat(DatastorePath path) {
    CancelledException.throwIfInterrupted("look at", path);
    return Optional.ofNullable(entry(path, localPath(path)));
  }

  private @Nullable DatastoreEntry entry(DatastorePath path, Path local) {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(local, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return new DatastoreEntry(
          path,
          attributes.isDirectory() ? Kind.FOLDER : Kind.FILE,
          attributes.isDirectory() ? 0 : attributes.size(),
          attributes.lastModifiedTime().toInstant());
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      if (LocalErrors.isBelowFile(local)) {
        return null;
      }
      throw LocalErrors.translate(e, "file", path.toString());
    }
  }

  @Override
  public List<DatastoreEntry> list(DatastorePath folder) {
    List<DatastoreEntry> entries = new ArrayList<>();
    for (DatastorePath child : children(folder)) {
      DatastoreEntry entry = entry(child, localPath(child));
      if (entry != null) {
        entries.add(entry);
      }
    }
    return entries;
  }

  @Override
  public List<String> names(DatastorePath folder) {
    return children(folder).stream().map(DatastorePath::name).toList();
  }

  /** What is in a folder, sorted. */
  private List<DatastorePath> children(DatastorePath folder) {
    CancelledException.throwIfInterrupted("list of", folder);
    List<DatastorePath> found = new ArrayList<>();
    Path local = localPath(folder);
    try (DirectoryStream<Path> children = Files.newDirectoryStream(local)) {
      for (Path child : children) {
        String name = child.getFileName().toString();
        try {
          found.add(folder.resolve(name));
        } catch (InvalidArgumentException e) {
          log.debug("'{}' has a name that no datastore gives; somebody else put it there", child);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw LocalErrors.translate(new IOException(e), "folder", folder.toString());
    } catch (IOException e) {
      if (LocalErrors.isBelowFile(local)) {
        return List.of();
      }
      throw LocalErrors.translate(e, "folder", folder.toString());
    }
    found.sort(null);
    return found;
  }

  @Override
  public DatastoreReader open(DatastorePath file) {
    CancelledException.throwIfInterrupted("read of", file);
    Path local = localPath(file);
    try {
      if (Files.isDirectory(local, LinkOption.NOFOLLOW_LINKS)) {
        throw new NotFoundException("file", file.toString());
      }
      return LocalReader.open(local);
    } catch (IOException e) {
      if (LocalErrors.isBelowFile(local)) {
        throw new NotFoundException("file", file.toString(), "file not found: " + file, e);
      }
      throw LocalErrors.translate(e, "file", file.toString());
    }
  }

  @Override
  public DatastoreWriter create(DatastorePath file) {
    CancelledException.throwIfInterrupted("write of", file);
    if (file.isRoot()) {
      throw new AlreadyExistsException("folder", file.toString());
    }
    Path local = localPath(file);
    try {
      makeFolder(file.parent());
      return new LocalWriter(
          local, FileChannel.open(local, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw translate(e, local, file);
    }
  }

  @Override
  public void createFolder(DatastorePath folder) {
    CancelledException.throwIfInterrupted("making of", folder);
    Path local = localPath(folder);
    try {
      makeFolder(folder);
    } catch (IOException e) {
      throw translate(e, local, folder);
    }
  }

  private static VicException translate(IOException e, Path local, DatastorePath path) {
    return LocalErrors.isBelowFile(local)
        ? new AlreadyExistsException("file", path.toString(), e)
        : LocalErrors.translate(e, "file", path.toString());
  }

  /** Makes a folder and those above it, durably. */
  private void makeFolder(DatastorePath path) throws IOException {
    Path folder = localPath(path);
    if (path.isRoot() || Files.isDirectory(folder)) {
      return;
    }
    makeFolder(path.parent());
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException e) {
      if (Files.isDirectory(folder)) {
        return; // Somebody else has just made it.
      }
      throw e;
    }
    LocalErrors.syncFolder(localPath(path.parent()));
  }

  @Override
  public void move(DatastorePath from, DatastorePath to) {
    CancelledException.throwIfInterrupted("move of", from);
    if (to.startsWith(from)) {
      throw new IllegalArgumentException("cannot move '" + from + "' to '" + to + "' below it");
    }
    Path source = localPath(from);
    Path target = localPath(to);
    try {
      if (!Files.exists(source, LinkOption.NOFOLLOW_LINKS)) {
        throw new NotFoundException("file", from.toString());
      }
      makeFolder(to.parent());
      if (Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS)) {
        moveFolder(source, target, to);
      } else {
        moveFile(source, target);
      }
      LocalErrors.syncFolder(localPath(to.parent()));
    } catch (NoSuchFileException e) {
      throw new NotFoundException("file", from.toString(), "file not found: " + from, e);
    } catch (IOException e) {
      throw translate(e, target, to);
    }
  }

  private void moveFile(Path source, Path target) throws IOException {
    try {
      Files.createLink(target, source);
    } catch (UnsupportedOperationException e) {
      throw new UnsupportedException(
          "the file system of datastore "
              + name()
              + " has no hard links, so no file can be published in it without the danger of"
              + " overwriting another one; keep it elsewhere",
          e);
    }
    // Where several move one file at once, each has linked it: the one that unlinks the source
    // wins.
    if (!Files.deleteIfExists(source)) {
      Files.deleteIfExists(target);
      throw new NoSuchFileException(source.toString());
    }
  }

  private void moveFolder(Path source, Path target, DatastorePath to) throws IOException {
    syncTree(source);
    try {
      // rename(2) refuses a target folder that is not empty, and a file, in one step.
      Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new UnsupportedException(
          "datastore "
              + name()
              + " spans several file systems, so nothing can be published in it"
              + " at once; keep it on one",
          e);
    } catch (FileSystemException e) {
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && Files.exists(source)) {
        throw new AlreadyExistsException("folder", to.toString(), e);
      }
      throw e;
    }
  }

  /** What is published must be durable with its names, those of the files in it included. */
  private static void syncTree(Path folder) throws IOException {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
      for (Path child : children) {
        if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
          syncTree(child);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw new IOException(e);
    }
    LocalErrors.syncFolder(folder);
  }

  @Override
  public void delete(DatastorePath path) {
    if (path.isRoot()) {
      throw new IllegalArgumentException("the root of a datastore cannot be deleted");
    }
    Path local = localPath(path);
    try {
      Files.walkFileTree(local, new Deleter());
    } catch (NoSuchFileException e) {
      // Somebody else deleted it, or it never was: what was asked for holds.
    } catch (IOException e) {
      if (LocalErrors.isBelowFile(local)) {
        return;
      }
      throw LocalErrors.translate(e, "file", path.toString());
    }
  }

  private static final class Deleter extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      if (failure instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw failure;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
        throws IOException {
      if (failure != null && !(failure instanceof NoSuchFileException)) {
        throw failure;
      }
      Files.deleteIfExists(folder);
      return FileVisitResult.CONTINUE;
    }
  }

  @Override
  public Optional<DatastoreSpace> space() {
    CancelledException.throwIfInterrupted("look at the space of", root);
    try {
      FileStore store = Files.getFileStore(root);
      long free = store.getUsableSpace();
      // A quota may count otherwise than the file system.
      return Optional.of(new DatastoreSpace(Math.max(store.getTotalSpace(), free), free));
    } catch (IOException e) {
      throw LocalErrors.translate(e, "folder", root.toString());
    }
  }

  @Override
  public String toString() {
    return "LocalDatastore[" + root + "]";
  }
}
