package io.vic4j.testkit;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Lets several actors use a datastore such that one of them moves at a time, one call of the
 * datastore further, and a test says which: so every order in which processes may meet can be
 * tried, and tried again. Actors must not wait for each other.
 */
final class Turns {
  private static final long TIMEOUT_SECONDS = 60;

  private final Datastore datastore;
  private final List<Actor> actors = new ArrayList<>();
  private final Semaphore arrived = new Semaphore(0);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  Turns(Datastore datastore) {
    this.datastore = datastore;
  }

  /** What an actor does, with the datastore as it sees it. */
  interface Play {
    void run(Datastore datastore);
  }

  private final class Actor {
    private final Semaphore turn = new Semaphore(0);
    private final Thread thread;
    private volatile boolean ended;

    private Actor(Play play) {
      thread =
          new Thread(
              () -> {
                awaitTurn();
                try {
                  play.run(new Seen(this));
                } catch (RuntimeException | AssertionError e) {
                  failure.compareAndSet(null, e);
                } finally {
                  ended = true;
                  arrived.release();
                }
              });
      thread.setDaemon(true);
    }

    private void awaitTurn() {
      try {
        if (!turn.tryAcquire(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
          throw new IllegalStateException("no turn came");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Before each call: the turn is another's. */
    private void pause() {
      arrived.release();
      awaitTurn();
    }
  }

  void add(Play play) {
    actors.add(new Actor(play));
  }

  /** Runs all actors to their ends; whose turn it is, the numbers say, over and over. */
  void run(List<Integer> choices) throws InterruptedException {
    actors.forEach(actor -> actor.thread.start());
    List<Actor> playing = new ArrayList<>(actors);
    for (int i = 0; !playing.isEmpty(); i++) {
      int choice = choices.isEmpty() ? 0 : choices.get(i % choices.size());
      Actor next =
          playing.get(Math.floorMod(choice + i / Math.max(1, choices.size()), playing.size()));
      next.turn.release();
      if (!arrived.tryAcquire(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("an actor did not come back");
      }
      if (next.ended) {
        playing.remove(next);
      }
    }
    if (failure.get() != null) {
      throw new AssertionError("an actor failed", failure.get());
    }
  }

  /** The datastore as an actor sees it. */
  private final class Seen implements Datastore {
    private final Actor actor;

    private Seen(Actor actor) {
      this.actor = actor;
    }

    @Override
    public String name() {
      return datastore.name();
    }

    @Override
    public Optional<DatastoreEntry> stat(DatastorePath path) {
      actor.pause();
      return datastore.stat(path);
    }

    @Override
    public List<DatastoreEntry> list(DatastorePath folder) {
      actor.pause();
      return datastore.list(folder);
    }

    @Override
    public DatastoreReader open(DatastorePath file) {
      actor.pause();
      return datastore.open(file);
    }

    @Override
    public DatastoreWriter create(DatastorePath file) {
      actor.pause();
      return datastore.create(file);
    }

    @Override
    public void createFolder(DatastorePath folder) {
      actor.pause();
      datastore.createFolder(folder);
    }

    @Override
    public void move(DatastorePath from, DatastorePath to) {
      actor.pause();
      datastore.move(from, to);
    }

    @Override
    public void delete(DatastorePath path) {
      actor.pause();
      datastore.delete(path);
    }
  }
}
