package io.vic4j.testkit.integration;

import io.vic4j.core.ConflictException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.VchName;
import io.vic4j.core.datastore.LocalDatastore;
import io.vic4j.image.Image;
import io.vic4j.image.ImageRequest;
import io.vic4j.image.ImageService;
import io.vic4j.image.ImageStore;
import io.vic4j.image.Images;
import io.vic4j.image.ListedImage;
import io.vic4j.image.PullOptions;
import io.vic4j.image.RequestOptions;
import io.vic4j.image.ResumePolicy;
import io.vic4j.image.registry.RegistryClient;
import io.vic4j.storage.LayerDisks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * One of several processes that use one store, each at random: pulls, requests, tags, removes and
 * collects, until it is killed or a file tells it to stop. Run as {@code SoakMember <number> <seed>
 * <store> <journals> <reference>...}.
 *
 * <p>Members share the scopes and the images, but each has names of its own, so that it is known
 * what each of them has to stand for.
 */
final class SoakMember {
  static final List<VchName> SCOPES = List.of(VchName.of("soak-a"), VchName.of("soak-b"));
  private static final int NAMES = 4;

  private final int number;
  private final long seed;
  private final Random random;
  private final SoakJournal journal;
  private final List<ImageReference> references;
  private final ImageService service;
  private int requested;

  private SoakMember(
      int number,
      long seed,
      SoakJournal journal,
      List<ImageReference> references,
      ImageService service) {
    this.number = number;
    this.seed = seed;
    this.random = new Random(seed);
    this.journal = journal;
    this.references = references;
    this.service = service;
  }

  public static void main(String[] arguments) {
    int number = Integer.parseInt(arguments[0]);
    long seed = Long.parseLong(arguments[1]);
    Path journals = Path.of(arguments[3]);
    SoakJournal journal = new SoakJournal(journals.resolve(number + ".txt"));
    List<ImageReference> references =
        List.of(arguments).subList(4, arguments.length).stream()
            .map(ImageReference::parse)
            .toList();
    LocalDatastore datastore = LocalDatastore.at(Path.of(arguments[2]));
    LayerDisks disks = LayerDisks.in(datastore);
    try (RegistryClient registry = RegistryClient.builder().build();
        ImageService service =
            ImageService.builder(ImageStore.in(datastore, disks), disks)
                .sources(registry)
                .resumeLater()
                .build()) {
      SoakMember member = new SoakMember(number, seed, journal, references, service);
      journal.count("starts");
      member.service.resume(ResumePolicy.DEFAULT).resumed().forEach(it -> journal.count("resumed"));
      while (!Files.exists(journals.resolve("stop"))) {
        member.step();
      }
    }
  }

  private void step() {
    Images images = service.images(SCOPES.get(random.nextInt(SCOPES.size())));
    try {
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> pull(images);
        case 4, 5 -> tag(images);
        case 6 -> untag(images);
        case 7 -> request(images);
        case 8 -> collect();
        default -> list(images);
      }
    } catch (NotFoundException | ConflictException e) {
      journal.count("overtaken"); // Another member removed what this one had in view.
    } catch (RuntimeException e) {
      journal.wrong(e);
    }
  }

  private ImageReference ownName() {
    return ImageReference.parse("soak/member-" + number + ":" + random.nextInt(NAMES));
  }

  private ImageReference anyReference() {
    return references.get(random.nextInt(references.size()));
  }

  /** The image of a reference is what its repository is called. */
  private void pull(Images images) {
    ImageReference reference = anyReference();
    ImageReference name = ownName();
    String id = imageId(reference);
    journal.begin(images.vch().value(), name.toString(), id);
    Image image =
        images.pull(reference, PullOptions.DEFAULT.withNames(name), Progress.NONE).image();
    if (!image.id().hex().equals(id)) {
      throw new IllegalStateException("pulled " + image.id() + " for " + reference);
    }
    journal.done(images.vch().value(), name.toString(), id);
    journal.count("pulls");
  }

  static String imageId(ImageReference reference) {
    return reference.repository().substring(reference.repository().lastIndexOf('/') + 1);
  }

  private void tag(Images images) {
    List<ListedImage> listed = images.list().images();
    if (listed.isEmpty()) {
      return;
    }
    Image image = listed.get(random.nextInt(listed.size())).image();
    ImageReference name = ownName();
    journal.begin(images.vch().value(), name.toString(), image.id().hex());
    images.scope().tag(name, image);
    journal.done(images.vch().value(), name.toString(), image.id().hex());
    journal.count("tags");
  }

  private void untag(Images images) {
    ImageReference name = ownName();
    journal.begin(images.vch().value(), name.toString(), SoakJournal.NOTHING);
    images.scope().untag(name);
    journal.done(images.vch().value(), name.toString(), SoakJournal.NOTHING);
    journal.count("removals");
  }

  /** A name is requested once, for a request outlives this process, and may come at any time. */
  private void request(Images images) {
    ImageReference reference = anyReference();
    ImageReference name =
        ImageReference.parse("soak/requested-" + number + ":" + seed + "-" + requested++);
    String id = imageId(reference);
    String scope = images.vch().value();
    journal.begin(scope, name.toString(), id);
    ImageRequest request =
        images.request(
            reference, RequestOptions.DEFAULT.withPull(PullOptions.DEFAULT.withNames(name)));
    request.await();
    journal.done(scope, name.toString(), id);
    journal.begin(scope, name.toString(), SoakJournal.NOTHING);
    images.scope().untag(name);
    journal.done(scope, name.toString(), SoakJournal.NOTHING);
    journal.count("requests");
  }

  private void collect() {
    service.store().collect(SoakMember::nothing);
    journal.count("collections");
  }

  private static Set<Digest> nothing() {
    return Set.of();
  }

  private void list(Images images) {
    images.list().damaged().forEach(journal::wrong);
    journal.count("listings");
  }
}
