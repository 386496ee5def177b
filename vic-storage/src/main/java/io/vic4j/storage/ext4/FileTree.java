package io.vic4j.storage.ext4;

import io.vic4j.storage.ext4.Ext4LimitException.Limit;
import io.vic4j.storage.ext4.NodeTable.Content;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Names and nodes as one tree: what is where, how many links it has, and what goes with it. */
final class FileTree {
  private final NodeTable nodes;
  private final NameTable names;
  private final XattrTable xattrs;
  private final ContentWriter contents;

  FileTree(NodeTable nodes, NameTable names, XattrTable xattrs, ContentWriter contents) {
    this.nodes = nodes;
    this.names = names;
    this.xattrs = xattrs;
    this.contents = contents;
  }

  /** Makes the root directory. */
  void addRoot(Ext4Attributes attributes) {
    int root = nodes.init(Layout.Inode.ROOT, Ext4FileType.DIRECTORY);
    nodes.setContent(root, Content.NAMES, 0, 0);
    nodes.setAttributes(root, attributes, xattrs.acquire(attributes.xattrs()));
    nodes.addLinks(root, 2);
  }

  /** The node of this name in a directory, 0 if there is none. */
  int find(int directory, byte[] name) {
    requireDirectory(directory);
    return names.node(names.find(directory, name));
  }

  List<byte[]> names(int directory) {
    requireDirectory(directory);
    int[] entries = names.list(nodes.data(directory));
    names.sortByName(entries, 0, entries.length);
    List<byte[]> result = new ArrayList<>(entries.length);
    for (int entry : entries) {
      result.add(names.name(entry));
    }
    return result;
  }

  /** Checks all there is to check before a name is given to something. */
  void requireNew(int parent, byte[] name) {
    requireDirectory(parent);
    checkName(name);
    if (names.find(parent, name) != 0) {
      throw new IllegalArgumentException(
          "directory " + parent + " has a '" + text(name) + "' already: remove it first");
    }
  }

  /** Makes a node with its first name, which {@link #requireNew} has checked. */
  int add(int parent, byte[] name, Ext4FileType type, Ext4Attributes attributes) {
    int set = xattrs.acquire(attributes.xattrs());
    int node = nodes.add(type);
    nodes.setAttributes(node, attributes, set);
    enter(parent, name, node);
    if (type == Ext4FileType.DIRECTORY) {
      nodes.setContent(node, Content.NAMES, 0, 0);
      nodes.addLinks(node, 1);
      nodes.addLinks(parent, 1);
    }
    return node;
  }

  void link(int parent, byte[] name, int node) {
    requireNode(node);
    requireNew(parent, name);
    if (nodes.type(node) == Ext4FileType.DIRECTORY) {
      throw new IllegalArgumentException("a directory has one name only, and " + node + " is one");
    }
    if (nodes.links(node) == Layout.Inode.MAX_LINKS) {
      throw new Ext4LimitException(
          Limit.LINKS, "a file has more than " + Layout.Inode.MAX_LINKS + " names");
    }
    enter(parent, name, node);
  }

  private void enter(int parent, byte[] name, int node) {
    nodes.setData(parent, names.add(parent, nodes.data(parent), name, node));
    nodes.addLinks(node, 1);
  }

  void setAttributes(int node, Ext4Attributes attributes) {
    requireNode(node);
    int set = xattrs.acquire(attributes.xattrs());
    xattrs.release(nodes.xattrs(node));
    nodes.setAttributes(node, attributes, set);
  }

  Ext4Attributes attributes(int node) {
    requireNode(node);
    return nodes.attributes(node, xattrs.decode(nodes.xattrs(node)));
  }

  void remove(int parent, byte[] name) {
    requireDirectory(parent);
    int entry = names.find(parent, name);
    if (entry == 0) {
      throw new IllegalArgumentException("directory " + parent + " has no '" + text(name) + "'");
    }
    int node = names.node(entry);
    nodes.setData(parent, names.remove(entry, nodes.data(parent)));
    if (nodes.type(node) == Ext4FileType.DIRECTORY) {
      nodes.addLinks(parent, -1);
      removeDirectory(node);
    } else {
      unlink(node);
    }
  }

  /** Removes a directory with all that is in it, however deep. */
  private void removeDirectory(int top) {
    int[] stack = {top};
    int depth = 1;
    while (depth > 0) {
      int directory = stack[--depth];
      int head = nodes.data(directory);
      while (head != 0) {
        int node = names.node(head);
        head = names.remove(head, head);
        if (nodes.type(node) == Ext4FileType.DIRECTORY) {
          if (depth == stack.length) {
            stack = Arrays.copyOf(stack, depth * 2);
          }
          stack[depth++] = node;
        } else {
          unlink(node);
        }
      }
      free(directory);
    }
  }

  private void unlink(int node) {
    nodes.addLinks(node, -1);
    if (nodes.links(node) == 0) {
      free(node);
    }
  }

  private void free(int node) {
    contents.release(node);
    xattrs.release(nodes.xattrs(node));
    nodes.release(node);
  }

  Ext4FileType type(int node) {
    requireNode(node);
    return nodes.type(node);
  }

  private void requireNode(int node) {
    if (!nodes.has(node)) {
      throw new IllegalArgumentException("there is no node " + node);
    }
  }

  private void requireDirectory(int node) {
    requireNode(node);
    if (nodes.type(node) != Ext4FileType.DIRECTORY) {
      throw new IllegalArgumentException("node " + node + " is no directory");
    }
  }

  private static void checkName(byte[] name) {
    if (name.length == 0 || name.length > Layout.MAX_NAME_BYTES) {
      throw new Ext4LimitException(
          Limit.NAME, "a name has 1 to 255 bytes, but '" + text(name) + "' has " + name.length);
    }
    boolean dots = name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
    if (dots) {
      throw new Ext4LimitException(Limit.NAME, "'" + text(name) + "' cannot be a name");
    }
    for (byte b : name) {
      if (b == '/' || b == 0) {
        throw new Ext4LimitException(
            Limit.NAME, "a name has no slash and no NUL, but '" + text(name) + "' has");
      }
    }
  }

  /** A name for messages: what is not printable ASCII is escaped. */
  private static String text(byte[] name) {
    StringBuilder text = new StringBuilder();
    for (byte b : name) {
      if (b >= ' ' && b < 0x7F) {
        text.append((char) b);
      } else {
        text.append(String.format("\\x%02x", b));
      }
    }
    return text.toString();
  }
}
