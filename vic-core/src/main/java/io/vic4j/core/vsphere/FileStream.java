package io.vic4j.core.vsphere;

import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.http.BodyStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * A file from some place on, as one answer; where the connection breaks, it goes on with a request
 * for the rest. What it throws are this library's errors. For use by one thread.
 */
final class FileStream extends InputStream {
  private static final int ATTEMPTS = 4;

  private final FolderHttp http;
  private final DatastorePath file;
  private HttpResponse<BodyStream> answer;
  private long position;
  private final OptionalLong end;
  private int failures;

  private FileStream(
      FolderHttp http, DatastorePath file, long from, HttpResponse<BodyStream> answer) {
    this.http = http;
    this.file = file;
    this.position = from;
    this.answer = answer;
    OptionalLong length = answer.headers().firstValueAsLong("Content-Length");
    this.end = length.isPresent() ? OptionalLong.of(from + length.getAsLong()) : length;
  }

  /**
   * Opens a file.
   *
   * @param from where to begin, not past its end
   * @throws io.vic4j.core.NotFoundException if there is none
   */
  static FileStream open(FolderHttp http, DatastorePath file, long from) {
    return new FileStream(http, file, from, http.get(file, from, -1));
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, buffer.length);
    if (length == 0) {
      return 0;
    }
    while (true) {
      try {
        int read = answer.body().read(buffer, offset, length);
        if (read > 0) {
          position += read;
          failures = 0;
          return read;
        }
        if (end.isEmpty() || position >= end.getAsLong()) {
          return -1;
        }
        throw new IOException("it ended at " + position + " of " + end.getAsLong());
      } catch (IOException e) {
        goOn(e);
      }
    }
  }

  private void goOn(IOException failure) {
    answer.body().close();
    if (++failures == ATTEMPTS) {
      throw http.broken(file, failure);
    }
    VimHttp.pause("read of " + file, failures);
    answer = http.get(file, position, end.isEmpty() ? -1 : end.getAsLong() - position);
  }

  @Override
  public void close() {
    answer.body().close();
  }
}
