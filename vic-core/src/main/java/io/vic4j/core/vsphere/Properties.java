package io.vic4j.core.vsphere;

import com.vmware.vim25.DynamicProperty;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.MissingProperty;
import com.vmware.vim25.ObjectContent;
import com.vmware.vim25.ObjectSpec;
import com.vmware.vim25.PropertyFilterSpec;
import com.vmware.vim25.PropertySpec;
import com.vmware.vim25.RetrieveOptions;
import com.vmware.vim25.RetrieveResult;
import io.vic4j.core.NotFoundException;
import io.vic4j.core.VicException;
import io.vic4j.core.vsphere.soap.SoapFault;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads properties of managed objects. */
final class Properties {
  private final VimSession session;

  Properties(VimSession session) {
    this.session = session;
  }

  /**
   * What was read of one object, by the properties' paths; those that are not set are not there.
   */
  static Map<String, Object> of(ObjectContent content) {
    Map<String, Object> values = new LinkedHashMap<>();
    if (content.getPropSet() != null) {
      for (DynamicProperty property : content.getPropSet()) {
        if (property.getVal() != null) {
          values.put(property.getName(), property.getVal());
        }
      }
    }
    return values;
  }

  /**
   * Properties of one object.
   *
   * @throws NotFoundException if it is not there
   * @throws VicException if one of them cannot be read
   */
  Map<String, Object> of(ManagedObjectReference object, String... paths) {
    List<ObjectContent> found = read(List.of(object), object.getType(), List.of(paths), false);
    if (found.isEmpty()) {
      throw new NotFoundException(Moref.kind(object), object.getVal());
    }
    MissingProperty[] missing = found.get(0).getMissingSet();
    if (missing != null && missing.length > 0) {
      throw VimFaults.translate(
          SoapFault.of(missing[0].getFault()),
          "look at " + missing[0].getPath() + " of " + Moref.text(object));
    }
    return of(found.get(0));
  }

  /**
   * Properties of several objects of one type, or of types that extend it.
   *
   * @throws NotFoundException if one of them is not there
   */
  List<ObjectContent> of(List<ManagedObjectReference> objects, String type, List<String> paths) {
    return objects.isEmpty() ? List.of() : read(objects, type, paths, false);
  }

  /** Properties of those among these objects that are there. */
  List<ObjectContent> ofThoseThere(
      List<ManagedObjectReference> objects, String type, List<String> paths) {
    return read(objects, type, paths, true);
  }

  private List<ObjectContent> read(
      List<ManagedObjectReference> objects, String type, List<String> paths, boolean mayMiss) {
    PropertyFilterSpec filter = new PropertyFilterSpec();
    filter.setPropSet(new PropertySpec[] {PropertyWatch.properties(type, paths)});
    filter.setObjectSet(
        objects.stream()
            .map(
                object -> {
                  ObjectSpec spec = new ObjectSpec();
                  spec.setObj(object);
                  return spec;
                })
            .toArray(ObjectSpec[]::new));
    filter.setReportMissingObjectsInResults(mayMiss);
    return all("look at " + Moref.kind(objects.get(0)), filter);
  }

  /**
   * All that a filter selects, however many answers that takes.
   *
   * @param what what it is for, for messages
   */
  List<ObjectContent> all(String what, PropertyFilterSpec filter) {
    ManagedObjectReference collector = session.content().getPropertyCollector();
    List<ObjectContent> all = new ArrayList<>();
    RetrieveResult page =
        session.call(
            what,
            vim ->
                vim.retrievePropertiesEx(
                    collector, new PropertyFilterSpec[] {filter}, new RetrieveOptions()));
    while (page != null) {
      if (page.getObjects() != null) {
        all.addAll(List.of(page.getObjects()));
      }
      page = next(what, collector, page.getToken());
    }
    return all;
  }

  private @Nullable RetrieveResult next(
      String what, ManagedObjectReference collector, @Nullable String token) {
    return token == null || token.isEmpty()
        ? null
        : session.call(what, vim -> vim.continueRetrievePropertiesEx(collector, token));
  }
}
