package io.vic4j.core.vsphere;

import io.vic4j.core.datastore.DatastorePath;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * What the files of a datastore are called: in the API {@code [datastore] folder/file}, over HTTP
 * {@code /folder/folder/file?dcPath=…&dsName=…} (vSphere Web Services SDK Programming Guide, "HTTP
 * Access to vSphere Server Files").
 */
final class FileAddresses {
  private final URI server;
  private final String datacenterPath;
  private final String datastore;
  private final DatastorePath root;

  FileAddresses(URI server, Site site, DatastorePath root) {
    this.server = server;
    this.datacenterPath = site.datacenterPath();
    this.datastore = site.datastoreName();
    this.root = root;
  }

  /** The datastore's name. */
  String datastore() {
    return datastore;
  }

  /** Where in the datastore a path of the port is. */
  DatastorePath absolute(DatastorePath path) {
    return path.isRoot() ? root : root.resolve(path.toString());
  }

  /** What the API calls a path of the port. */
  String text(DatastorePath path) {
    return absoluteText(absolute(path));
  }

  /** What the API calls a place in the datastore; its top for the root. */
  String absoluteText(DatastorePath absolute) {
    return "[" + datastore + "] " + absolute;
  }

  /** A place in the datastore, of which the API has spoken. */
  static DatastorePath parse(String text) {
    int end = text.indexOf("] ");
    return DatastorePath.parse(end < 0 ? text : text.substring(end + 2));
  }

  /** Where HTTP finds a place in the datastore. */
  URI url(DatastorePath absolute) {
    StringBuilder url = new StringBuilder();
    url.append("https://").append(server.getRawAuthority()).append("/folder");
    absolute.names().forEach(name -> url.append('/').append(encode(name)));
    url.append("?dcPath=").append(encode(datacenterPath));
    url.append("&dsName=").append(encode(datastore));
    return URI.create(url.toString());
  }

  /** A text in a path or a query: all that is not unreserved is written by its bytes (RFC 3986). */
  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A");
  }
}
