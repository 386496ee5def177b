package io.vic4j.pod;

import io.vic4j.core.IdSource;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.datastore.Staging;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scratch disks of VMs, {@code containers/<id>-<session>/scratch.vmdk}, and the notes on those
 * whose VM is still being made, {@code hosts/<vch>/creating/<id>}.
 *
 * <p>A hypervisor deletes the disks of a VM with it, but until there is a VM they are nobody's. So
 * a note is written before the first of them, and removed when the VM is there. A crash in between
 * leaves the note, and the next who opens the host removes what it speaks of, unless a VM has it.
 * Scratch disks without a note are never touched: their VM may be one that cannot be seen from
 * here.
 */
final class Unfinished {
  private static final Logger log = LoggerFactory.getLogger(Unfinished.class);
  private static final DatastorePath CONTAINERS = DatastorePath.parse("containers");
  private static final DatastorePath HOSTS = DatastorePath.parse("hosts");

  private final Datastore datastore;
  private final DatastorePath notes;
  private final IdSource ids;

  Unfinished(Datastore datastore, VchName vch, IdSource ids) {
    this.datastore = datastore;
    this.notes = HOSTS.resolve(vch.value()).resolve("creating");
    this.ids = ids;
  }

  /** Makes it known on the datastore that there is a host of this name. */
  void register() {
    datastore.createFolder(notes);
  }

  /** The hosts that there are on the datastore, or were. */
  List<VchName> hosts() {
    return datastore.list(HOSTS).stream().map(entry -> VchName.of(entry.path().name())).toList();
  }

  /** Notes that scratch disks of this identifier are to come. */
  void begin(String id) {
    try (DatastoreWriter note = datastore.create(notes.resolve(id))) {
      note.commit();
    }
  }

  /** The folder of a session's scratch disk. */
  DatastorePath folder(String id, String session) {
    return CONTAINERS.resolve(id + "-" + session);
  }

  /** Removes scratch disks that got no VM, then the note on them. */
  void abandon(String id, List<DatastorePath> folders) {
    folders.forEach(datastore::delete);
    datastore.delete(notes.resolve(id));
  }

  /** The VM is there, and the disks are its own. Should the note stay, the sweep removes it. */
  void finish(String id) {
    try {
      datastore.delete(notes.resolve(id));
    } catch (RuntimeException e) {
      log.warn("the note '{}' stays until it is swept", notes.resolve(id), e);
    }
  }

  /**
   * Removes what crashed processes left.
   *
   * @param owned the folders of the scratch disks that VMs have; asked only where there is
   *     something to sweep
   */
  void sweep(Duration staleAfter, Supplier<Set<DatastorePath>> owned) {
    List<DatastoreEntry> noted = datastore.list(notes);
    if (noted.isEmpty()) {
      return;
    }
    Instant limit = now().minus(staleAfter);
    for (DatastoreEntry note : noted) {
      if (!note.modified().isAfter(limit)) {
        String id = note.path().name();
        Set<DatastorePath> kept = owned.get();
        List<DatastorePath> orphans =
            datastore.list(CONTAINERS).stream()
                .map(DatastoreEntry::path)
                .filter(folder -> folder.name().startsWith(id + "-") && !kept.contains(folder))
                .toList();
        log.info("removing what a crash left of '{}': {}", note.path(), orphans);
        abandon(id, orphans);
      }
    }
  }

  /** The time by the datastore's clock: that of a file just written. */
  private Instant now() {
    try (Staging.Work work = Staging.in(datastore, ids).begin()) {
      DatastorePath probe = work.folder().resolve("clock");
      work.writeFile(probe, new byte[0]);
      return datastore.stat(probe).map(DatastoreEntry::modified).orElse(Instant.MIN);
    }
  }
}
