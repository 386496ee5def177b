package io.vic4j.image;

import io.vic4j.core.CancelledException;
import io.vic4j.core.Digest;
import io.vic4j.core.Progress;
import io.vic4j.storage.LayerDisk;
import io.vic4j.storage.LayerDisks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The layers on their way, each fetched once for all who want it: in this process by what is kept
 * here, among processes by a {@linkplain ImageStore#claim claim}. Thread-safe; blocks nobody.
 */
final class LayerFetches {
  /*
   * A layer is fetched from the source of one of its askers, the leader. It goes on while anybody
   * wants it: a leader who gives up leaves his source to the others, if it is his to leave; else the
   * next one leads, and begins anew. If the leader fails, he is told, and the next one leads: his
   * source may be a better one.
   *
   * While another process has the claim, the fetch is parked, without a thread, and looks again
   * after a while whether the disk has come or the claim has gone.
   *
   * What is decided, is decided under the lock of the fetch; askers, queue and datastore are called
   * without it.
   */

  /** How often it is looked whether another process is done. */
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  private final JobQueue queue;
  private final Pulse pulse;
  private final ImageStore store;
  private final LayerDisks disks;
  private final Map<Digest, Fetch> fetches = new HashMap<>();

  LayerFetches(JobQueue queue, Pulse pulse, ImageStore store, LayerDisks disks) {
    this.queue = queue;
    this.pulse = pulse;
    this.store = store;
    this.disks = disks;
  }

  /** Sees to it that the layer comes; the asker hears of it. */
  void ask(Digest diffId, LayerAsker asker) {
    Fetch fetch;
    boolean first;
    synchronized (this) {
      first = !fetches.containsKey(diffId);
      fetch = fetches.computeIfAbsent(diffId, Fetch::new);
      fetch.askers.add(asker);
    }
    if (first) {
      fetch.startOrPark(Duration.ZERO);
    } else {
      raise(diffId, asker.priority());
      asker.advanced(fetch.done.get());
    }
  }

  /** The asker wants the layer no more; it hears when nothing is done with its source. */
  void giveUp(Digest diffId, LayerAsker asker) {
    Fetch fetch;
    synchronized (this) {
      fetch = fetches.get(diffId);
    }
    if (fetch != null) {
      fetch.giveUp(asker);
    }
  }

  /** Makes a layer as urgent as this at least. */
  void raise(Digest diffId, Priority atLeast) {
    JobQueue.Job job;
    synchronized (this) {
      Fetch fetch = fetches.get(diffId);
      job = fetch == null ? null : fetch.job;
    }
    if (job != null) {
      job.raise(atLeast);
    }
  }

  private final class Fetch implements JobQueue.Work {
    private final Digest diffId;
    private final Set<LayerAsker> askers = new LinkedHashSet<>();

    /** Those who gave up, and have to be told at the end of what runs. */
    private final List<LayerAsker> quitting = new ArrayList<>();

    /** How many bytes have come, in the best attempt so far. */
    private final AtomicLong done = new AtomicLong();

    private JobQueue.@Nullable Job job;
    private @Nullable Future<?> timer;
    private @Nullable LayerAsker leader;
    private boolean leaderMayLeave;

    private Fetch(Digest diffId) {
      this.diffId = diffId;
    }

    /** Lets the job start after a while, if anybody wants it still. */
    private void startOrPark(Duration delay) {
      JobQueue.Job next;
      List<LayerAsker> told = List.of();
      synchronized (LayerFetches.this) {
        timer = null;
        if (askers.isEmpty()) {
          told = end();
        } else if (delay.isZero()) {
          LayerAsker first = askers.iterator().next();
          job = queue.job(first.registry(), urgency(), this);
        } else {
          job = null;
          timer = pulse.after(delay, () -> startOrPark(Duration.ZERO));
        }
        next = job;
      }
      tell(told);
      if (next != null && delay.isZero()) {
        next.start();
      }
    }

    private Priority urgency() {
      Priority urgency = Priority.PREFETCH;
      for (LayerAsker asker : askers) {
        urgency = asker.priority().compareTo(urgency) > 0 ? asker.priority() : urgency;
      }
      return urgency;
    }

    /** Ends the fetch; those who are returned have to be told. To be called under the lock. */
    private List<LayerAsker> end() {
      fetches.remove(diffId, this);
      job = null;
      List<LayerAsker> told = List.copyOf(quitting);
      quitting.clear();
      return told;
    }

    private void tell(List<LayerAsker> givenUp) {
      givenUp.forEach(asker -> asker.failed(cancelled()));
    }

    private CancelledException cancelled() {
      return new CancelledException("cancelled: fetch of layer " + diffId);
    }

    private void giveUp(LayerAsker asker) {
      JobQueue.Job toCancel = null;
      List<LayerAsker> told = List.of();
      synchronized (LayerFetches.this) {
        if (!askers.remove(asker)) {
          return;
        }
        quitting.add(asker);
        boolean needed = !askers.isEmpty();
        if (timer != null && !needed) {
          timer.cancel(false);
          timer = null;
          told = end();
        } else if (leader != null && (!needed || (asker == leader && !leaderMayLeave))) {
          toCancel = job;
        } else if (leader == null && !needed) {
          toCancel = job;
        } else {
          quitting.remove(asker);
          told = List.of(asker);
        }
      }
      tell(told);
      if (toCancel != null && toCancel.cancel()) {
        ended(null, 0, cancelled());
      }
    }

    @Override
    public void refused(CancelledException why) {
      List<LayerAsker> all;
      synchronized (LayerFetches.this) {
        all = new ArrayList<>(end());
        all.addAll(askers);
        askers.clear();
      }
      all.forEach(asker -> asker.failed(why));
    }

    @Override
    public void run() {
      LayerAsker source;
      synchronized (LayerFetches.this) {
        source = askers.isEmpty() ? null : askers.iterator().next();
        leader = source;
        leaderMayLeave = source != null && source.hold();
      }
      if (source == null) {
        ended(null, 0, cancelled());
        return;
      }
      LongCount transferred = new LongCount();
      try {
        LayerDisk disk = findOrMake(source, transferred);
        if (disk == null) {
          park();
        } else {
          ended(disk, transferred.value, null);
        }
      } catch (RuntimeException e) {
        ended(null, 0, e);
      } catch (Error e) {
        ended(null, 0, new IllegalStateException("fetch of layer " + diffId + " failed", e));
        throw e;
      }
    }

    /** The disk; null if another process is making it. */
    private @Nullable LayerDisk findOrMake(LayerAsker source, LongCount transferred) {
      CancelledException.throwIfInterrupted("fetch of layer", diffId);
      Optional<LayerDisk> there = disks.find(diffId);
      if (there.isPresent()) {
        return there.get();
      }
      Optional<ImageLease> claimed = store.claim("layer " + diffId);
      if (claimed.isEmpty()) {
        return null;
      }
      try (ImageLease claim = claimed.get();
          Pulse.Beat beat = pulse.beat("claim of layer " + diffId, claim::renew)) {
        return disks.build(
            diffId, () -> source.open(bytes -> advance(transferred, bytes)), Progress.NONE);
      }
    }

    private void advance(LongCount transferred, long bytes) {
      transferred.value += bytes;
      List<LayerAsker> all;
      synchronized (LayerFetches.this) {
        all = List.copyOf(askers);
      }
      // What was announced in an attempt that failed is not announced again.
      long before = done.getAndAccumulate(transferred.value, Math::max);
      long more = transferred.value - before;
      if (more > 0) {
        all.forEach(asker -> asker.advanced(more));
      }
    }

    private void park() {
      LayerAsker left = leaderLeaves();
      List<LayerAsker> told;
      synchronized (LayerFetches.this) {
        told = List.copyOf(quitting);
        quitting.clear();
      }
      if (left != null) {
        left.release();
      }
      tell(told);
      startOrPark(LOOK_AGAIN);
    }

    /** Ends the lead; who is returned has to be released. */
    private @Nullable LayerAsker leaderLeaves() {
      synchronized (LayerFetches.this) {
        LayerAsker held = leaderMayLeave ? leader : null;
        leader = null;
        leaderMayLeave = false;
        job = null;
        return held;
      }
    }

    private void ended(
        @Nullable LayerDisk disk, long transferred, @Nullable RuntimeException failure) {
      LayerAsker led;
      LayerAsker held;
      boolean again;
      List<LayerAsker> told;
      List<LayerAsker> came = List.of();
      synchronized (LayerFetches.this) {
        led = leader;
        held = leaderLeaves();
        if (disk != null) {
          came = List.copyOf(askers);
          askers.clear();
        }
        boolean leaderFailed = disk == null && led != null && askers.remove(led);
        again = !askers.isEmpty();
        if (again) {
          told = List.copyOf(quitting);
          quitting.clear();
        } else {
          told = end();
        }
        if (!leaderFailed) {
          failure = null;
        }
      }
      if (held != null) {
        held.release();
      }
      if (disk != null) {
        boolean ledThere = came.contains(led);
        for (int i = 0; i < came.size(); i++) {
          boolean credit = ledThere ? came.get(i) == led : i == 0;
          came.get(i).came(disk, credit ? transferred : 0);
        }
      }
      if (failure != null && led != null) {
        led.failed(failure);
      }
      tell(told);
      if (again) {
        startOrPark(Duration.ZERO);
      }
    }
  }

  /** A number that one thread changes. */
  private static final class LongCount {
    private long value;
  }
}
