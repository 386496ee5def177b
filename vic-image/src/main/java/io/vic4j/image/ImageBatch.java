package io.vic4j.image;

import io.vic4j.core.ImageReference;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.UnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Images to be kept here, as a list that people write: a reference on each line, and after it, if
 * the image is to be called otherwise than it is fetched by, its names. What follows a {@code #} at
 * the start of a line or after a space is a remark.
 *
 * <pre>
 * registry.example/base:12
 * registry.example/app@sha256:…  app:stable   # until the new one is tested
 * </pre>
 *
 * @param entries the images
 */
public record ImageBatch(List<Entry> entries) {
  /**
   * One image.
   *
   * @param reference what it is fetched by
   * @param names what it is called; if there are none, as it is fetched by
   */
  public record Entry(ImageReference reference, List<ImageReference> names) {
    /** Copies the names. */
    public Entry {
      names = List.copyOf(names);
    }

    /** What it is called, in any case. */
    public List<ImageReference> allNames() {
      return names.isEmpty() ? List.of(reference) : names;
    }
  }

  /**
   * Checks the names.
   *
   * @throws InvalidArgumentException if one name stands for two images
   */
  public ImageBatch {
    entries = List.copyOf(entries);
    Map<ImageReference, ImageReference> byName = new LinkedHashMap<>();
    for (Entry entry : entries) {
      for (ImageReference name : entry.allNames()) {
        ImageReference other = byName.put(name, entry.reference());
        if (other != null && !other.equals(entry.reference())) {
          throw new InvalidArgumentException(
              "the name " + name + " is given to " + other + " and to " + entry.reference());
        }
      }
    }
  }

  /**
   * Reads a list.
   *
   * @throws InvalidArgumentException if it is not valid; the message names the line
   */
  public static ImageBatch parse(String text) {
    List<Entry> entries = new ArrayList<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      String content = line.replaceFirst("(^|\\s)#.*", "").strip();
      if (!content.isEmpty()) {
        entries.add(entry(number, content));
      }
    }
    return new ImageBatch(entries);
  }

  private static Entry entry(int line, String content) {
    List<ImageReference> references = new ArrayList<>();
    for (String word : content.split("\\s+", -1)) {
      try {
        references.add(ImageReference.parse(word));
      } catch (InvalidArgumentException e) {
        throw new InvalidArgumentException("line " + line + ": " + e.getMessage(), e);
      }
    }
    return new Entry(references.get(0), references.subList(1, references.size()));
  }

  /**
   * Reads a list from a file in UTF-8.
   *
   * @throws NotFoundException if there is no such file
   * @throws UnavailableException if it cannot be read
   * @throws InvalidArgumentException if it is not valid
   */
  public static ImageBatch read(Path file) {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new NotFoundException("file", file.toString(), "file not found: " + file, e);
    } catch (IOException e) {
      throw new UnavailableException("cannot read '" + file + "': " + e.getMessage(), e);
    }
    try {
      return parse(text);
    } catch (InvalidArgumentException e) {
      throw new InvalidArgumentException("'" + file + "' is not valid: " + e.getMessage(), e);
    }
  }
}
