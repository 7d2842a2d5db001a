package io.shardkeeper.handlers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.core.json.Fields;
import io.shardkeeper.core.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReadyHandlersTest {
  @TempDir
  private Path directory;

  @Test
  void withoutAFileThereAreNone() {
    try (var ready = ReadyHandlers.of(Settings.sources("host-1").read())) {
      assertThat(ready.handlers()).isEmpty();
      assertThat(ready.allowed()).isEmpty();
    }
  }

  @Test
  void theFileOfTheSettingsIsRead() throws IOException {
    Path file = Files.writeString(directory.resolve("handlers.json"), "{\"version\": 1}");
    Settings settings = Settings.sources("host-1").set(Key.HANDLERS_FILE, file).read();
    try (var ready = ReadyHandlers.of(settings)) {
      assertThat(ready.handlers()).isEmpty();
    }

    Files.writeString(file, "{\"version\": 2}");
    assertThatThrownBy(() -> ReadyHandlers.of(settings))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("version: found 2");
  }

  @Test
  void whatIsAllowedIsToldByItsNamesAndNoSecretIs() {
    String text = "{'http': {'allow': ['https://api.example.com', 'https://*.shop.example.com'],"
        + " 'credentials': {'billing': {'file': '/etc/billing/token'}}},"
        + " 'command': {'commands': {'backup': {'program': '/usr/local/bin/backup', 'environment': {'KEY': 'hunter2'}}},"
        + " 'scripts': {'allow': ['https://scripts.example.com']}}}";

    assertThat(
            HandlersFile.allowed(new Fields(Json.parse(text.replace('\'', '"')), "", told -> {})))
        .containsExactly(
            "http: https://api.example.com",
            "http: https://*.shop.example.com",
            "command: backup",
            "scripts from https://scripts.example.com");
  }
}
