package io.vic4j.testkit;

/** On a datastore that keeps virtual disks. */
final class ImportedVolumesTest extends MemoryVolumesTest {
  @Override
  TestVch newVch() {
    return TestVch.builder().virtualDisks().build();
  }
}
