package io.vic4j.core.datastore;

import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.datastore.DatastoreEntry.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
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
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A datastore in a folder of this machine, or of a network file system that several machines have
 * mounted.
 *
 * <p>Files are published with a hard link, which fails where a file is present; folders with a
 * rename, which fails where a folder with content is present. Both are followed by an fsync of the
 * folder, so that what {@link #move} has done survives a loss of power.
 */
public final class LocalDatastore implements Datastore {
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
    } catch (FileSystemException e) {
      if (!path.isRoot() && Files.isRegularFile(localPath(path.parent()))) {
        return null; // A file where the path has a folder: nothing is below it.
      }
      throw LocalErrors.translate(e, "file", path.toString());
    } catch (IOException e) {
      throw LocalErrors.translate(e, "file", path.toString());
    }
  }

  @Override
  public List<DatastoreEntry> list(DatastorePath folder) {
    List<DatastoreEntry> entries = new ArrayList<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(localPath(folder))) {
      for (Path child : children) {
        DatastoreEntry entry = entry(folder.resolve(child.getFileName().toString()), child);
        if (entry != null) {
          entries.add(entry);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (IOException e) {
      throw LocalErrors.translate(e, "folder", folder.toString());
    }
    entries.sort(Comparator.comparing(DatastoreEntry::path));
    return entries;
  }

  @Override
  public InputStream read(DatastorePath file) {
    return new DatastoreInputStream(open(file));
  }

  @Override
  public DatastoreReader open(DatastorePath file) {
    try {
      Path local = localPath(file);
      if (Files.isDirectory(local, LinkOption.NOFOLLOW_LINKS)) {
        throw new NotFoundException("file", file.toString());
      }
      return new LocalReader(local, FileChannel.open(local, StandardOpenOption.READ));
    } catch (IOException e) {
      throw LocalErrors.translate(e, "file", file.toString());
    }
  }

  @Override
  public DatastoreWriter create(DatastorePath file) {
    Path local = localPath(file);
    try {
      Files.createDirectories(localPath(file.parent()));
      return new LocalWriter(
          local, FileChannel.open(local, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw LocalErrors.translate(e, "file", file.toString());
    }
  }

  @Override
  public void createFolder(DatastorePath folder) {
    try {
      Files.createDirectories(localPath(folder));
    } catch (IOException e) {
      throw LocalErrors.translate(e, "folder", folder.toString());
    }
  }

  @Override
  public void move(DatastorePath from, DatastorePath to) {
    Path source = localPath(from);
    Path target = localPath(to);
    if (to.startsWith(from)) {
      throw new IllegalArgumentException("cannot move '" + from + "' to '" + to + "' below it");
    }
    try {
      Path targetFolder = localPath(to.parent());
      Files.createDirectories(targetFolder);
      if (Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS)) {
        moveFolder(source, target, to);
      } else {
        Files.createLink(target, source);
        Files.delete(source);
      }
      LocalErrors.syncFolder(targetFolder);
    } catch (NoSuchFileException e) {
      throw new NotFoundException("file", from.toString(), "file not found: " + from, e);
    } catch (IOException e) {
      throw LocalErrors.translate(e, "file", to.toString());
    }
  }

  private void moveFolder(Path source, Path target, DatastorePath to) throws IOException {
    if (Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new AlreadyExistsException("file", to.toString());
    }
    try {
      // rename(2) refuses a target folder that is not empty, in one step.
      Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (DirectoryNotEmptyException e) {
      throw new AlreadyExistsException("folder", to.toString(), e);
    } catch (AtomicMoveNotSupportedException e) {
      throw new UnsupportedException(
          "datastore "
              + name()
              + " spans several file systems, so nothing can be published in it"
              + " at once; keep it on one",
          e);
    } catch (FileSystemException e) {
      if (Files.isDirectory(target) && Files.exists(source)) {
        throw new AlreadyExistsException("folder", to.toString(), e);
      }
      throw e;
    }
  }

  @Override
  public void delete(DatastorePath path) {
    if (path.isRoot()) {
      throw new IllegalArgumentException("the root of a datastore cannot be deleted");
    }
    try {
      Files.walkFileTree(localPath(path), new Deleter());
    } catch (NoSuchFileException e) {
      // Somebody else deleted it, or it never was: what was asked for holds.
    } catch (IOException e) {
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
  public String toString() {
    return "LocalDatastore[" + root + "]";
  }
}
