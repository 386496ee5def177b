package io.vic4j.image;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnsupportedException;
import io.vic4j.core.VchName;
import io.vic4j.core.VicException;
import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.Staging;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A scope kept in a datastore: a record for each name in {@code scopes/<vch>/references}, one for
 * each image that is kept without regard to names in {@code scopes/<vch>/images}, and one for each
 * request that has not ended in {@code scopes/<vch>/requests}.
 */
final class StoredScope implements ImageScope {
  private static final Logger log = LoggerFactory.getLogger(StoredScope.class);

  static final DatastorePath SCOPES = DatastorePath.parse("scopes");

  private static final Pattern FULL_ID = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern ID_PREFIX = Pattern.compile("[0-9a-f]{1,63}");
  private static final Comparator<ImageReference> BY_TEXT =
      Comparator.comparing(ImageReference::toString);

  private final VchName vch;
  private final ImageFolders folders;
  private final Leases leases;
  private final VersionedRecords<NamedImage> names;
  private final VersionedRecords<Digest> kept;
  private final VersionedRecords<StoredRequest> requests;
  private final ScopeNotes notes;

  StoredScope(
      VchName vch, Datastore datastore, Staging staging, ImageFolders folders, Leases leases) {
    this.vch = vch;
    this.folders = folders;
    this.leases = leases;
    DatastorePath folder = SCOPES.resolve(vch.value());
    this.names =
        new VersionedRecords<>(datastore, staging, folder.resolve("references"), new NameFormat());
    this.kept =
        new VersionedRecords<>(datastore, staging, folder.resolve("images"), new KeptFormat());
    this.requests =
        new VersionedRecords<>(
            datastore, staging, folder.resolve("requests"), new StoredRequestFormat());
    this.notes = new ScopeNotes(datastore, staging, folder);
  }

  private static final class NameFormat implements VersionedRecords.Format<NamedImage> {
    @Override
    public byte[] write(NamedImage named) {
      return JsonText.bytes(
          JsonText.object()
              .put("name", named.name().toString())
              .put("imageId", named.imageId().toString())
              .put("manifestDigest", named.manifestDigest().toString())
              .put("resolvedDigest", named.resolvedDigest().toString()));
    }

    @Override
    public NamedImage read(String what, byte[] content) {
      JsonFields fields = JsonFields.parse(what, content);
      return new NamedImage(
          ImageReference.parse(fields.requiredText("name")),
          fields.requiredDigest("imageId"),
          fields.requiredDigest("manifestDigest"),
          fields.requiredDigest("resolvedDigest"));
    }
  }

  private static final class KeptFormat implements VersionedRecords.Format<Digest> {
    @Override
    public byte[] write(Digest imageId) {
      return JsonText.bytes(JsonText.object().put("imageId", imageId.toString()));
    }

    @Override
    public Digest read(String what, byte[] content) {
      return JsonFields.parse(what, content).requiredDigest("imageId");
    }
  }

  @Override
  public VchName vch() {
    return vch;
  }

  /** A listed image, with what it is sorted by. */
  private record Sortable(ListedImage listed, String firstName) {}

  @Override
  public ImageListing list() {
    List<VicException> damaged = new ArrayList<>();
    List<Sortable> images = new ArrayList<>();
    uses(damaged)
        .forEach(
            (imageId, itsNames) -> {
              try {
                ListedImage listed = new ListedImage(folders.load(imageId), itsNames);
                String first = itsNames.isEmpty() ? "" : itsNames.get(0).toString();
                images.add(new Sortable(listed, first));
              } catch (CorruptException | UnsupportedException e) {
                damaged.add(e);
              }
            });
    images.sort(
        Comparator.comparing((Sortable it) -> it.firstName.isEmpty())
            .thenComparing(Sortable::firstName)
            .thenComparing(it -> it.listed.image().id()));
    return new ImageListing(images.stream().map(Sortable::listed).toList(), damaged);
  }

  @Override
  public List<ScopedImage> uses() {
    List<ScopedImage> uses = new ArrayList<>();
    Set<Digest> named = new HashSet<>();
    for (NamedImage image : names.list().values()) {
      uses.add(new ScopedImage(vch, image.imageId(), Optional.of(image)));
      named.add(image.imageId());
    }
    for (Digest imageId : kept.list().values()) {
      if (named.add(imageId)) {
        uses.add(new ScopedImage(vch, imageId, Optional.empty()));
      }
    }
    uses.sort(
        Comparator.comparing(ScopedImage::imageId)
            .thenComparing(use -> use.name().map(it -> it.name().toString()).orElse("")));
    return uses;
  }

  /** The images that the scope has, each with its names, sorted. */
  private Map<Digest, List<ImageReference>> uses(List<VicException> damaged) {
    var named = names.list();
    var keptImages = kept.list();
    damaged.addAll(named.damaged());
    damaged.addAll(keptImages.damaged());
    Map<Digest, List<ImageReference>> uses = new TreeMap<>();
    for (NamedImage image : named.values()) {
      uses.computeIfAbsent(image.imageId(), id -> new ArrayList<>()).add(image.name());
    }
    for (Digest imageId : keptImages.values()) {
      uses.computeIfAbsent(imageId, id -> new ArrayList<>());
    }
    uses.values().stream().filter(list -> list.size() > 1).forEach(list -> list.sort(BY_TEXT));
    return uses;
  }

  /**
   * The IDs of the images that the scope has.
   *
   * @throws VicException the first damage there is
   */
  Set<Digest> imageIds() {
    List<VicException> damaged = new ArrayList<>();
    Set<Digest> ids = new HashSet<>(uses(damaged).keySet());
    if (!damaged.isEmpty()) {
      throw damaged.get(0);
    }
    return ids;
  }

  /** The IDs of the images that the scope has, as far as that can be read. */
  Set<Digest> imageIdsThatCanBeRead() {
    return uses(new ArrayList<>()).keySet();
  }

  /** The records that cannot be read, by their files. */
  Map<DatastorePath, VicException> damagedRecords() {
    Map<DatastorePath, VicException> damaged = new TreeMap<>(names.list().damagedFiles());
    damaged.putAll(kept.list().damagedFiles());
    damaged.putAll(requests.list().damagedFiles());
    damaged.putAll(notes.damaged());
    return damaged;
  }

  boolean isEmpty() {
    return names.isEmpty() && kept.isEmpty() && requests.isEmpty();
  }

  @Override
  public Optional<NamedImage> resolve(ImageReference name) {
    Optional<NamedImage> exact = names.find(name.toString());
    if (exact.isPresent() || name.digest().isEmpty()) {
      return exact;
    }
    Digest digest = name.digest().get();
    return names.list().values().stream()
        .filter(named -> named.name().name().equals(name.name()))
        .filter(named -> isOf(named, digest))
        .findFirst();
  }

  private static boolean isOf(NamedImage named, Digest digest) {
    return named.manifestDigest().equals(digest) || named.resolvedDigest().equals(digest);
  }

  @Override
  public Optional<Image> find(ImageReference name) {
    return resolve(name).map(named -> folders.load(named.imageId()));
  }

  @Override
  public Optional<Image> find(Digest digest) {
    if (uses(new ArrayList<>()).containsKey(digest)) {
      return Optional.of(folders.load(digest));
    }
    Optional<Digest> byManifest =
        names.list().values().stream()
            .filter(named -> isOf(named, digest))
            .map(NamedImage::imageId)
            .findFirst();
    if (byManifest.isPresent()) {
      return byManifest.map(folders::load);
    }
    return kept.list().values().stream()
        .map(folders::load)
        .filter(image -> image.manifestDigest().equals(digest))
        .findFirst();
  }

  @Override
  public Image get(String nameOrId) {
    if (nameOrId.startsWith("sha256:") || nameOrId.startsWith("sha512:")) {
      return find(Digest.parse(nameOrId)).orElseThrow(() -> notFound(nameOrId));
    }
    if (FULL_ID.matcher(nameOrId).matches()) {
      return find(new Digest(Digest.Algorithm.SHA256, nameOrId))
          .orElseThrow(() -> notFound(nameOrId));
    }
    boolean prefix = ID_PREFIX.matcher(nameOrId).matches();
    try {
      Optional<Image> named = find(ImageReference.parse(nameOrId));
      if (named.isPresent()) {
        return named.get();
      }
    } catch (InvalidArgumentException e) {
      if (!prefix) {
        throw e;
      }
    }
    return prefix ? byPrefix(nameOrId) : missing(nameOrId);
  }

  private Image byPrefix(String prefix) {
    List<Digest> candidates =
        uses(new ArrayList<>()).keySet().stream()
            .filter(id -> id.hex().startsWith(prefix))
            .toList();
    if (candidates.size() > 1) {
      throw new AmbiguousImageException(prefix, candidates);
    }
    return candidates.isEmpty() ? missing(prefix) : folders.load(candidates.get(0));
  }

  private Image missing(String nameOrId) {
    throw notFound(nameOrId);
  }

  private NotFoundException notFound(String nameOrId) {
    return new NotFoundException(
        "image", nameOrId, "image not found: " + nameOrId + " (in the scope " + vch + ")", null);
  }

  @Override
  public void tag(NamedImage named) {
    try (ImageLease lease = leases.take(named.imageId(), List.of())) {
      folders.require(named.imageId());
      names.put(named.name().toString(), named);
    }
  }

  @Override
  public void keep(Digest imageId) {
    try (ImageLease lease = leases.take(imageId, List.of())) {
      folders.require(imageId);
      kept.put(imageId.toString(), imageId);
    }
  }

  @Override
  public boolean untag(ImageReference name) {
    Optional<Digest> imageId = namedBy(name);
    boolean removed = names.remove(name.toString());
    if (imageId.isPresent() && !uses(new ArrayList<>()).containsKey(imageId.get())) {
      notes.remove(imageId.get());
    }
    return removed;
  }

  private Optional<Digest> namedBy(ImageReference name) {
    try {
      return names.find(name.toString()).map(NamedImage::imageId);
    } catch (CorruptException e) {
      return Optional.empty(); // It can be removed all the same.
    }
  }

  @Override
  public boolean remove(Digest imageId) {
    boolean removed = kept.remove(imageId.toString());
    for (NamedImage named : names.list().values()) {
      if (named.imageId().equals(imageId)) {
        removed |= names.remove(named.name().toString());
      }
    }
    notes.remove(imageId);
    return removed;
  }

  @Override
  public ImageListing list(ImageFilter filter) {
    return FilteredListing.of(this, filter);
  }

  @Override
  public ImageMetadata metadata(Digest imageId) {
    return notes.find(imageId);
  }

  @Override
  public Map<Digest, ImageMetadata> metadata() {
    return notes.all();
  }

  @Override
  public ImageMetadata update(ImageMetadata edited) {
    if (!imageIdsThatCanBeRead().contains(edited.imageId())) {
      throw notFound(edited.imageId().toString());
    }
    return notes.update(edited);
  }

  @Override
  public void use(Digest imageId, Instant time) {
    notes.use(imageId, time);
  }

  @Override
  public Optional<Instant> lastUse(Digest imageId) {
    return notes.lastUse(imageId);
  }

  @Override
  public Map<Digest, Instant> lastUses() {
    return notes.lastUses();
  }

  @Override
  public void remember(StoredRequest request) {
    requests.put(request.id(), request);
  }

  @Override
  public boolean forget(String requestId) {
    return requests.remove(requestId);
  }

  @Override
  public List<StoredRequest> requests() {
    var listed = requests.list();
    listed.damaged().forEach(e -> log.warn("left out a request that is damaged", e));
    return listed.values().stream()
        .sorted(Comparator.comparing(StoredRequest::asked).thenComparing(StoredRequest::id))
        .toList();
  }

  void sweep(Instant limit) {
    requests.sweep(limit);
    notes.sweep(limit);
    names.sweep(limit);
    kept.sweep(limit);
  }
}
