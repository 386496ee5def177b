package io.vic4j.storage.vmdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vic4j.core.CorruptException;
import io.vic4j.core.Digest;
import io.vic4j.core.UnsupportedException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VmdkDescriptorTest {
  private static final Digest CONTENT = Digest.sha256("a layer");

  private final VmdkDescriptor flat = VmdkDescriptor.flat("layer-flat.vmdk", 100L << 20, CONTENT);

  @Test
  void render_flat_isTheTextThatWasAgreed() {
    assertThat(flat.render())
        .isEqualTo(
            """
            # Disk DescriptorFile
            version=1
            encoding="UTF-8"
            CID=%s
            parentCID=ffffffff
            createType="monolithicFlat"

            # Extent description
            RW 204800 FLAT "layer-flat.vmdk" 0

            # The Disk Data Base
            #DDB

            ddb.adapterType = "lsilogic"
            ddb.geometry.cylinders = "12"
            ddb.geometry.heads = "255"
            ddb.geometry.sectors = "63"
            ddb.longContentID = "%s"
            ddb.toolsVersion = "2147483647"
            ddb.uuid = "%s"
            ddb.virtualHWVersion = "7"
            """
                .formatted(
                    "%08x".formatted(flat.contentId()),
                    flat.diskDatabase().get("longContentID"),
                    flat.diskDatabase().get("uuid")));
  }

  @Test
  void uuid_isInVmwaresForm() {
    assertThat(flat.diskDatabase().get("uuid"))
        .matches("60 00 c2 9[0-9a-f]( [0-9a-f]{2}){4}-[0-9a-f]{2}( [0-9a-f]{2}){7}");
  }

  @Test
  void contentId_isTheEndOfTheLongOne() {
    assertThat(flat.diskDatabase().get("longContentID"))
        .matches("[0-9a-f]{32}")
        .endsWith("%08x".formatted(flat.contentId()));
  }

  @Test
  void flat_sameContent_isTheSame() {
    assertThat(VmdkDescriptor.flat("layer-flat.vmdk", 100L << 20, CONTENT)).isEqualTo(flat);
  }

  @Test
  void flat_otherContent_hasOtherIds() {
    VmdkDescriptor other =
        VmdkDescriptor.flat("layer-flat.vmdk", 100L << 20, Digest.sha256("another layer"));

    assertThat(other.contentId()).isNotEqualTo(flat.contentId());
    assertThat(other.diskDatabase().get("uuid")).isNotEqualTo(flat.diskDatabase().get("uuid"));
  }

  @Property
  void parse_readsBackWhatWasRendered(
      @ForAll @LongRange(min = 1, max = 62L << 31) long sectors, @ForAll String content) {
    VmdkDescriptor made = VmdkDescriptor.flat("x-flat.vmdk", sectors * 512, Digest.sha256(content));

    assertThat(VmdkDescriptor.parse(made.render())).isEqualTo(made);
    assertThat(made.capacityBytes()).isEqualTo(sectors * 512);
  }

  @Property
  void parse_anyText_isReadOrRefused(@ForAll String tail) {
    try {
      VmdkDescriptor.parse("# Disk DescriptorFile\n" + tail);
    } catch (CorruptException | UnsupportedException e) {
      assertThat(e).hasMessageContaining("VMDK");
    }
  }

  @Test
  void parse_asVmwareWritesIt_isRead() {
    VmdkDescriptor parsed =
        VmdkDescriptor.parse(
            """
            # Disk DescriptorFile
            version=3
            encoding="UTF-8"
            CID=FFFFFFFE
            parentCID=ffffffff
            createType="vmfs"

            # Extent description
            RW 2048 VMFS "disk-flat.vmdk"

            # Change Tracking File
            changeTrackPath="disk-ctk.vmdk"

            # The Disk Data Base
            #DDB

            ddb.thinProvisioned = "1"
            ddb.encoding = "UTF-8"
            """
                .replace("\n", "\r\n"));

    assertThat(parsed.subformat()).isEqualTo(VmdkSubformat.VMFS);
    assertThat(parsed.contentId()).isEqualTo(0xfffffffeL);
    assertThat(parsed.extents())
        .containsExactly(
            new VmdkExtent(
                VmdkExtent.Access.RW, 1 << 20, VmdkExtent.Kind.VMFS, "disk-flat.vmdk", 0));
    assertThat(parsed.diskDatabase()).containsEntry("thinProvisioned", "1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          parentCID=ffffffff | parentCID=12345678                    | difference to a parent
          version=1          | version=1%encryptionKeys="x"          | encrypted
          version=1          | version=4                             | version 4
          monolithicFlat     | twoGbMaxExtentSparse                  | 'twoGbMaxExtentSparse'
          monolithicFlat     | fullDevice                            | 'fullDevice'
          RW                 | NOACCESS                              | gives no access
          FLAT               | ZERO                                  | kind ZERO
          layer-flat.vmdk    | /etc/shadow                           | outside the disk's folder
          layer-flat.vmdk    | ../other-flat.vmdk                    | outside the disk's folder
          RW 204800          | RW 8 FLAT "a-flat.vmdk" 0%RW 204800   | 2 extents
          """)
  void parse_whatIsNotSupported_isRefusedByName(String what, String instead, String message) {
    assertThatThrownBy(() -> VmdkDescriptor.parse(changed(what, instead)))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining(message.strip());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # Disk     | Disk                     | does not begin with
          version=1  | version=one              | version is 'one'
          createType | otherType                | no createType
          %CID=      | %CID=x                   | CID is
          RW 204800  | RW -1                    | no number of sectors
          RW 204800  | RW 0                     | empty
          RW 204800  | RW 999999999999999       | more than 62 TiB
          RW 204800  | # RW                     | no extent
          FLAT       | SPARSE                   | extent of kind SPARSE
          encoding=  | encoding                 | the line
          """)
  void parse_whatIsNoDescriptor_isCorrupt(String what, String instead, String message) {
    assertThatThrownBy(() -> VmdkDescriptor.parse(changed(what, instead)))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(message.strip());
  }

  private String changed(String what, String instead) {
    String changed =
        flat.render().replace(what.strip().replace('%', '\n'), instead.strip().replace('%', '\n'));
    assertThat(changed).isNotEqualTo(flat.render());
    return changed;
  }

  @Test
  void parse_tooLong_isCorrupt() {
    String text = flat.render() + "#\n".repeat(40_000);

    assertThatThrownBy(() -> VmdkDescriptor.parse(text))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("longer than");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "a/b", "a\\b", "a\"b", "a\nb"})
  void flat_badFileName_isMisuse(String name) {
    assertThatThrownBy(() -> VmdkDescriptor.flat(name, 512, CONTENT))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {-512, 0, 1, 513, (62L << 40) + 512})
  void flat_badCapacity_isMisuse(long capacity) {
    assertThatThrownBy(() -> VmdkDescriptor.flat("a-flat.vmdk", capacity, CONTENT))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
