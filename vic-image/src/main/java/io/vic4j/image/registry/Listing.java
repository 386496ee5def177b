package io.vic4j.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vic4j.core.CancelledException;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.UnavailableException;
import io.vic4j.core.UnsupportedException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A list of names that a registry gives page by page. Source: OCI distribution specification 1.1,
 * "Listing Tags"; RFC 8288 for the Link header that leads to the next page.
 */
final class Listing {
  /** A page of the longest tags has 130 KB; registries that know no pages send all at once. */
  private static final int MAX_PAGE_BYTES = 32 << 20;

  private static final int PAGE = 1000;
  private static final Pattern NEXT =
      Pattern.compile("<([^>]*)>\\s*;[^,<]*\\brel\\s*=\\s*\"?next\"?(?:[\\s;,].*)?");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Repository repository;
  private final Attempts attempts;
  private final Repository.Target target;
  private final String field;
  private final int limit;

  /**
   * A list.
   *
   * @param field the field of the answer that holds the names
   * @param limit how many names there may be at most
   */
  Listing(
      Repository repository, Attempts attempts, Repository.Target target, String field, int limit) {
    this.repository = repository;
    this.attempts = attempts;
    this.target = target;
    this.field = field;
    this.limit = limit;
  }

  private record Page(List<String> names, Optional<URI> next) {}

  /** All names, sorted, each once. */
  List<String> read(URI first) {
    Set<String> names = new TreeSet<>();
    Set<URI> asked = new HashSet<>();
    Optional<URI> at = Optional.of(URI.create(first + "?n=" + Math.min(PAGE, limit)));
    while (at.isPresent()) {
      CancelledException.throwIfInterrupted("listing of", target);
      URI uri = at.get();
      if (!asked.add(uri)) {
        throw new UnavailableException(
            repository.registry() + " lists " + target + " in a circle", null);
      }
      Page page = attempts.run(() -> page(uri));
      attempts.progressed();
      names.addAll(page.names);
      if (names.size() > limit) {
        throw new UnsupportedException(
            target + " on " + repository.registry() + " has more than " + limit + " names");
      }
      at = page.next;
    }
    return List.copyOf(names);
  }

  private Page page(URI uri) throws TransientException {
    try (Reply reply = repository.send(target, Outgoing.of("GET", uri), Set.of(200))) {
      JsonNode answer = JSON.readTree(reply.content(MAX_PAGE_BYTES, target.toString()));
      List<String> names = new ArrayList<>();
      // Registries say null where there is none.
      for (JsonNode name : answer.path(field)) {
        if (!name.isTextual()) {
          throw notUnderstood();
        }
        names.add(name.asText());
      }
      if (!answer.isObject()) {
        throw notUnderstood();
      }
      return new Page(names, next(uri, reply));
    } catch (TransientException e) {
      throw e;
    } catch (IOException e) {
      throw notUnderstood();
    }
  }

  private UnavailableException notUnderstood() {
    return new UnavailableException(
        repository.registry() + " lists " + target + " in a way that is not understood", null);
  }

  private static Optional<URI> next(URI from, Reply reply) {
    for (String link : reply.headers().allValues("Link")) {
      Matcher next = NEXT.matcher(link);
      if (next.lookingAt()) {
        return Optional.of(Transport.target(from, next.group(1)));
      }
    }
    return Optional.empty();
  }

  /** Empty for a name that no reference can have: nobody could pull from there. */
  static Optional<ImageReference> reference(String registry, String repository) {
    try {
      ImageReference reference = ImageReference.parse(registry + "/" + repository);
      return reference.repository().equals(repository) ? Optional.of(reference) : Optional.empty();
    } catch (InvalidArgumentException e) {
      return Optional.empty();
    }
  }
}
