package io.shardkeeper.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A file that lies somewhere else than where the process is, and what has to be said of it. */
final class NamedFileTest {
  private static final Path DIRECTORY = Path.of("etc", "agent");

  private static Sources file(String text) {
    return Settings.sources("host-1").file("agent.properties", text, DIRECTORY);
  }

  @Test
  void pathsAreRelativeToWhereItLies() {
    Path absolute = Path.of("logs").toAbsolutePath();
    Settings settings = file("shardkeeper.handlers.file=handlers.json\n"
            + "shardkeeper.credentials.file=../secret\nshardkeeper.instance.version=1.0\n"
            + "shardkeeper.log.dir=" + absolute.toString().replace("\\", "\\\\"))
        .read();

    assertThat(settings.get(Key.HANDLERS_FILE)).isEqualTo(DIRECTORY.resolve("handlers.json"));
    assertThat(settings.get(Key.CREDENTIALS_FILE)).isEqualTo(DIRECTORY.resolve("../secret"));
    assertThat(settings.get(Key.LOG_DIRECTORY)).isEqualTo(absolute);
    assertThat(settings.get(Key.INSTANCE_VERSION)).as("no path").isEqualTo("1.0");
    assertThat(settings.get(Key.EMBEDDED_DIRECTORY))
        .as("a default lies where the process is")
        .isEqualTo(Path.of("./shardkeeper-data"));
    assertThat(settings.origin(Key.HANDLERS_FILE)).isEqualTo("file agent.properties");
  }

  @Test
  void whatIsSaidElsewhereIsRelativeToTheProcess() {
    Settings settings = file("shardkeeper.handlers.file=handlers.json")
        .systemProperties(Map.of("shardkeeper.handlers.file", "other.json"))
        .read();
    assertThat(settings.get(Key.HANDLERS_FILE)).isEqualTo(Path.of("other.json"));
  }

  @Test
  void noPathIsToldAsItIsWritten() {
    assertThatThrownBy(() -> file("shardkeeper.handlers.file=").read())
        .hasMessageContaining("shardkeeper.handlers.file");
    assertThatThrownBy(() -> file("shardkeeper.handlers.file=a\\u0000b").read())
        .hasMessageContaining("shardkeeper.handlers.file");
  }

  @Test
  void whatIsRequiredHasToBeSaid() {
    assertThatThrownBy(() ->
            file("shardkeeper.grace=soon").require(Key.ZOOKEEPER, "say which").read())
        .hasMessageContaining("3 mistakes")
        .hasMessageContaining("shardkeeper.zookeeper is not set: say which")
        .hasMessageContaining("shardkeeper.namespace is not set")
        .hasMessageContaining("shardkeeper.grace");

    Settings settings = file("shardkeeper.zookeeper=embedded")
        .require(Key.ZOOKEEPER, "say which")
        .read();
    assertThat(settings.isEmbedded()).isTrue();
  }

  @Test
  void oneKeyIsFoundWhateverElseIsWrong() {
    Sources sources = file("shardkeeper.grace=1m\nshardkeeper.tick=soon\nshardkeeper.nonsense=1");
    assertThat(sources.find(Key.GRACE)).contains(Duration.ofMinutes(1));
    assertThat(sources.find(Key.TICK)).isEmpty();
    assertThat(sources.find(Key.HORIZON)).as("defaults are nobody's word").isEmpty();
  }
}
