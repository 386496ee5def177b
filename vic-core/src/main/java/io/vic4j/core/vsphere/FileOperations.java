package io.vic4j.core.vsphere;

import com.vmware.vim25.FileFault;
import com.vmware.vim25.FileInfo;
import com.vmware.vim25.FileQuery;
import com.vmware.vim25.FileQueryFlags;
import com.vmware.vim25.FolderFileInfo;
import com.vmware.vim25.HostDatastoreBrowserSearchResults;
import com.vmware.vim25.HostDatastoreBrowserSearchSpec;
import com.vmware.vim25.InvalidFormat;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.NoDiskSpace;
import com.vmware.vim25.VmDiskFileQuery;
import io.vic4j.core.AlreadyExistsException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.vsphere.soap.SoapFault;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the API does with files, folders and disks of a datastore. Places are absolute in the
 * datastore. Thread-safe.
 *
 * <p>Each of these may be carried out though the connection breaks before the answer: then one
 * looks whether it was.
 */
final class FileOperations {
  private static final Logger log = LoggerFactory.getLogger(FileOperations.class);

  /** The files that belong to a disk, and are none: {@code x-flat.vmdk} and its like. */
  private static final Pattern EXTENT =
      Pattern.compile(".*-(flat|delta|sesparse|ctk|rdmp?|s\\d+)\\.vmdk");

  private final VimSession session;
  private final VimTasks tasks;
  private final Site site;
  private final FileAddresses addresses;

  FileOperations(VimSession session, VimTasks tasks, Site site, FileAddresses addresses) {
    this.session = session;
    this.tasks = tasks;
    this.site = site;
    this.addresses = addresses;
  }

  /** Whether this is the name of a disk. */
  static boolean isDisk(String name) {
    return name.endsWith(".vmdk") && !EXTENT.matcher(name).matches();
  }

  /**
   * Whether a failure says no more than that there is something wrong with a path: vSphere has no
   * fault of its own for a file that is where a folder should be.
   */
  static boolean isObscure(VicException failure) {
    return failure instanceof NotFoundException
        || failure instanceof AlreadyExistsException
        || failure instanceof InvalidArgumentException
        || (failure.getCause() instanceof SoapFault fault
            && fault.fault().orElse(null) instanceof FileFault
            && !(fault.fault().orElse(null) instanceof NoDiskSpace));
  }

  private ManagedObjectReference files() {
    return session.content().getFileManager();
  }

  private ManagedObjectReference diskManager() {
    return session.content().getVirtualDiskManager();
  }

  /**
   * Makes a folder and those above it; does nothing if it is there.
   *
   * @throws AlreadyExistsException if something is at this place that may be a file
   */
  void makeFolder(DatastorePath folder) {
    String text = addresses.absoluteText(folder);
    for (int attempt = 1; ; attempt++) {
      try {
        session.run(
            "making of folder " + text,
            vim -> {
              vim.makeDirectory(files(), text, site.datacenter(), true);
            });
        return;
      } catch (AlreadyExistsException e) {
        if (isFolder(folder)) {
          return;
        }
        throw e;
      } catch (BrokenConnectionException e) {
        if (attempt == 3) {
          throw e;
        }
      }
    }
  }

  private boolean isFolder(DatastorePath place) {
    return place.isRoot()
        || listOf(place.parent(), wildcard(place.name())).stream()
            .anyMatch(
                file -> file.getPath().equals(place.name()) && file instanceof FolderFileInfo);
  }

  /**
   * Moves a file or a folder, over nothing.
   *
   * @param name what the target is called in an error
   * @throws AlreadyExistsException if something is at the target
   * @throws NotFoundException if nothing is at the source
   */
  void move(DatastorePath from, DatastorePath to, DatastorePath name) {
    String source = addresses.absoluteText(from);
    String target = addresses.absoluteText(to);
    moving(
        from,
        to,
        name,
        () ->
            tasks.run(
                "move of " + source,
                vim ->
                    vim.moveDatastoreFile_Task(
                        files(), source, site.datacenter(), target, site.datacenter(), false)));
  }

  /** As {@link #move}, of a disk with what belongs to it. */
  void moveDisk(DatastorePath from, DatastorePath to, DatastorePath name) {
    String source = addresses.absoluteText(from);
    String target = addresses.absoluteText(to);
    moving(
        from,
        to,
        name,
        () ->
            tasks.run(
                "move of disk " + source,
                vim ->
                    vim.moveVirtualDisk_Task(
                        diskManager(),
                        source,
                        site.datacenter(),
                        target,
                        site.datacenter(),
                        false,
                        null)));
  }

  private void moving(DatastorePath from, DatastorePath to, DatastorePath name, Runnable move) {
    boolean folderMade = false;
    boolean broken = false;
    for (int attempt = 1; ; attempt++) {
      try {
        move.run();
        return;
      } catch (AlreadyExistsException e) {
        if (broken && isMoved(from, to)) {
          return;
        }
        throw new AlreadyExistsException("file", name.toString(), e);
      } catch (NotFoundException e) {
        if (broken && isMoved(from, to)) {
          return;
        }
        // It may be the source or the target's folder.
        if (folderMade || !isThere(from)) {
          throw new NotFoundException("file", from.toString(), "file not found: " + from, e);
        }
        makeParent(to, name, e);
        folderMade = true;
      } catch (BrokenConnectionException e) {
        broken = true;
        if (isMoved(from, to)) {
          return;
        }
        if (attempt == 3) {
          throw e;
        }
      } catch (VicException e) {
        if (isObscure(e)) {
          makeParent(to, name, e); // Or tell that a file is in the way.
        }
        throw e;
      }
    }
  }

  /**
   * Whether a move was done, of which only the answer was lost: nobody else moves what is ours. It
   * may as well be done later, for the task may be waiting still.
   */
  private boolean isMoved(DatastorePath from, DatastorePath to) {
    return !isThere(from) && isThere(to);
  }

  private void makeParent(DatastorePath to, DatastorePath name, VicException cause) {
    try {
      makeFolder(to.parent());
    } catch (VicException e) {
      e.addSuppressed(cause);
      if (!isObscure(e)) {
        throw e;
      }
      throw new AlreadyExistsException("file", name.parent().toString(), e);
    }
  }

  /**
   * Checks that no file is where a folder should be, the folders above it included.
   *
   * @throws AlreadyExistsException if one is
   */
  void requireFolders(DatastorePath folder) {
    for (DatastorePath above = folder; !above.isRoot(); above = above.parent()) {
      for (FileInfo found : listOf(above.parent(), wildcard(above.name()))) {
        if (found.getPath().equals(above.name())) {
          if (!(found instanceof FolderFileInfo)) {
            throw new AlreadyExistsException("file", above.toString());
          }
          return;
        }
      }
    }
  }

  /** A pattern for a name; a search knows wildcards, and no way to quote them. */
  static String wildcard(String name) {
    return name.replaceAll("[*?\\[\\]\\\\]", "?");
  }

  /** The folders of these names at the top of the datastore, if nothing in them is newer. */
  List<DatastorePath> staleFolders(String prefix, Instant limit) {
    List<DatastorePath> stale = new ArrayList<>();
    for (FileInfo folder : listOf(DatastorePath.ROOT, prefix + "*")) {
      DatastorePath place = DatastorePath.parse(folder.getPath());
      boolean fresh =
          isNewer(folder, limit)
              || listOf(place, "*").stream().anyMatch(file -> isNewer(file, limit));
      if (folder instanceof FolderFileInfo && !fresh) {
        stale.add(place);
      }
    }
    return stale;
  }

  private static boolean isNewer(FileInfo file, Instant limit) {
    return file.getModification() != null && file.getModification().toInstant().isAfter(limit);
  }

  /** What is in a folder, with all that is known of it; nothing if there is no such folder. */
  List<FileInfo> listOf(DatastorePath folder, String pattern) {
    FileQueryFlags details = new FileQueryFlags();
    details.setFileType(true);
    details.setFileSize(true);
    details.setModification(true);
    details.setFileOwner(false);
    HostDatastoreBrowserSearchSpec spec = new HostDatastoreBrowserSearchSpec();
    spec.setDetails(details);
    spec.setMatchPattern(new String[] {pattern});
    String text = addresses.absoluteText(folder);
    try {
      Object found =
          tasks.run("list of " + text, vim -> vim.searchDatastore_Task(site.browser(), text, spec));
      return found instanceof HostDatastoreBrowserSearchResults results && results.getFile() != null
          ? List.of(results.getFile())
          : List.of();
    } catch (VicException e) {
      if (!isObscure(e)) {
        throw e;
      }
      return List.of(); // There is no such folder, or a file is where it should be.
    }
  }

  /** Whether something is at this place. */
  boolean isThere(DatastorePath place) {
    return listOf(place.parent(), wildcard(place.name())).stream()
        .anyMatch(file -> file.getPath().equals(place.name()));
  }

  /**
   * Makes a second disk of one, thin where that is.
   *
   * @throws AlreadyExistsException if something is at the target
   * @throws NotFoundException if there is no such disk
   */
  void copyDisk(DatastorePath from, DatastorePath to, DatastorePath name) {
    String source = addresses.absoluteText(from);
    String target = addresses.absoluteText(to);
    makeFolderFor(to, name);
    try {
      tasks.run(
          "copy of disk " + source,
          vim ->
              vim.copyVirtualDisk_Task(
                  diskManager(),
                  source,
                  site.datacenter(),
                  target,
                  site.datacenter(),
                  null,
                  false));
    } catch (AlreadyExistsException e) {
      throw new AlreadyExistsException("disk", name.toString(), e);
    } catch (NotFoundException e) {
      requireFolders(to.parent()); // Which of the two was not found, vSphere does not say.
      throw new NotFoundException("disk", from.toString(), "disk not found: " + from, e);
    }
  }

  /** A new disk most often gets a new folder: to make it costs one call, to look for it as well. */
  private void makeFolderFor(DatastorePath disk, DatastorePath name) {
    String folder = addresses.absoluteText(disk.parent());
    try {
      session.run(
          "making of folder " + folder,
          vim -> vim.makeDirectory(files(), folder, site.datacenter(), true));
    } catch (AlreadyExistsException e) {
      log.trace("'{}' is there; if it is no folder, the copy says so", folder, e);
    } catch (BrokenConnectionException e) {
      makeFolder(disk.parent());
    } catch (VicException e) {
      if (!isObscure(e)) {
        throw e;
      }
      requireFolders(disk.parent());
      throw new AlreadyExistsException("file", name.parent().toString(), e);
    }
  }

  /** Deletes a disk with what belongs to it, or a file that is called like one. */
  void deleteDisk(DatastorePath disk) {
    String text = addresses.absoluteText(disk);
    try {
      deleting(
          "deletion of disk " + text,
          vim -> vim.deleteVirtualDisk_Task(diskManager(), text, site.datacenter()));
    } catch (VicException e) {
      if (!isObscure(e) && !saysNoDisk(e)) {
        throw e;
      }
      log.debug("'{}' is no disk, or a damaged one: its files are deleted", text, e);
      delete(disk);
    }
  }

  private static boolean saysNoDisk(VicException failure) {
    return failure instanceof UnsupportedException
        || (failure.getCause() instanceof SoapFault fault
            && fault.fault().orElse(null) instanceof InvalidFormat);
  }

  /** Deletes a file, or a folder with all that is in it, its disks first. */
  void deleteWithDisks(DatastorePath place) {
    disksBelow(place).forEach(this::deleteDisk);
    delete(place);
  }

  private List<DatastorePath> disksBelow(DatastorePath folder) {
    HostDatastoreBrowserSearchSpec spec = new HostDatastoreBrowserSearchSpec();
    spec.setQuery(new FileQuery[] {new VmDiskFileQuery()});
    spec.setMatchPattern(new String[] {"*.vmdk"});
    String text = addresses.absoluteText(folder);
    List<DatastorePath> disks = new ArrayList<>();
    try {
      Object found =
          tasks.run(
              "list of disks in " + text,
              vim -> vim.searchDatastoreSubFolders_Task(site.browser(), text, spec));
      if (found instanceof HostDatastoreBrowserSearchResults[] results) {
        for (HostDatastoreBrowserSearchResults result : results) {
          addDisks(result, disks);
        }
      }
    } catch (VicException e) {
      if (!isObscure(e)) {
        throw e;
      }
      log.trace("'{}' is no folder", text, e);
    }
    return disks;
  }

  private static void addDisks(
      HostDatastoreBrowserSearchResults result, List<DatastorePath> disks) {
    if (result.getFile() == null) {
      return;
    }
    String folder = result.getFolderPath().replaceAll("/+$", "");
    DatastorePath parent = FileAddresses.parse(folder);
    for (FileInfo file : result.getFile()) {
      if (isDisk(file.getPath())) {
        disks.add(parent.resolve(file.getPath()));
      }
    }
  }

  /**
   * Deletes a file, or a folder with all that is in it, in which are no disks; does nothing if it
   * is not there.
   */
  void delete(DatastorePath place) {
    String text = addresses.absoluteText(place);
    try {
      deleting(
          "deletion of " + text,
          vim -> vim.deleteDatastoreFile_Task(files(), text, site.datacenter()));
    } catch (VicException e) {
      if (!isObscure(e) || isThere(place)) {
        throw e;
      }
    }
  }

  /** Deletes a file; what it cannot delete, the sweep does. */
  void deleteQuietly(DatastorePath file) {
    try {
      delete(file);
    } catch (VicException e) {
      log.warn("could not remove '{}'; the sweep will", addresses.absoluteText(file), e);
    }
  }

  private void deleting(String what, VimCall<ManagedObjectReference> start) {
    try {
      tasks.repeat(what, start, failure -> false);
    } catch (NotFoundException e) {
      // Somebody else deleted it, or it never was: what was asked for holds.
    }
  }
}
