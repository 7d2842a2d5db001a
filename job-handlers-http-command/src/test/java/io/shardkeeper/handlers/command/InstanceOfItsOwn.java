package io.shardkeeper.handlers.command;

import io.shardkeeper.handler.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A process that offers the handler and has it run the command "it": to be killed, or to be started in another place than the tests. */
final class InstanceOfItsOwn {
  private InstanceOfItsOwn() {}

  /**
   * Runs it once for each value, and writes what became of it beside the section.
   *
   * @param arguments the file of the section, and values for slot "v" as UTF-8 in hex
   */
  public static void main(String[] arguments) throws Exception {
    Path section = Path.of(arguments[0]);
    List<String> told = new ArrayList<>();
    try (var handler = new CommandHandler(Stage.rules(Files.readString(section)))) {
      if (arguments.length == 1) {
        told.add(Stage.text(handler.handle(Stage.Execution.of())));
      }
      for (int i = 1; i < arguments.length; i++) {
        String value = new String(HexFormat.of().parseHex(arguments[i]), StandardCharsets.UTF_8);
        Result result = handler.handle(Stage.Execution.of("v", value));
        told.add(Stage.text(result).replace('\n', ' '));
      }
    }
    Files.write(section.resolveSibling("told"), told);
  }

  static Process start(Path section, List<String> values) throws IOException {
    return start(section, values, Map.of());
  }

  static Process start(Path section, List<String> values, Map<String, String> environment)
      throws IOException {
    List<String> argv = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx64m",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        InstanceOfItsOwn.class.getName(),
        section.toString()));
    values.forEach(
        value -> argv.add(HexFormat.of().formatHex(value.getBytes(StandardCharsets.UTF_8))));
    var builder = new ProcessBuilder(argv)
        .redirectErrorStream(true)
        .redirectOutput(section.resolveSibling("instance.log").toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }
}
