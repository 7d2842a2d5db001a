package io.shardkeeper.handlers;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.handler.Handler;
import io.shardkeeper.handlers.command.CommandHandler;
import io.shardkeeper.handlers.http.Download;
import io.shardkeeper.handlers.http.HttpHandler;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The ready handlers of an instance: {@code http} and {@code command}, each if the file of the instance has something to allow. To be closed after the
 * instance that offers them. Threads may share it.
 *
 * <pre>{@code
 * try (var ready = ReadyHandlers.read(Path.of("/etc/shardkeeper/handlers.json"));
 *     var shardkeeper = Shardkeeper.with(SettingsFiles.load()).handlers(ready.handlers()).start()) {
 *   shardkeeper.closed().toCompletableFuture().join();
 * }
 * }</pre>
 */
public final class ReadyHandlers implements AutoCloseable {
  /** Makes a handler. */
  interface Maker {
    /**
     * Makes it.
     *
     * @param closing what closes it, and what it is made of, each as soon as it is there
     * @throws InvalidSettingsException if this machine cannot do what it takes
     */
    Handler make(List<Runnable> closing);
  }

  private final List<Handler> handlers;
  private final List<Runnable> closing;

  private ReadyHandlers(List<Handler> handlers, List<Runnable> closing) {
    this.handlers = List.copyOf(handlers);
    this.closing = List.copyOf(closing);
  }

  /**
   * The handlers that the file of the settings allows, {@link Key#HANDLERS_FILE}; none if they name none.
   *
   * @throws InvalidSettingsException with all that is wrong with the file
   */
  public static ReadyHandlers of(Settings settings) {
    return settings.find(Key.HANDLERS_FILE).map(ReadyHandlers::read).orElseGet(ReadyHandlers::none);
  }

  /** No handlers, as where there is no file. */
  public static ReadyHandlers none() {
    return HandlersFile.none().open();
  }

  /**
   * The handlers that a file allows.
   *
   * @throws InvalidSettingsException with all that is wrong with it, or if this machine cannot do what it asks for
   */
  public static ReadyHandlers read(Path file) {
    return HandlersFile.read(file).open();
  }

  static ReadyHandlers by(HandlersFile read) {
    List<Maker> makers = new ArrayList<>();
    read.http()
        .ifPresent(rules -> makers.add(closing -> {
          var http = new HttpHandler(rules);
          closing.add(http::close);
          return http;
        }));
    read.command()
        .ifPresent(rules -> makers.add(closing -> {
          Optional<Download> scripts = rules.scriptOrigins().map(Download::new);
          scripts.ifPresent(
              source -> closing.add(source::close)); // first: commands may wait for one
          var command = scripts
              .map(source -> new CommandHandler(rules, source::fetch))
              .orElseGet(() -> new CommandHandler(rules));
          closing.add(command::close);
          return command;
        }));
    return made(makers);
  }

  /** All of them, or none: whatever was made before one that cannot be is closed. */
  static ReadyHandlers made(List<Maker> makers) {
    List<Handler> handlers = new ArrayList<>();
    List<Runnable> closing = new ArrayList<>();
    try {
      makers.forEach(maker -> handlers.add(maker.make(closing)));
    } catch (RuntimeException e) {
      closing.forEach(Runnable::run);
      throw e;
    }
    return new ReadyHandlers(handlers, closing);
  }

  /** What an instance may offer. */
  public List<Handler> handlers() {
    return handlers;
  }

  /** Ends what still runs, and the threads of these handlers. */
  @Override
  public void close() {
    closing.forEach(Runnable::run);
  }
}
