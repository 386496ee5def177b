package io.vic4j.image;

import io.vic4j.core.OutOfSpaceException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreReader;
import io.vic4j.core.datastore.DatastoreWriter;
import java.util.List;
import java.util.Optional;

/** A datastore that is full from a certain file on, until somebody makes room. */
final class FillingDatastore implements Datastore {
  private final Datastore datastore;
  private String name = "";
  private int left = -1;

  FillingDatastore(Datastore datastore) {
    this.datastore = datastore;
  }

  /** Lets so many files be begun whose names have this in them; then it is full for all files. */
  synchronized void fillUpAfter(String part, int files) {
    name = part;
    left = files;
  }

  synchronized void makeRoom() {
    left = -1;
  }

  @Override
  public DatastoreWriter create(DatastorePath file) {
    synchronized (this) {
      boolean counts = file.name().contains(name) && left > 0;
      boolean full = left == 0 && (file.name().contains(name) || name.isEmpty());
      if (full) {
        name = "";
        throw new OutOfSpaceException("no room for '" + file + "'", null);
      }
      left -= counts ? 1 : 0;
    }
    return datastore.create(file);
  }

  @Override
  public String name() {
    return datastore.name();
  }

  @Override
  public Optional<DatastoreEntry> stat(DatastorePath path) {
    return datastore.stat(path);
  }

  @Override
  public List<DatastoreEntry> list(DatastorePath place) {
    return datastore.list(place);
  }

  @Override
  public List<String> names(DatastorePath place) {
    return datastore.names(place);
  }

  @Override
  public DatastoreReader open(DatastorePath file) {
    return datastore.open(file);
  }

  @Override
  public void createFolder(DatastorePath place) {
    datastore.createFolder(place);
  }

  @Override
  public void move(DatastorePath from, DatastorePath to) {
    datastore.move(from, to);
  }

  @Override
  public void delete(DatastorePath path) {
    datastore.delete(path);
  }
}
