package io.shardkeeper.contract;

import io.shardkeeper.core.loop.Workers;
import java.util.ArrayList;
import java.util.List;

/** Workers whose work is begun by hand, on the thread of the test. What happens while a handler runs is done by that handler. */
public final class HandWorkers implements Workers {
  private final List<HandWork> works = new ArrayList<>();

  /** Some work that was asked for. */
  public static final class HandWork implements Work {
    private final String name;
    private final Runnable body;
    private int interrupts;

    private HandWork(String name, Runnable body) {
      this.name = name;
      this.body = body;
    }

    /** What it is called. */
    public String name() {
      return name;
    }

    /** How often it was interrupted. */
    public int interrupts() {
      return interrupts;
    }

    /** Does it. */
    public void run() {
      body.run();
    }

    @Override
    public void interrupt() {
      interrupts++;
    }

    @Override
    public String stack() {
      return name + " waits for a hand";
    }
  }

  @Override
  public Work start(String name, Runnable body) {
    var work = new HandWork(name, body);
    works.add(work);
    return work;
  }

  /** All that was ever asked for, in order. */
  public List<HandWork> works() {
    return List.copyOf(works);
  }

  /** The one that was asked for last. */
  public HandWork last() {
    return works.get(works.size() - 1);
  }
}
