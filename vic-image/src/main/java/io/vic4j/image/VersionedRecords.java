package io.vic4j.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import io.vic4j.core.ConflictException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.Staging;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Small records that change, by name, in one folder of a datastore where files never change.
 * Thread-safe, also against other processes.
 */
final class VersionedRecords<T> {
  /*
   * A record is a row of files, <escaped name>@<version>.json, each written once; the highest
   * version is what holds. Version n+1 is published by a move, which fails if somebody else was
   * first: then one looks again. A removal is one more version, whose file says so (a tombstone).
   *
   * Having published, a writer lists the versions once more, and deletes all but the highest, from
   * the lowest up. So a writer who was slow between looking and publishing, and hit upon a number
   * that had been used and deleted meanwhile, sees that he was overtaken: his write came before the
   * other's, as far as anybody can tell.
   *
   * A listing may miss a file that is published while it runs, and also the one that this replaces.
   * So "not there" is believed only when a second listing agrees.
   *
   * What was read is remembered by version. Because versions are deleted from the lowest up, a
   * version v whose file is there while the file of v+1 is not (looked at in the other order) is
   * the highest: two look-ups instead of a listing.
   *
   * Tombstones are deleted when they are stale; a writer who slept longer than that may then bring
   * back a higher number than others have begun to count from. His write wins over theirs.
   */

  /** How a record is written in a file. */
  interface Format<T> {
    byte[] write(T value);

    /** Throws an {@link io.vic4j.core.InvalidArgumentException} if it is damaged. */
    T read(String what, byte[] content);
  }

  /** All records that can be read, and what could not be read, by its file. */
  record Listing<T>(List<Entry<T>> entries, Map<DatastorePath, VicException> damagedFiles) {
    List<T> values() {
      return entries.stream().map(Entry::value).toList();
    }

    List<VicException> damaged() {
      return List.copyOf(damagedFiles.values());
    }
  }

  /** A record that is there, and the number of its version. */
  record Entry<T>(long number, T value) {}

  private record Version(String key, long number, String file) {}

  private record Cached<T>(long number, Optional<T> value) {}

  private static final String ENDING = ".json";
  private static final int MAX_DIGITS = 18;
  private static final byte[] TOMBSTONE = "{\"removed\":true}\n".getBytes(US_ASCII);
  private static final int ATTEMPTS = 32;

  private static final Comparator<Version> BY_NUMBER = Comparator.comparingLong(Version::number);

  private final Datastore datastore;
  private final Staging staging;
  private final DatastorePath folder;
  private final Format<T> format;
  private final Map<String, Cached<T>> cache = new ConcurrentHashMap<>();

  VersionedRecords(Datastore datastore, Staging staging, DatastorePath folder, Format<T> format) {
    this.datastore = datastore;
    this.staging = staging;
    this.folder = folder;
    this.format = format;
  }

  /** All records, in the order of their files. */
  Listing<T> list() {
    Map<String, Version> highest = highest(versions());
    if (!highest.keySet().containsAll(cache.keySet())) {
      highest = highest(versions());
    }
    cache.keySet().retainAll(highest.keySet());
    List<Entry<T>> entries = new ArrayList<>();
    Map<DatastorePath, VicException> damaged = new TreeMap<>();
    for (Version version : highest.values()) {
      try {
        Cached<T> current = current(version);
        current.value.ifPresent(value -> entries.add(new Entry<>(current.number, value)));
      } catch (CorruptException e) {
        damaged.put(folder.resolve(version.file), e);
      }
    }
    return new Listing<>(entries, damaged);
  }

  /** Whether there is no record, damaged or not; reads as few as it can. */
  boolean isEmpty() {
    for (Version version : highest(versions()).values()) {
      try {
        if (current(version).value.isPresent()) {
          return false;
        }
      } catch (CorruptException e) {
        return false;
      }
    }
    return true;
  }

  /**
   * The record of this name.
   *
   * @throws CorruptException if it is damaged
   */
  Optional<T> find(String name) {
    String key = FileNames.escape(name);
    Cached<T> cached = cache.get(key);
    if (cached != null
        && datastore.stat(file(key, cached.number + 1)).isEmpty()
        && datastore.stat(file(key, cached.number)).isPresent()) {
      return cached.value;
    }
    return find(key, true);
  }

  /** A record and the number of its version; 0 if it was never there, or so long ago. */
  record Numbered<T>(long number, Optional<T> value) {}

  /**
   * The record of this name with its number, for {@link #putAfter}.
   *
   * @throws CorruptException if it is damaged
   */
  Numbered<T> findNumbered(String name) {
    String key = FileNames.escape(name);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Version version = highest(key);
      if (version == null) {
        version = highest(key);
      }
      if (version == null) {
        return new Numbered<>(0, Optional.empty());
      }
      try {
        return new Numbered<>(version.number, read(folder.resolve(version.file)));
      } catch (NotFoundException e) {
        // Replaced since it was listed.
      }
    }
    throw busy(key);
  }

  /**
   * Sets a record if the version of this number is still the last.
   *
   * @return whether it was
   */
  boolean putAfter(String name, long number, T value) {
    String key = FileNames.escape(name);
    Version last = highest(key);
    if ((last == null ? 0 : last.number) != number
        || !staging.publishFile(file(key, number + 1), format.write(value))) {
      return false;
    }
    List<Version> all = versions(key);
    if (!all.isEmpty() && all.get(all.size() - 1).number > number + 1) {
      // The number had been used and deleted already: this came too late, and says nothing.
      datastore.delete(file(key, number + 1));
      return false;
    }
    deleteSuperseded(key);
    return true;
  }

  private Optional<T> find(String key, boolean lookAgain) {
    Version version = highest(key);
    if (version != null) {
      return current(version).value;
    }
    return lookAgain ? find(key, false) : Optional.empty();
  }

  /** The value of a version, or of the one that has replaced it by now. */
  private Cached<T> current(Version listed) {
    Version version = listed;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Cached<T> cached = cache.get(version.key);
      if (cached != null && cached.number == version.number) {
        return cached;
      }
      try {
        Cached<T> read = new Cached<>(version.number, read(folder.resolve(version.file)));
        cache.put(version.key, read);
        return read;
      } catch (NotFoundException e) {
        Version next = highest(version.key);
        if (next == null) {
          return new Cached<>(0, Optional.empty());
        }
        version = next;
      }
    }
    throw busy(listed.key);
  }

  private Optional<T> read(DatastorePath file) {
    byte[] content = SmallFiles.read(datastore, file);
    if (Arrays.equals(content, TOMBSTONE)) {
      return Optional.empty();
    }
    try {
      return Optional.of(format.read("file '" + file + "'", content));
    } catch (InvalidArgumentException e) {
      throw new CorruptException("damaged: " + e.getMessage(), e);
    }
  }

  /** Sets a record, whatever it was; of several at once, one is last. */
  void put(String name, T value) {
    String key = FileNames.escape(name);
    if (!holds(key, value)) {
      publish(key, value);
    }
  }

  private boolean holds(String key, T value) {
    try {
      return find(key, false).filter(value::equals).isPresent();
    } catch (CorruptException e) {
      return false; // Replaced by what is put.
    }
  }

  /**
   * Removes a record.
   *
   * @return whether it was there
   */
  boolean remove(String name) {
    String key = FileNames.escape(name);
    boolean there;
    try {
      there = find(key, true).isPresent();
    } catch (CorruptException e) {
      there = true;
    }
    if (there) {
      publish(key, null);
    }
    return there;
  }

  private void publish(String key, @Nullable T value) {
    byte[] content = value == null ? TOMBSTONE : format.write(value);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Version before = highest(key);
      long number = before == null ? 1 : before.number + 1;
      if (staging.publishFile(file(key, number), content)) {
        deleteSuperseded(key);
        return;
      }
    }
    throw busy(key);
  }

  private ConflictException busy(String key) {
    return new ConflictException(
        "'" + folder + "/" + key + "' is being changed by others all the time; try again");
  }

  private void deleteSuperseded(String key) {
    List<Version> all = versions(key);
    for (Version version : all.subList(0, Math.max(0, all.size() - 1))) {
      datastore.delete(folder.resolve(version.file));
    }
  }

  /** Deletes tombstones and superseded versions that were last touched before {@code limit}. */
  void sweep(Instant limit) {
    Map<String, DatastoreEntry> entries = new HashMap<>();
    Map<String, List<Version>> byKey = new TreeMap<>();
    for (DatastoreEntry entry : datastore.list(folder)) {
      Version version = version(entry.path().name());
      if (version != null) {
        byKey.computeIfAbsent(version.key, key -> new ArrayList<>()).add(version);
        entries.put(version.file, entry);
      }
    }
    for (List<Version> row : byKey.values()) {
      row.sort(BY_NUMBER);
      sweep(row.stream().map(version -> requireNonNull(entries.get(version.file))).toList(), limit);
    }
  }

  /** Sweeps the versions of one record, lowest first. */
  private void sweep(List<DatastoreEntry> row, Instant limit) {
    DatastoreEntry last = row.get(row.size() - 1);
    for (DatastoreEntry version : row) {
      boolean dead = !version.equals(last) || isTombstone(last);
      if (!dead || version.modified().isAfter(limit)) {
        return; // Those above must stay while this one does.
      }
      datastore.delete(version.path());
    }
  }

  private boolean isTombstone(DatastoreEntry entry) {
    try {
      return entry.sizeBytes() == TOMBSTONE.length && read(entry.path()).isEmpty();
    } catch (CorruptException | NotFoundException e) {
      return false;
    }
  }

  private DatastorePath file(String key, long number) {
    return folder.resolve(key + "@" + number + ".json");
  }

  private List<Version> versions() {
    List<Version> versions = new ArrayList<>();
    for (String name : datastore.names(folder)) {
      Version version = version(name);
      if (version != null) {
        versions.add(version);
      }
    }
    return versions;
  }

  /** By hand: there may be ten thousand of them to tell apart. */
  private static @Nullable Version version(String name) {
    int at = name.lastIndexOf('@');
    int digits = name.length() - ENDING.length() - at - 1;
    if (at < 1 || digits < 1 || digits > MAX_DIGITS || !name.endsWith(ENDING)) {
      return null; // Not a thing of ours.
    }
    long number = 0;
    for (int i = at + 1; i <= at + digits; i++) {
      int digit = name.charAt(i) - '0';
      if (digit < 0 || digit > 9 || (digit == 0 && number == 0)) {
        return null;
      }
      number = number * 10 + digit;
    }
    return new Version(name.substring(0, at), number, name);
  }

  /** The versions of one record, lowest first. */
  private List<Version> versions(String key) {
    return versions().stream().filter(v -> v.key.equals(key)).sorted(BY_NUMBER).toList();
  }

  private @Nullable Version highest(String key) {
    return versions(key).stream().max(BY_NUMBER).orElse(null);
  }

  private static Map<String, Version> highest(List<Version> versions) {
    Map<String, Version> highest = new LinkedHashMap<>();
    for (Version version : versions) {
      highest.merge(version.key, version, (a, b) -> a.number > b.number ? a : b);
    }
    return highest;
  }
}
