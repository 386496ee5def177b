package io.vic4j.image.layout;

import io.vic4j.core.Digest;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.Progress;
import io.vic4j.core.UnavailableException;
import io.vic4j.image.Bytes;
import io.vic4j.image.Descriptor;
import io.vic4j.image.ImageIndex;
import io.vic4j.image.ImageSource;
import io.vic4j.image.MediaTypes;
import io.vic4j.image.RawManifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/**
 * An image in an OCI image layout: a folder with {@code oci-layout}, {@code index.json} and {@code
 * blobs/}.
 *
 * <p>An image's tag is the annotation {@code org.opencontainers.image.ref.name} in {@code
 * index.json}; indexes for several platforms may lie below. Symbolic links below {@code blobs/} are
 * followed, for some tools share blobs so. Source: OCI image specification 1.1, image layout.
 *
 * <p>Thread-safe. It holds nothing open but the streams it gives; closing does nothing more.
 */
public final class OciLayout implements ImageSource {
  static final String TAG = "org.opencontainers.image.ref.name";
  private static final long MAX_MANIFEST_BYTES = 4 << 20;

  private final Path folder;
  private final String name;
  private final Descriptor image;

  private OciLayout(Path folder, String name, Descriptor image) {
    this.folder = folder;
    this.name = name;
    this.image = image;
  }

  /**
   * The only image of this layout.
   *
   * @throws NotFoundException if there is no such folder
   * @throws InvalidArgumentException if it is no image layout, or has several images; the message
   *     lists their tags
   */
  public static OciLayout open(Path folder) {
    List<ImageIndex.Entry> images = images(folder);
    if (images.isEmpty()) {
      throw new NotFoundException("image", "oci:" + folder);
    }
    if (images.size() > 1) {
      throw new InvalidArgumentException(
          "oci:" + folder + " has several images, say which: " + tags(images));
    }
    return new OciLayout(folder, "oci:" + folder, images.get(0).descriptor());
  }

  /**
   * The image of this tag.
   *
   * @throws NotFoundException if there is no such folder, or no image of this tag; the message
   *     lists the tags there are
   * @throws InvalidArgumentException if it is no image layout
   */
  public static OciLayout open(Path folder, String tag) {
    String name = "oci:" + folder + ":" + tag;
    List<ImageIndex.Entry> images = images(folder);
    return images.stream()
        .filter(entry -> tag.equals(entry.annotations().get(TAG)))
        .findFirst()
        .map(entry -> new OciLayout(folder, name, entry.descriptor()))
        .orElseThrow(
            () ->
                new NotFoundException(
                    "image",
                    name,
                    "image not found: " + name + "; there is " + tags(images),
                    null));
  }

  /**
   * Writes an image into an image layout, which is made if it is not there: what the source's
   * reference names, with all images of an index. Blobs that are in the layout are not asked for
   * again; what is written is verified. The tag stands for the image from the moment all of it is
   * there, and no longer for another. One writer at a time.
   *
   * <p>Layers that are not to be distributed are left out where the source does not have them.
   *
   * @param tag what it is called in the layout
   * @param progress gets one task
   * @return the digest of the manifest or index
   * @throws io.vic4j.core.CorruptException if the source gives what it should not
   * @throws UnavailableException if something cannot be written
   * @throws InvalidArgumentException if the folder holds something else than an image layout
   */
  public static Digest write(ImageSource image, Path folder, String tag, Progress progress) {
    return new LayoutWriter(image, folder, tag).run(progress);
  }

  private static String tags(List<ImageIndex.Entry> images) {
    TreeSet<String> tags = new TreeSet<>();
    for (ImageIndex.Entry entry : images) {
      tags.add(entry.annotations().getOrDefault(TAG, entry.toString()));
    }
    return tags.isEmpty() ? "none" : String.join(", ", tags);
  }

  private static List<ImageIndex.Entry> images(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new NotFoundException("image layout", folder.toString());
    }
    Path index = folder.resolve("index.json");
    if (!Files.isRegularFile(index) || !Files.isRegularFile(folder.resolve("oci-layout"))) {
      throw new InvalidArgumentException(
          "'" + folder + "' is no OCI image layout: it has no index.json or no oci-layout");
    }
    RawManifest raw = RawManifest.of(MediaTypes.OCI_INDEX, read(index));
    return ImageIndex.parse(raw).entries().stream()
        .filter(entry -> !entry.isAttestation())
        .toList();
  }

  private static byte[] read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes((int) MAX_MANIFEST_BYTES + 1);
      if (content.length > MAX_MANIFEST_BYTES) {
        throw new InvalidArgumentException(
            "file '" + file + "' is larger than " + MAX_MANIFEST_BYTES + " bytes");
      }
      return content;
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  private static RuntimeException failed(Path file, IOException e) {
    if (e instanceof NoSuchFileException || e instanceof NotDirectoryException) {
      return new NotFoundException("blob", file.toString(), "blob not found: " + file, e);
    }
    return new UnavailableException("file '" + file + "' cannot be read: " + e.getMessage(), e);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public RawManifest manifest() {
    RawManifest raw = manifest(image.digest());
    return new RawManifest(image.mediaType(), raw.content(), image.digest());
  }

  @Override
  public RawManifest manifest(Digest digest) {
    return new RawManifest("", new Bytes(read(blobFile(digest))), digest);
  }

  /** A digest has been checked to be hex digits, so it cannot lead out of the folder. */
  private Path blobFile(Digest digest) {
    return folder.resolve("blobs").resolve(digest.algorithm().label()).resolve(digest.hex());
  }

  @Override
  public InputStream blob(Descriptor descriptor) {
    Path file = blobFile(descriptor.digest());
    try {
      return new FileBlob(file.toString(), Files.newInputStream(file));
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  @Override
  public void close() {}
}
