package io.vic4j.testkit.vsphere;

import io.vic4j.core.SoapText;
import io.vic4j.core.VcSim;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** A VM's configuration as the API shows it to somebody else: asked for and read by hand. */
final class ShownVm {
  /** An element of an answer. */
  record Part(Element element) {
    /** Its {@code xsi:type}. */
    String type() {
      return element.getAttributeNS(XMLConstants.W3C_XML_SCHEMA_INSTANCE_NS_URI, "type");
    }

    /** Those of its children that have this name. */
    List<Part> all(String name) {
      List<Part> parts = new ArrayList<>();
      for (Node at = element.getFirstChild(); at != null; at = at.getNextSibling()) {
        if (at instanceof Element child && child.getLocalName().equals(name)) {
          parts.add(new Part(child));
        }
      }
      return parts;
    }

    /** What stands at the end of a path of names. */
    Optional<Part> at(String path) {
      Part at = this;
      for (String name : path.split("/", -1)) {
        List<Part> next = at.all(name);
        if (next.isEmpty()) {
          return Optional.empty();
        }
        at = next.get(0);
      }
      return Optional.of(at);
    }

    /** The text at the end of a path of names; empty if there is none. */
    String text(String path) {
      return at(path).map(part -> part.element().getTextContent()).orElse("");
    }
  }

  private final Part config;

  private ShownVm(Part config) {
    this.config = config;
  }

  /** The VM at an inventory path, without a leading slash. */
  static ShownVm read(VcSim sim, String inventoryPath) {
    try (SoapText soap = new SoapText(sim)) {
      soap.login(sim.password());
      String found =
          soap.call(
                  "FindByInventoryPath",
                  "SearchIndex",
                  "SearchIndex",
                  "<inventoryPath>" + SoapText.escaped(inventoryPath) + "</inventoryPath>")
              .body();
      String vm = SoapText.take("<returnval[^>]*>([^<]+)</returnval>", found);
      return new ShownVm(config(soap, vm));
    }
  }

  private static Part config(SoapText soap, String vm) {
    String answer =
        soap.call(
                "RetrieveProperties",
                "PropertyCollector",
                "propertyCollector",
                """
                <specSet><propSet><type>VirtualMachine</type><pathSet>config</pathSet></propSet>
                <objectSet><obj type="VirtualMachine">%s</obj></objectSet></specSet>
                """
                    .formatted(vm))
            .body();
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setNamespaceAware(true);
      Document document =
          factory.newDocumentBuilder().parse(new InputSource(new StringReader(answer)));
      return new Part((Element) document.getElementsByTagNameNS("*", "propSet").item(0))
          .at("val")
          .orElseThrow();
    } catch (ParserConfigurationException | SAXException | IOException e) {
      throw new AssertionError(answer, e);
    }
  }

  /** A text of the configuration, by its path. */
  String text(String path) {
    return config.text(path);
  }

  /** The devices of a type. */
  List<Part> devices(String type) {
    return config.at("hardware").orElseThrow().all("device").stream()
        .filter(device -> device.type().equals(type))
        .toList();
  }

  /** The extra configuration. */
  Map<String, String> extra() {
    Map<String, String> extra = new TreeMap<>();
    config.all("extraConfig").forEach(it -> extra.put(it.text("key"), it.text("value")));
    return extra;
  }
}
