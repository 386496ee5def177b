package io.vic4j.image.registry;

import io.vic4j.core.CancelledException;
import io.vic4j.core.CorruptException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.UnauthorizedException;
import io.vic4j.core.UnavailableException;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One blob on its way into a repository.
 *
 * <p>A small blob is sent in one request, a larger one in chunks. Where a request fails for a
 * reason that may pass, the registry is asked how much it has, and the upload goes on there; a
 * registry that does not know the upload any more gets it from the start. Source: OCI distribution
 * specification 1.1, "Pushing Blobs".
 */
final class BlobUpload {
  private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");
  private static final int LARGEST_CHUNK = 64 << 20;

  private final Repository repository;
  private final Function<String, Attempts> attempts;
  private final ImageSource image;
  private final Descriptor blob;
  private final Repository.Target target;
  private final String path;
  private final KeptUploads.@Nullable Note note;
  private int chunkBytes;

  // Of the upload under way.
  private @Nullable URI location;
  private @Nullable InputStream content;
  private byte[] chunk = new byte[0];

  /** Where in the blob the chunk begins; the content's stream is at its end. */
  private long chunkStart;

  private int chunkLength;

  /** How much the registry has. */
  private long sent;

  private long told;

  BlobUpload(
      Repository repository,
      Function<String, Attempts> attempts,
      ImageSource image,
      ImageReference reference,
      Descriptor blob,
      int chunkBytes,
      @Nullable KeptUploads kept) {
    this.repository = repository;
    this.attempts = attempts;
    this.image = image;
    this.blob = blob;
    this.path = "blobs/uploads/";
    this.target =
        new Repository.Target(
            "blobs/" + blob.digest(), "blob", reference.name() + "@" + blob.digest());
    this.chunkBytes = chunkBytes;
    // Small ones are sent at once.
    this.note =
        kept == null || blob.sizeBytes() <= chunkBytes
            ? null
            : kept.note(reference.registry(), reference.repository(), blob.digest());
  }

  /** Whether the repository has it. A registry that leads on to where it is has it, too. */
  boolean isThere() {
    return attempts
        .apply("look for " + target)
        .run(
            () -> {
              Outgoing question = Outgoing.of("HEAD", repository.uri(target.path()));
              try (Reply reply =
                  repository.send(target, question, Set.of(200, 301, 302, 303, 307, 308, 404))) {
                return reply.status() != 404;
              }
            });
  }

  /** Has it mounted from one of these repositories; false if none has it. */
  boolean mount(Set<String> repositories) {
    for (String from : repositories) {
      try {
        if (attempts.apply("mount " + target).run(() -> begin("&from=" + encode(from)))) {
          return true;
        }
      } catch (UnauthorizedException e) {
        location = null; // Who may write here need not be allowed to read there.
      }
    }
    return false;
  }

  /** Begins an upload; whether the blob was mounted, so that there is nothing more to do. */
  private boolean begin(String mount) throws TransientException {
    String query = mount.isEmpty() ? "" : "?mount=" + encode(blob.digest().toString()) + mount;
    URI uri = repository.uri(path + query);
    try (Reply reply = repository.send(target, Outgoing.of("POST", uri), Set.of(201, 202))) {
      reply.discard();
      if (reply.status() == 201) {
        Push.check(target, blob.digest(), reply);
        return true;
      }
      location = next(uri, reply);
      String least = reply.header("OCI-Chunk-Min-Length").strip();
      if (least.matches("[0-9]{1,8}")) {
        chunkBytes = Math.max(chunkBytes, Math.min(Integer.parseInt(least), LARGEST_CHUNK));
      }
      sent = 0;
      return false;
    }
  }

  /**
   * Sends it.
   *
   * @param progress told of bytes that the registry has
   */
  void send(LongConsumer progress) {
    Attempts tries = attempts.apply("push " + target);
    try {
      takeUp(tries);
      tell(progress);
      while (true) {
        CancelledException.throwIfInterrupted("push of", target);
        try {
          if (location == null) {
            begin("");
          }
          load();
          if (step()) {
            forget();
            return;
          }
          if (note != null && location != null) {
            note.put(sent, location.toString());
          }
          tries.progressed();
          tell(progress);
        } catch (TransientException e) {
          tries.failed(e);
          if (!tries.run(this::recover) && isThere()) {
            forget();
            return; // Only the answer was lost.
          }
        }
      }
    } finally {
      closeContent();
      chunk = new byte[0];
    }
  }

  /** Goes on with what an attempt before this has left, if the registry still knows of it. */
  private void takeUp(Attempts tries) {
    Optional<URI> left = note == null ? Optional.empty() : note.takeUp().flatMap(this::ours);
    if (left.isPresent()) {
      URI begun = location;
      location = left.get();
      if (!tries.run(this::recover)) {
        forget();
        location = begun;
        sent = 0;
      }
    }
  }

  /** An address that was noted, if it leads to this registry: nobody else is to get the blob. */
  private Optional<URI> ours(String address) {
    URI home = repository.uri(path);
    try {
      return Optional.of(Transport.target(home, address))
          .filter(uri -> Hosts.origin(uri).equals(Hosts.origin(home)));
    } catch (UnavailableException e) {
      return Optional.empty();
    }
  }

  private void forget() {
    if (note != null) {
      note.forget();
    }
  }

  private void tell(LongConsumer progress) {
    if (sent > told) {
      progress.accept(sent - told);
      told = sent;
    }
  }

  /** Makes the chunk the one that the registry wants next. */
  private void load() {
    if (content != null && sent >= chunkStart && sent < chunkStart + chunkLength) {
      return; // A part of this chunk came over, or nothing of it.
    }
    try {
      if (content == null || sent != chunkStart + chunkLength) {
        closeContent();
        content = sent == 0 ? image.blob(blob) : image.blob(blob, sent);
      }
      int wanted = (int) Math.min(chunkBytes, blob.sizeBytes() - sent);
      if (chunk.length < wanted) {
        chunk = new byte[wanted];
      }
      chunkStart = sent;
      chunkLength = content.readNBytes(chunk, 0, wanted);
      boolean last = sent + chunkLength == blob.sizeBytes();
      if (chunkLength < wanted || (last && content.read() >= 0)) {
        throw new CorruptException(
            "blob "
                + blob.digest()
                + " of "
                + image.name()
                + " is corrupt: it does not have "
                + blob.sizeBytes()
                + " bytes",
            null);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends what is in the chunk; whether that was all. */
  private boolean step() throws TransientException {
    URI at = location == null ? repository.uri(path) : location;
    int from = (int) (sent - chunkStart);
    int count = chunkLength - from;
    boolean last = sent + count == blob.sizeBytes();
    if (last && chunkStart == 0) {
      return finish(at, from, count);
    }
    if (count == 0) {
      return finish(at, 0, 0);
    }
    Outgoing outgoing =
        Outgoing.of("PATCH", at)
            .with("Content-Type", "application/octet-stream")
            .with("Content-Range", sent + "-" + (sent + count - 1))
            .with(chunk, from, count);
    try (Reply reply = repository.send(target, outgoing, Set.of(201, 202, 204, 404, 416))) {
      reply.discard();
      if (reply.status() == 404 || reply.status() == 416) {
        throw TransientException.broken(
            repository.registry() + " does not take the chunk: HTTP " + reply.status(), null);
      }
      location = next(at, reply);
      sent += count;
    }
    if (sent < blob.sizeBytes()) {
      return false;
    }
    return finish(location, 0, 0);
  }

  /** Ends the upload, with the last bytes if there are some left. */
  private boolean finish(URI at, int from, int count) throws TransientException {
    String query = "digest=" + encode(blob.digest().toString());
    URI uri = URI.create(at + (at.getRawQuery() == null ? "?" : "&") + query);
    Outgoing outgoing =
        Outgoing.of("PUT", uri)
            .with("Content-Type", "application/octet-stream")
            .with(chunk, from, count);
    try (Reply reply = repository.send(target, outgoing, Set.of(201, 204, 404, 416))) {
      reply.discard();
      if (reply.status() == 404 || reply.status() == 416) {
        throw TransientException.broken(
            repository.registry() + " does not end the upload: HTTP " + reply.status(), null);
      }
      Push.check(target, blob.digest(), reply);
      return true;
    } catch (InvalidArgumentException e) {
      if (e.getMessage().contains("DIGEST_INVALID")) {
        throw new CorruptException(
            "blob " + blob.digest() + " of " + image.name() + " is corrupt: " + e.getMessage(), e);
      }
      throw e;
    }
  }

  /**
   * Finds out after a failure how much has come over; false if that cannot be said. Where that
   * cannot be said, the upload begins anew; 0-0 counts as nothing, for registries say it where they
   * have nothing (the specification has no way to say that).
   */
  private boolean recover() throws TransientException {
    URI at = location;
    location = null;
    if (at == null) {
      return false;
    }
    try (Reply reply =
        repository.send(
            target, Outgoing.of("GET", at), Set.of(200, 204, 400, 404, 405, 410, 416))) {
      reply.discard();
      Matcher range = RANGE.matcher(reply.header("Range").strip());
      if (reply.status() > 204 || !range.matches()) {
        return false;
      }
      long last = Long.parseLong(range.group(1));
      long has = last == 0 ? 0 : last + 1;
      if (has > blob.sizeBytes()) {
        return false;
      }
      sent = has;
      location = reply.header("Location").isEmpty() ? at : next(at, reply);
      return true;
    }
  }

  private static URI next(URI from, Reply reply) {
    return Transport.target(from, reply.header("Location"));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private void closeContent() {
    try {
      if (content != null) {
        content.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      content = null;
    }
  }
}
