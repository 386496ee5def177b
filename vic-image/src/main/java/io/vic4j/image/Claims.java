package io.vic4j.image;

import io.vic4j.core.IdSource;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.Staging;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who of all processes on a datastore does a piece of work, so that the others need not: {@code
 * claims/<escaped work>@<count>.json}. Thread-safe.
 */
final class Claims {
  /*
   * A claim is a row of files with rising numbers, of which the highest counts: the holder publishes
   * the next one now and then, as a sign of life. Who finds a claim stale publishes the next number
   * himself; of several who do, the move lets one through.
   *
   * How old a claim is, is measured by the datastore's clock only when it is first seen; from then
   * on by one's own, as the time for which its number has not changed. If the holder was a process
   * of this machine that is no more, it is stale at once.
   *
   * Claims spare work, and nothing else hangs on them. Should two hold one (one slept, and the other
   * took it for dead), then both do the work, and of both results the first to be published counts.
   */

  private static final DatastorePath CLAIMS = DatastorePath.parse("claims");
  private static final Pattern FILE = Pattern.compile("(.+)@([1-9][0-9]{0,17})\\.json");
  private static final Logger log = LoggerFactory.getLogger(Claims.class);

  private final Datastore datastore;
  private final Staging staging;
  private final IdSource ids;
  private final Duration expiry;
  private final Supplier<Instant> clock;
  private final ProcessIdentity self = ProcessIdentity.current();
  private final Map<String, Seen> seen = new HashMap<>();

  /**
   * Claims that run out.
   *
   * @param expiry after which time without a sign of life
   * @param clock the time by the datastore's clock
   */
  Claims(
      Datastore datastore,
      Staging staging,
      IdSource ids,
      Duration expiry,
      Supplier<Instant> clock) {
    this.datastore = datastore;
    this.staging = staging;
    this.ids = ids;
    this.expiry = expiry;
    this.clock = clock;
  }

  private record Version(String key, long number, DatastoreEntry entry) {}

  /** Somebody's sign of life, and since when it is the last, by System.nanoTime. */
  private record Seen(long number, long sinceNanos) {}

  /** The claim on this work; empty if somebody has it who seems alive. */
  Optional<ImageLease> take(String work) {
    String key = FileNames.escape(work);
    Version last = last(key);
    if (last != null && !isStale(last)) {
      return Optional.empty();
    }
    Claim claim = new Claim(key, content(work), last == null ? 0 : last.number);
    try {
      if (!claim.advance()) {
        return Optional.empty(); // Somebody else was quicker.
      }
    } catch (VicException e) {
      claim.withdraw();
      throw e;
    }
    forget(key);
    if (last != null) {
      log.info("took over '{}', whose holder gave no sign of life", work);
      delete(last.entry.path());
    }
    return Optional.of(claim);
  }

  private byte[] content(String work) {
    return JsonText.bytes(
        JsonText.object()
            .put("work", work)
            .put("holder", ids.next().substring(0, 32))
            .put("machine", self.machine())
            .put("pid", self.pid())
            .put("started", self.started()));
  }

  private boolean isStale(Version last) {
    if (holder(last).map(holder -> holder.isGoneFrom(self)).orElse(false)) {
      return true;
    }
    long now = System.nanoTime();
    long age = now - seen(last, now).sinceNanos;
    return age > expiry.toNanos();
  }

  private Seen seen(Version last, long now) {
    Seen before;
    synchronized (seen) {
      before = seen.get(last.key);
    }
    if (before != null && before.number == last.number) {
      return before;
    }
    // It has changed since it was last looked at: just now. Else its age is not known yet.
    long age =
        before != null
            ? 0
            : Math.max(0, Duration.between(last.entry.modified(), clock.get()).toNanos());
    Seen first = new Seen(last.number, now - age);
    synchronized (seen) {
      seen.put(last.key, first);
    }
    return first;
  }

  private void forget(String key) {
    synchronized (seen) {
      seen.remove(key);
    }
  }

  private Optional<ProcessIdentity> holder(Version version) {
    try {
      JsonFields fields =
          JsonFields.parse("claim", SmallFiles.read(datastore, version.entry.path()));
      return Optional.of(
          new ProcessIdentity(
              fields.requiredText("machine"),
              fields.requiredLong("pid"),
              fields.requiredText("started")));
    } catch (NotFoundException | InvalidArgumentException e) {
      return Optional.empty(); // Ended meanwhile, or damaged: time will tell.
    }
  }

  private @Nullable Version last(String key) {
    return versions().stream()
        .filter(version -> version.key.equals(key))
        .max(Comparator.comparingLong(Version::number))
        .orElse(null);
  }

  private List<Version> versions() {
    List<Version> versions = new ArrayList<>();
    for (DatastoreEntry entry : datastore.list(CLAIMS)) {
      Matcher matcher = FILE.matcher(entry.path().name());
      if (matcher.matches()) {
        versions.add(new Version(matcher.group(1), Long.parseLong(matcher.group(2)), entry));
      }
    }
    return versions;
  }

  private void delete(DatastorePath file) {
    try {
      datastore.delete(file);
    } catch (VicException e) {
      log.warn("could not remove '{}'; the sweep will", file, e);
    }
  }

  /** Removes claims that were last renewed before {@code limit}. */
  void sweep(Instant limit) {
    for (DatastoreEntry entry : datastore.list(CLAIMS)) {
      if (!entry.modified().isAfter(limit)) {
        datastore.delete(entry.path());
      }
    }
  }

  private final class Claim implements ImageLease {
    private final String key;
    private final byte[] content;
    private long number;
    private boolean ended;

    private Claim(String key, byte[] content, long number) {
      this.key = key;
      this.content = content;
      this.number = number;
    }

    private DatastorePath file(long count) {
      return CLAIMS.resolve(key + "@" + count + ".json");
    }

    private synchronized boolean advance() {
      if (!staging.publishFile(file(number + 1), content)) {
        return false;
      }
      number++;
      return true;
    }

    /** Removes the next number, which was perhaps published although that failed. */
    private synchronized void withdraw() {
      boolean interrupted = Thread.interrupted(); // It must not keep us from tidying up.
      DatastorePath file = file(number + 1);
      try {
        if (Arrays.equals(SmallFiles.read(datastore, file), content)) {
          delete(file);
        }
      } catch (VicException e) {
        log.debug("no claim to withdraw", e);
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    @Override
    public synchronized void renew() {
      if (ended) {
        return;
      }
      if (datastore.stat(file(number)).isEmpty() || !advance()) {
        ended = true; // Somebody took it over. Both go on; see above.
      } else {
        delete(file(number - 1));
      }
    }

    @Override
    public synchronized void close() {
      if (!ended) {
        ended = true;
        delete(file(number));
      }
    }
  }
}
