package io.shardkeeper.house;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.domain.Source;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.shardkeeper.core.ledger.Subscription;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Who may import whom, and what nobody may do; each rule with its reason. */
final class HouseRulesTest {
  private static final JavaClasses HOUSE = new ClassFileImporter()
      .withImportOption(new ImportOption.DoNotIncludeTests())
      .importPackages("io.shardkeeper");

  /** Everything that decides: it runs in a simulation, on one thread, with a clock that is turned by hand. */
  private static final JavaClasses DECIDING = HOUSE.that(
      are(not(resideInAnyPackage("io.shardkeeper.zookeeper..", "io.shardkeeper.engine.."))));

  /** Where the outside begins. */
  private static final String ADAPTER = "io.shardkeeper.zookeeper..";

  /** Where threads are made. */
  private static final String ENGINE = "io.shardkeeper.engine..";

  /** Handlers that are ready, and what they are made of. */
  private static final String READY = "io.shardkeeper.handlers..";

  /** Where they have to do with the world: with hosts, and with processes. They are called in no simulation, and measure how long a call takes. */
  private static final String CALLS = "io.shardkeeper.handlers.http..";

  private static final String COMMANDS = "io.shardkeeper.handlers.command..";

  private static final String PROCESSES = "io.shardkeeper.handlers.process..";

  /** A process, and no library: it speaks to whoever started it. */
  private static final String AGENT = "io.shardkeeper.agent";

  private static final String CONFIG = "io.shardkeeper.config";

  private static final String[] API = {
    "io.shardkeeper.calendar",
    "io.shardkeeper.client",
    "io.shardkeeper.cron",
    "io.shardkeeper.handler",
    "io.shardkeeper.job",
    "io.shardkeeper.listener",
    "io.shardkeeper.routing",
    "io.shardkeeper.run",
    "io.shardkeeper.text",
    "io.shardkeeper.time",
    "io.shardkeeper.trigger",
    "io.shardkeeper.view"
  };

  @Test
  void theHouseIsThere() {
    // A rule about nothing holds: make sure that there is something.
    assertThat(HOUSE).hasSizeGreaterThan(50);
  }

  @Test
  void theApiDependsOnNothing() {
    classes()
        .that()
        .resideInAnyPackage(API)
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(API)
            .or(resideInAnyPackage("java..", "org.slf4j..", "org.jspecify.."))
            .or(primitives()))
        .because("whatever the API brings along, every application has to live with")
        .check(HOUSE);
  }

  @Test
  void theCoreKnowsOfNoOutside() {
    classes()
        .that()
        .resideInAPackage("io.shardkeeper.core..")
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(API)
            .or(resideInAnyPackage(
                "io.shardkeeper.core..",
                "java..",
                "org.slf4j..",
                "org.jspecify..",
                "com.google.gson.."))
            .or(primitives()))
        .because("the core runs in a simulation: no ZooKeeper, no Netty, no files")
        .check(HOUSE);
  }

  @Test
  void theConfigurationIsMadeOfTexts() {
    classes()
        .that()
        .resideInAPackage(CONFIG)
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(API)
            .or(resideInAnyPackage(CONFIG, "java..", "org.jspecify.."))
            .or(primitives()))
        .because("it describes an application, and knows nothing of what is made of that")
        .check(HOUSE);
    noClasses()
        .that()
        .resideInAPackage(CONFIG)
        .should()
        .dependOnClassesThat()
        .haveNameMatching("java\\.io\\.File.*|java\\.nio\\.file\\.Files|java\\.net\\..*")
        .orShould()
        .callMethodWhere(named("java.lang.System", "get"))
        .because("where settings lie is looked up in one place, and handed in")
        .check(HOUSE);
  }

  @Test
  void nobodyButTheAdapterKnowsZooKeeper() {
    noClasses()
        .that(are(not(resideInAPackage(ADAPTER))))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.zookeeper..", "org.apache.curator..")
        .because("another registry has to be one more adapter, and no other change")
        .check(HOUSE);
    noClasses()
        .that(are(not(resideInAnyPackage(ADAPTER, CALLS))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..")
        .because("who speaks to other hosts does so in one place, where it is checked with whom")
        .check(HOUSE);
  }

  @Test
  void typesOfCuratorStayInside() {
    noMethods()
        .that()
        .arePublic()
        .and()
        .areDeclaredInClassesThat()
        .resideInAPackage(ADAPTER)
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .should()
        .haveRawReturnType(resideInAnyPackage("org.apache.."))
        .orShould()
        .haveRawParameterTypes(DescribedPredicate.describe(
            "of ZooKeeper or Curator",
            types ->
                types.stream().anyMatch(type -> type.getPackageName().startsWith("org.apache"))))
        .because("who uses the adapter must not have to know what it is made of")
        .check(HOUSE);
  }

  @Test
  void onlyTheStoredFormKnowsJson() {
    noClasses()
        .that(are(not(resideInAnyPackage(
            "io.shardkeeper.core.definition..",
            "io.shardkeeper.core.history..",
            "io.shardkeeper.core.json..",
            "io.shardkeeper.core.layout..",
            "io.shardkeeper.core.mail..",
            "io.shardkeeper.core.assign..",
            "io.shardkeeper.core.books..",
            "io.shardkeeper.core.coordinator..",
            // The file of an instance is read here; the package itself, and none below it.
            "io.shardkeeper.handlers"))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.google.gson..")
        .because("what decides works on values; how they are written is one place's business")
        .check(HOUSE);
  }

  @Test
  void packagesOfTheApiStandInFloors() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("io.shardkeeper..")
        .layer("text")
        .definedBy("io.shardkeeper.text")
        .layer("time")
        .definedBy("io.shardkeeper.time")
        .layer("cron")
        .definedBy("io.shardkeeper.cron")
        .layer("calendar")
        .definedBy("io.shardkeeper.calendar")
        .layer("run")
        .definedBy("io.shardkeeper.run")
        .layer("trigger")
        .definedBy("io.shardkeeper.trigger")
        .layer("job")
        .definedBy("io.shardkeeper.job")
        .layer("handler")
        .definedBy("io.shardkeeper.handler")
        .layer("view")
        .definedBy("io.shardkeeper.view")
        .layer("client")
        .definedBy("io.shardkeeper.client")
        .layer("listener")
        .definedBy("io.shardkeeper.listener")
        .layer("core")
        .definedBy("io.shardkeeper.core..")
        .layer("config")
        .definedBy(CONFIG)
        .layer("adapter")
        .definedBy(ADAPTER)
        .layer("log")
        .definedBy("io.shardkeeper.log")
        .layer("logback")
        .definedBy("io.shardkeeper.logback")
        .layer("engine")
        .definedBy(ENGINE)
        .layer("ready")
        .definedBy(READY)
        .layer("agent")
        .definedBy(AGENT)
        .whereLayer("time")
        .mayOnlyBeAccessedByLayers("trigger")
        .whereLayer("cron")
        .mayOnlyBeAccessedByLayers("trigger", "core", "config")
        .whereLayer("calendar")
        .mayOnlyBeAccessedByLayers("trigger", "core", "engine")
        .whereLayer("trigger")
        .mayOnlyBeAccessedByLayers("job", "view", "client", "core", "config")
        .whereLayer("job")
        .mayOnlyBeAccessedByLayers("handler", "view", "client", "core", "config", "engine", "ready")
        .whereLayer("handler")
        .mayOnlyBeAccessedByLayers("core", "engine", "ready", "agent")
        .layer("adapter")
        .definedBy(ADAPTER)
        .layer("engine")
        .definedBy(ENGINE)
        .whereLayer("client")
        .mayOnlyBeAccessedByLayers("core", "engine")
        .whereLayer("view")
        .mayOnlyBeAccessedByLayers("client", "listener", "core", "engine")
        .whereLayer("listener")
        .mayOnlyBeAccessedByLayers("core", "engine")
        .whereLayer("core")
        .mayOnlyBeAccessedByLayers("adapter", "log", "logback", "engine", "ready")
        .whereLayer("log")
        .mayOnlyBeAccessedByLayers("engine")
        .whereLayer("logback")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("config")
        .mayOnlyBeAccessedByLayers("adapter", "engine", "ready", "agent")
        .whereLayer("adapter")
        .mayOnlyBeAccessedByLayers("engine", "agent")
        .whereLayer("engine")
        .mayOnlyBeAccessedByLayers("agent")
        .whereLayer("ready")
        .mayOnlyBeAccessedByLayers("agent")
        .whereLayer("agent")
        .mayNotBeAccessedByAnyLayer()
        .because("a floor is understood with what lies below it, and without what lies above")
        .check(HOUSE);
    slices().matching("io.shardkeeper.(**)").should().beFreeOfCycles().check(HOUSE);
  }

  @Test
  void whatIsReadyIsMadeOfTheApi() {
    noClasses()
        .that()
        .resideInAPackage(READY)
        .should()
        .dependOnClassesThat(resideInAPackage("io.shardkeeper.core..")
            .and(are(not(resideInAPackage("io.shardkeeper.core.json")))))
        .because(
            "a handler can do what any application could; of the core it takes how a file is read")
        .check(HOUSE);
    noClasses()
        .that()
        .resideInAPackage("io.shardkeeper.handlers.fields..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.shardkeeper.handlers", CALLS, COMMANDS, PROCESSES)
        .because("texts with places in them are the same, whatever is made of them")
        .check(HOUSE);
    classes()
        .that()
        .resideInAPackage(PROCESSES)
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(
                PROCESSES, "io.shardkeeper.text", "java..", "org.slf4j..", "org.jspecify..")
            .or(primitives()))
        .because("how a program is held and ended is the same, whoever wants it run")
        .check(HOUSE);
  }

  @Test
  void timeIsAnArgument() {
    noClasses()
        .should()
        .callMethodWhere(named("java.time.", "now"))
        .orShould()
        .callMethodWhere(named("java.time.Clock", "system"))
        .orShould()
        .callMethodWhere(named("java.lang.System", "currentTimeMillis"))
        .orShould()
        .callMethodWhere(named("java.util.TimeZone", "getDefault"))
        .orShould()
        .callMethodWhere(named("java.time.ZoneId", "systemDefault"))
        .because(
            "what reads a clock cannot be played again, and what reads the machine's zone differs from its neighbour")
        .check(DECIDING);
    noClasses()
        .should()
        .callMethodWhere(named("java.lang.System", "nanoTime"))
        .because(
            "what reads a clock cannot be played again; only what deals with hosts and processes has deadlines of its own")
        .check(DECIDING.that(are(not(resideInAnyPackage(CALLS, PROCESSES)))));
  }

  @Test
  void threadsAreGiven() {
    noClasses()
        .should()
        .dependOnClassesThat(type(Thread.class))
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.concurrent.Executors")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.Timer")
        .orShould()
        .callMethodWhere(named("java.util.concurrent.CompletableFuture", "supplyAsync"))
        .orShould()
        .callMethodWhere(named("java.util.concurrent.CompletableFuture", "runAsync"))
        .orShould()
        .callMethodWhere(named("java.util.Collection", "parallelStream"))
        .because("a simulation has one thread, and an application wants to know all of them")
        .check(DECIDING.that(are(not(resideInAnyPackage(CALLS, PROCESSES, AGENT)))));
  }

  @Test
  void threadsAreMadeInOnePlace() {
    noClasses()
        .that(are(not(resideInAPackage(ENGINE))))
        // A server of its own lives on threads of its own, which it has to end.
        .and(are(not(nameMatching(".*EmbeddedZooKeeper.*"))))
        // So do sockets and processes that handlers open, which are no part of an engine; and a
        // process that is asked to end waits on one.
        .and(are(not(resideInAnyPackage(CALLS, PROCESSES, AGENT))))
        .should()
        .callConstructorWhere(DescribedPredicate.describe(
            "new threads",
            call -> Stream.of(Thread.class, ThreadPoolExecutor.class, ForkJoinPool.class)
                .anyMatch(maker -> call.getTargetOwner().isAssignableTo(maker))))
        .because("who wants to know all threads of an engine reads one package")
        .check(HOUSE);
    noClasses()
        .that()
        .resideInAnyPackage(ENGINE, CALLS, PROCESSES, AGENT)
        .should()
        .callMethodWhere(named("java.lang.Thread", "sleep"))
        .orShould()
        .callMethodWhere(named("java.lang.System", "currentTimeMillis"))
        .orShould()
        .callMethodWhere(named("java.lang.Object", "wait"))
        .because("what sleeps cannot be woken, and a wall clock that is set must end no wait")
        .check(HOUSE);
  }

  @Test
  void theAdapterGetsItsThreadsToo() {
    noClasses()
        .that()
        .resideInAPackage(ADAPTER)
        // A server of its own lives on threads of its own, which it has to end.
        .and(are(not(nameMatching(".*EmbeddedZooKeeper.*"))))
        .should()
        .callConstructorWhere(DescribedPredicate.describe(
            "new Thread", call -> call.getTargetOwner().isAssignableTo(Thread.class)))
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.concurrent.Executors")
        .orShould()
        .callMethodWhere(named("java.lang.Thread", "sleep"))
        .orShould()
        .callMethodWhere(named("java.lang.System", "currentTimeMillis"))
        .because(
            "an application wants to know all its threads; and a wall clock that is set must end no session")
        .check(HOUSE);
  }

  @Test
  void theCoreStandsInFloors() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("io.shardkeeper.core..")
        .layer("json")
        .definedBy("io.shardkeeper.core.json")
        .layer("definition")
        .definedBy("io.shardkeeper.core.definition")
        .layer("ledger")
        .definedBy("io.shardkeeper.core.ledger")
        .layer("adapters")
        .definedBy("io.shardkeeper.core.ledger.adapter")
        .layer("memory")
        .definedBy("io.shardkeeper.core.ledger.memory")
        .layer("loop")
        .definedBy("io.shardkeeper.core.loop")
        .layer("layout")
        .definedBy("io.shardkeeper.core.layout")
        .layer("history")
        .definedBy("io.shardkeeper.core.history")
        .layer("coordinator")
        .definedBy("io.shardkeeper.core.coordinator")
        .layer("mail")
        .definedBy("io.shardkeeper.core.mail")
        .layer("assign")
        .definedBy("io.shardkeeper.core.assign")
        .layer("execution")
        .definedBy("io.shardkeeper.core.execution")
        .layer("books")
        .definedBy("io.shardkeeper.core.books")
        .layer("desk")
        .definedBy("io.shardkeeper.core.desk")
        .layer("plan")
        .definedBy("io.shardkeeper.core.plan")
        .layer("engine")
        .definedBy("io.shardkeeper.core.engine")
        .layer("instance")
        .definedBy("io.shardkeeper.core.instance")
        .layer("post")
        .definedBy("io.shardkeeper.core.post")
        .layer("client")
        .definedBy("io.shardkeeper.core.client")
        .whereLayer("json")
        .mayOnlyBeAccessedByLayers(
            "mail",
            "definition",
            "coordinator",
            "layout",
            "history",
            "assign",
            "books",
            "client",
            "engine")
        .whereLayer("definition")
        .mayOnlyBeAccessedByLayers("desk", "plan", "engine", "instance", "client")
        .whereLayer("ledger")
        .mayOnlyBeAccessedByLayers(
            "mail",
            "adapters",
            "memory",
            "coordinator",
            "loop",
            "layout",
            "history",
            "assign",
            "books",
            "desk",
            "plan",
            "engine",
            "instance",
            "post",
            "client",
            "json",
            "execution")
        .whereLayer("adapters")
        .mayOnlyBeAccessedByLayers("memory")
        .whereLayer("memory")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("coordinator")
        .mayOnlyBeAccessedByLayers("books", "desk", "plan", "engine")
        .whereLayer("loop")
        .mayOnlyBeAccessedByLayers("execution", "engine", "instance", "post", "client")
        .whereLayer("layout")
        .mayOnlyBeAccessedByLayers(
            "mail",
            "assign",
            "history",
            "execution",
            "books",
            "desk",
            "plan",
            "engine",
            "instance",
            "post",
            "client")
        .whereLayer("mail")
        .mayOnlyBeAccessedByLayers(
            "execution", "books", "desk", "plan", "engine", "instance", "post", "client")
        .whereLayer("assign")
        .mayOnlyBeAccessedByLayers("books", "desk", "plan", "client")
        .whereLayer("history")
        .mayOnlyBeAccessedByLayers("books", "desk", "plan", "engine", "client")
        .whereLayer("execution")
        .mayOnlyBeAccessedByLayers("instance")
        .whereLayer("books")
        .mayOnlyBeAccessedByLayers("desk", "plan", "engine", "client")
        .whereLayer("desk")
        .mayOnlyBeAccessedByLayers("plan", "engine")
        .whereLayer("plan")
        .mayOnlyBeAccessedByLayers("engine", "client")
        .whereLayer("engine")
        .mayOnlyBeAccessedByLayers("instance", "post", "client")
        .whereLayer("instance")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("post")
        .mayOnlyBeAccessedByLayers("client")
        .whereLayer("client")
        .mayNotBeAccessedByAnyLayer()
        .because("the ledger knows no jobs, and what decides does not act")
        .check(HOUSE);
  }

  @Test
  void whatRunsHandlersKnowsNoLedger() {
    noClasses()
        .that()
        .resideInAPackage("io.shardkeeper.core.execution")
        .should()
        .dependOnClassesThat(resideInAPackage("io.shardkeeper.core.ledger..")
            .and(are(not(type(Subscription.class)))))
        .because("what became of a handler is told to its instance, and written by nobody else")
        .check(HOUSE);
  }

  @Test
  void nothingIsStaticThatChanges() {
    fields()
        .that()
        .areStatic()
        .should()
        .beFinal()
        .because("two engines in one process must not meet by accident")
        .check(HOUSE);
    noFields()
        .that()
        .areStatic()
        .and(are(not(memoOfAPureFunction())))
        .and(are(not(whatAnAppenderLooksFor())))
        .should()
        .haveRawType(ConcurrentMap.class)
        .orShould()
        .haveRawType(DescribedPredicate.describe(
            "is an atomic or a thread-local",
            javaClass -> javaClass.getPackageName().equals("java.util.concurrent.atomic")
                || javaClass.isAssignableTo(ThreadLocal.class)))
        .because("two engines in one process must not meet by accident")
        .check(HOUSE);
  }

  @Test
  void randomnessIsAnArgument() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.concurrent.ThreadLocalRandom")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.Random")
        .orShould()
        .callMethodWhere(named("java.lang.Math", "random"))
        .because("what cannot be played again cannot be proved")
        .check(DECIDING);
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.security.SecureRandom")
        .because(
            "what cannot be played again cannot be proved; only names that a stranger must not guess are drawn, of files and marks")
        .check(DECIDING.that(are(not(resideInAPackage(CALLS)))));
  }

  @Test
  void nobodysTextBecomesCode() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("javax.script..")
        .orShould()
        .dependOnClassesThat(type(java.net.URLClassLoader.class))
        .orShould()
        .dependOnClassesThat(type(java.io.ObjectInputStream.class))
        .orShould()
        .callMethodWhere(named("java.lang.ClassLoader", "defineClass"))
        .orShould()
        .callMethodWhere(named("java.lang.Class", "forName"))
        .orShould()
        .callMethodWhere(named("java.lang.Runtime", "exec"))
        .because("who can write a definition must not be able to run code")
        .check(HOUSE);
    noClasses()
        .that(are(not(resideInAPackage(PROCESSES))))
        .should()
        .dependOnClassesThat(type(ProcessBuilder.class))
        .because(
            "who can write a definition must not be able to run code, but for the commands that the file of an instance names")
        .check(HOUSE);
  }

  @Test
  void nobodyPrints() {
    noClasses()
        .that(are(not(nameMatching("io\\.shardkeeper\\.agent\\.Agent"))))
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .because(
            "a library speaks through the log of the application; only a program answers to whoever calls it")
        .check(HOUSE);
    noClasses()
        .should()
        .callMethodWhere(named("java.lang.Throwable", "printStackTrace"))
        .because("whoever wants to see where something was thrown sets up a log")
        .check(HOUSE);
  }

  @Test
  void namesSayWhatThingsAre() {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Service")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Info")
        .because("a better name is waiting among our words")
        .check(HOUSE);
  }

  @Test
  void nullDoesNotTravel() throws ClassNotFoundException {
    Set<String> packages = new TreeSet<>();
    HOUSE.forEach(javaClass -> packages.add(javaClass.getPackageName()));
    for (String name : packages) {
      assertThat(Class.forName(name + ".package-info").isAnnotationPresent(NullMarked.class))
          .as("package %s is @NullMarked, so that NullAway checks it", name)
          .isTrue();
    }
  }

  @Test
  void roomsAreSmall() {
    for (JavaPackage room : HOUSE.getPackage("io.shardkeeper").getSubpackagesInTree()) {
      Set<String> files = new TreeSet<>();
      for (JavaClass javaClass : room.getClasses()) {
        javaClass.getSource().flatMap(Source::getFileName).ifPresent(files::add);
      }
      files.remove("package-info.java");
      assertThat(files)
          .as("%s: a reader keeps about a dozen files in mind", room.getName())
          .hasSizeLessThanOrEqualTo(13);
    }
  }

  /** Calls of methods of a class, or of classes of a package, whose names begin in a way. */
  private static DescribedPredicate<JavaMethodCall> named(String owner, String method) {
    return DescribedPredicate.describe(
        owner + "." + method,
        call -> call.getTargetOwner().getFullName().startsWith(owner)
            && call.getName().startsWith(method));
  }

  private static DescribedPredicate<JavaClass> primitives() {
    return DescribedPredicate.describe(
        "primitive, or an array of these",
        javaClass -> javaClass.getBaseComponentType().isPrimitive());
  }

  /** One exception: the application's logging makes an appender out of a file, and nothing can be handed to that. A thread is in one engine at a time. */
  private static DescribedPredicate<JavaField> whatAnAppenderLooksFor() {
    return DescribedPredicate.describe(
        "RunLog.OF_THIS_THREAD",
        field -> field.getFullName().equals("io.shardkeeper.core.execution.RunLog.OF_THIS_THREAD"));
  }

  /** The other one: the offsets of a zone never change, are asked for often, and take long to find. */
  private static DescribedPredicate<JavaField> memoOfAPureFunction() {
    return DescribedPredicate.describe(
        "ZoneTimeline.MEMO",
        field -> field.getFullName().equals("io.shardkeeper.time.ZoneTimeline.MEMO"));
  }
}
