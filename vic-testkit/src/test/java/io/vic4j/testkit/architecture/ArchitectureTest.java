package io.vic4j.testkit.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** What the conventions say of modules, packages and signatures, as rules. */
@AnalyzeClasses(packages = "io.vic4j", importOptions = ArchitectureTest.NoTests.class)
class ArchitectureTest {
  /** Leaves out test classes, in folders and in the jars of tests. */
  static final class NoTests implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return new ImportOption.DoNotIncludeTests().includes(location)
          && !location.contains("-tests.jar");
    }
  }

  @ArchTest
  static final ArchRule modulesDependInOneDirection =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("core")
          .definedBy("io.vic4j.core..")
          .layer("storage")
          .definedBy("io.vic4j.storage..")
          .layer("image")
          .definedBy("io.vic4j.image..")
          .layer("pod")
          .definedBy("io.vic4j.pod..")
          .layer("testkit")
          .definedBy("io.vic4j.testkit..")
          .whereLayer("testkit")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("pod")
          .mayOnlyBeAccessedByLayers("testkit")
          .whereLayer("image")
          .mayOnlyBeAccessedByLayers("pod", "testkit")
          .whereLayer("storage")
          .mayOnlyBeAccessedByLayers("image", "pod", "testkit")
          .withOptionalLayers(true);

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("io.vic4j.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule packagesAreNullMarked =
      classes()
          .should(
              new ArchCondition<JavaClass>("be in a @NullMarked package") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                    events.add(
                        SimpleConditionEvent.violated(
                            type, type.getPackageName() + " is not @NullMarked"));
                  }
                }
              });

  @ArchTest
  static final ArchRule publicSignaturesUseOnlyTheJdkAndOurTypes =
      classes()
          .that()
          .arePublic()
          .and()
          .resideOutsideOfPackages("io.vic4j.testkit..", "io.vic4j.core.vsphere.soap..")
          .should(
              new ArchCondition<JavaClass>("have signatures of JDK types and exported types") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  type.getCodeUnits().stream()
                      .filter(ArchitectureTest::isExported)
                      .forEach(unit -> checkSignature(type, unit, events));
                }
              });

  @ArchTest
  static final ArchRule onlyTheVsphereAdapterNamesYavijava =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.vic4j.core.vsphere..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.vmware..", "com.toastcoders..");

  @ArchTest
  static final ArchRule onlyANodeNeedsTheClusterAndAServer =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.vic4j.pod.kubernetes.node..", "io.vic4j.pod.kubernetes.kubelet..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.fabric8.kubernetes.client..",
              "io.netty..",
              "io.vic4j.pod.kubernetes.node..",
              "io.vic4j.pod.kubernetes.kubelet..");

  @ArchTest
  static final ArchRule onlyTheKubeletsApiNamesNetty =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.vic4j.pod.kubernetes.kubelet..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..");

  @ArchTest
  static final ArchRule nothingSleeps =
      noClasses().should().callMethod(Thread.class, "sleep", long.class);

  @ArchTest
  static final ArchRule onlyTheDemoPrintsOrExits =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.vic4j.testkit.demo..")
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err")
          .orShould()
          .callMethod(System.class, "exit", int.class);

  @ArchTest
  static final ArchRule systemPropertiesAreNoConfiguration =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.vic4j.testkit.demo..")
          .should()
          .callMethod(System.class, "getProperty", String.class)
          .orShould()
          .callMethod(System.class, "getProperty", String.class, String.class)
          .orShould()
          .callMethod(System.class, "setProperty", String.class, String.class);

  private static boolean isExported(JavaCodeUnit unit) {
    return unit.getModifiers().contains(JavaModifier.PUBLIC)
        || unit.getModifiers().contains(JavaModifier.PROTECTED);
  }

  private static void checkSignature(JavaClass owner, JavaCodeUnit unit, ConditionEvents events) {
    Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream())
        .flatMap(type -> type.getAllInvolvedRawTypes().stream())
        .map(JavaType::toErasure)
        .map(JavaClass::getBaseComponentType)
        .filter(type -> !isAllowed(type) && !isKubernetes(owner, type))
        .forEach(
            type ->
                events.add(
                    SimpleConditionEvent.violated(
                        unit, unit.getFullName() + " exposes " + type.getName())));
  }

  /** What speaks of Kubernetes' pods names the model that its users have; a node, the client. */
  private static boolean isKubernetes(JavaClass owner, JavaClass type) {
    String owners = owner.getPackageName();
    String types = type.getPackageName();
    return (owners.startsWith("io.vic4j.pod.kubernetes")
            && types.startsWith("io.fabric8.kubernetes.api.model"))
        || (owners.equals("io.vic4j.pod.kubernetes.node")
            && types.equals("io.fabric8.kubernetes.client"));
  }

  private static boolean isAllowed(JavaClass type) {
    return type.isPrimitive()
        || type.getPackageName().startsWith("java.")
        || type.getPackageName().startsWith("javax.")
        || (type.getPackageName().startsWith("io.vic4j")
            && type.getModifiers().contains(JavaModifier.PUBLIC));
  }
}
