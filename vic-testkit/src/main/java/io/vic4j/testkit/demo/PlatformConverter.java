package io.vic4j.testkit.demo;

import io.vic4j.core.InvalidArgumentException;
import io.vic4j.core.Platform;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a platform from the command line. */
final class PlatformConverter implements ITypeConverter<Platform> {
  @Override
  public Platform convert(String text) {
    try {
      return Platform.parse(text);
    } catch (InvalidArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
