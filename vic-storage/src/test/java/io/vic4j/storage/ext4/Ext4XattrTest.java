package io.vic4j.storage.ext4;

import static io.vic4j.storage.ext4.Ext4Image.DIRECTORY;
import static io.vic4j.storage.ext4.Ext4Image.FILE;
import static io.vic4j.storage.ext4.Ext4Image.bytes;
import static io.vic4j.storage.ext4.Ext4Image.file;
import static io.vic4j.storage.ext4.Ext4Image.layer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.vic4j.core.ForeignTool;
import io.vic4j.core.InvalidArgumentException;
import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Ext4XattrTest {
  /** cap_net_raw=ep, as setcap writes it; revision 2, with bytes beyond ASCII. */
  private static final byte[] CAPABILITY =
      HexFormat.of().parseHex("0100000200200000ff80000000000000000000ee");

  /** user::rw-, user:1000:rwx, group::r--, mask::rwx, other::r--, as getxattr gives it. */
  private static final byte[] ACL =
      HexFormat.of()
          .parseHex(
              "02000000"
                  + "01000600ffffffff"
                  + "02000700e8030000"
                  + "04000400ffffffff"
                  + "10000700ffffffff"
                  + "20000400ffffffff");

  @TempDir Path folder;

  private static Ext4Attributes with(String name, byte[] value) {
    return FILE.withXattrs(Ext4Xattrs.none().with(name, value));
  }

  private static void fileWith(Ext4Writer writer, String name, Ext4Attributes attributes) {
    writer.beginFile(writer.root(), bytes(name), attributes);
    writer.endFile();
  }

  @Test
  void smallAttribute_standsInTheInode() {
    Path image =
        Ext4Image.make(
            folder, layer(), w -> fileWith(w, "f", with("security.capability", CAPABILITY)));

    assertThat(Ext4Judge.debugfsText(image, "stat /f")).contains("File ACL: 0", "(20)");
    Ext4Judge.mounted(
        image,
        root ->
            assertThat(getfattr(root.resolve("f")))
                .contains("security.capability=0x" + HexFormat.of().formatHex(CAPABILITY)));
  }

  private static String getfattr(Path file) {
    return ForeignTool.named("getfattr")
        .check("-d", "-m", "-", "-e", "hex", "--absolute-names", file)
        .text();
  }

  @Test
  void manyAttributes_spillIntoABlock() {
    Ext4Xattrs xattrs =
        Ext4Xattrs.none()
            .with("user.long", new byte[3000])
            .with("user.empty", new byte[0])
            .with("user.odd", bytes("abc"))
            .with("trusted.overlay.opaque", bytes("y"))
            .with("security.capability", CAPABILITY)
            .with("user." + "n".repeat(250), bytes("v"));

    Path image = Ext4Image.make(folder, layer(), w -> fileWith(w, "f", FILE.withXattrs(xattrs)));

    Ext4Judge.mounted(
        image,
        root -> {
          String all = getfattr(root.resolve("f"));
          for (String name : xattrs.names()) {
            String value = HexFormat.of().formatHex(xattrs.value(name).orElseThrow());
            assertThat(all).containsPattern(name + "=(0x|\"\")?" + value + "\n");
          }
        });
  }

  @Test
  void accessControlLists_areThoseOfTheKernel() {
    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              fileWith(w, "f", with("system.posix_acl_access", ACL).withPermissions(0674));
              w.makeDirectory(
                  w.root(),
                  bytes("d"),
                  DIRECTORY.withXattrs(Ext4Xattrs.none().with("system.posix_acl_default", ACL)));
            });

    Ext4Judge.mounted(
        image,
        root -> {
          assertThat(acl(root.resolve("f")))
              .contains("user::rw-\nuser:1000:rwx\ngroup::r--\nmask::rwx\nother::r--");
          assertThat(acl(root.resolve("d"))).contains("default:user:1000:rwx");
        });
  }

  private static String acl(Path file) {
    return ForeignTool.named("getfacl").check("-n", "--absolute-names", file).text();
  }

  @Test
  void equalSets_shareBlocks() {
    Ext4Attributes attributes = with("user.text", new byte[200]);

    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              for (int i = 0; i < 2500; i++) {
                fileWith(w, "f" + i, attributes);
              }
              w.remove(w.root(), bytes("f1"));
              w.setAttributes(w.find(w.root(), bytes("f2")).getAsInt(), FILE);
            });

    assertThat(fileAcl(image, "f0")).isEqualTo(fileAcl(image, "f1000"));
    assertThat(fileAcl(image, "f0")).isNotEqualTo(fileAcl(image, "f2499"));
    assertThat(fileAcl(image, "f2")).isEqualTo("0");
  }

  @Test
  void manyDifferentSets_areKeptApart() {
    Path image =
        Ext4Image.make(
            folder,
            layer(),
            w -> {
              for (int i = 0; i < 1000; i++) {
                fileWith(w, "f" + i, with("user.n", bytes("value-" + i % 500)));
              }
            });

    Ext4Judge.mounted(
        image,
        root -> {
          for (int i = 0; i < 1000; i += 37) {
            assertThat(
                    ForeignTool.named("getfattr")
                        .check("--only-values", "-n", "user.n", root.resolve("f" + i))
                        .text())
                .isEqualTo("value-" + i % 500);
          }
        });
  }

  @Test
  void values_areComparedByContent() {
    Ext4Xattrs one = Ext4Xattrs.none().with("user.b", bytes("2")).with("user.a", bytes("1"));
    Ext4Xattrs other = Ext4Xattrs.none().with("user.a", bytes("1")).with("user.b", bytes("2"));

    assertThat(one).isEqualTo(other).hasSameHashCodeAs(other).hasToString("{user.a=31, user.b=32}");
    assertThat(one.without("user.a")).isNotEqualTo(one);
    assertThat(one.without("user.a").without("user.b")).isEqualTo(Ext4Xattrs.none());
    assertThat(one.without("user.c")).isSameAs(one);
    assertThat(one.with("user.a", bytes("3"))).isNotEqualTo(other);
  }

  private static String fileAcl(Path image, String name) {
    String stat = Ext4Judge.debugfsText(image, "stat /" + name);
    return stat.replaceAll("(?s).*File ACL: (\\d+).*", "$1");
  }

  @Test
  void attributes_areGivenBack() {
    Ext4Attributes given =
        FILE.withXattrs(
            Ext4Xattrs.none()
                .with("user.a", bytes("1"))
                .with("system.posix_acl_access", ACL)
                .with("trusted.b", new byte[3000]));

    Ext4Image.make(
        folder,
        layer(),
        w -> {
          fileWith(w, "f", given);
          int node = w.find(w.root(), bytes("f")).getAsInt();
          assertThat(w.attributes(node)).isEqualTo(given);
        });
  }

  @Test
  void unknownPrefix_isRefused() {
    assertRefused("com.apple.quarantine", bytes("x"));
  }

  @Test
  void moreThanABlock_isRefused() {
    assertRefused("user.large", new byte[4096]);
  }

  @Test
  void longName_isRefused() {
    assertRefused("user." + "x".repeat(256), bytes("x"));
  }

  @Test
  void brokenAccessControlList_isRefused() {
    assertRefused("system.posix_acl_access", bytes("no list"));
  }

  @Test
  void accessControlListWithUnknownTag_isRefused() {
    assertRefused("system.posix_acl_access", HexFormat.of().parseHex("0200000003000600ffffffff"));
  }

  private void assertRefused(String name, byte[] value) {
    Ext4Image.make(
        folder,
        layer(),
        w -> {
          assertThatThrownBy(() -> fileWith(w, "f", with(name, value)))
              .isInstanceOf(InvalidArgumentException.class)
              .asInstanceOf(type(Ext4LimitException.class))
              .extracting(Ext4LimitException::limit)
              .isEqualTo(Limit.XATTRS);
          file(w, w.root(), "other", bytes("goes on"));
        });
  }
}
