package io.vic4j.testkit.vsphere;

import static org.assertj.core.api.Assertions.assertThat;

import io.vic4j.core.datastore.Datastore;
import io.vic4j.core.datastore.DatastoreEntry;
import io.vic4j.core.datastore.DatastorePath;
import io.vic4j.core.datastore.DatastoreWriter;
import io.vic4j.core.vsphere.Vsphere;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In a datacenter within a folder, where all names have what paths, queries or XML trip over. */
final class VsphereOddNamesTest extends VsphereImportContracts {
  VsphereOddNamesTest() {
    super("-names", "odd", "-hosts", "0", "-datastores", "40");
  }

  @Override
  Vsphere open() {
    return SimulatedVsphere.openFresh(sim, SimulatedVsphere.settings(sim), "r + %41 &ü<x>-");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a b", "a+b", "a%41%", "a&b;<c>", "größe-字", "a'b=c", "a#b", "[a] b", "x~,@!"})
  void fileAndFolder_haveThisName(String name) throws Exception {
    try (Vsphere vsphere = open()) {
      Datastore datastore = vsphere.datastore();
      DatastorePath folder = DatastorePath.parse(name);
      DatastorePath file = folder.resolve(name + ".txt");
      DatastorePath moved = folder.resolve("moved " + name);
      datastore.createFolder(folder);
      try (DatastoreWriter writer = datastore.create(file)) {
        writer.write(0, ByteBuffer.wrap(name.getBytes(StandardCharsets.UTF_8)));
        writer.commit();
      }
      assertThat(datastore.list(folder)).extracting(DatastoreEntry::path).containsExactly(file);
      assertThat(datastore.stat(file)).isPresent();
      datastore.move(file, moved);
      assertThat(datastore.stat(file)).isEmpty();
      try (InputStream content = datastore.read(moved)) {
        assertThat(new String(content.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(name);
      }
      datastore.delete(folder);
      assertThat(datastore.stat(folder)).isEmpty();
    }
  }
}
