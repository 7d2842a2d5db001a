package io.shardkeeper.benchmarks;

/**
 * A client of a server, asked to do what {@link Loads} measures, by one thread at a time. All contenders do the same to nodes of the same
 * size.
 */
interface Contender extends AutoCloseable {
  /** The content of each node. */
  byte[] CONTENT = new byte[100];

  /** Is told what became of a request, on the thread on which the contender tells it. */
  interface Answer {
    void came(boolean asExpected);
  }

  /** One transaction: checks the term, sets the cursor, and creates a ticket or deletes it. Whoever creates deletes next. */
  void commit(boolean create) throws Exception;

  /** The same, without waiting. */
  void commit(boolean create, Answer answer) throws Exception;

  /** Reads the cursor. */
  void read() throws Exception;

  /** The same, without waiting. */
  void read(Answer answer) throws Exception;

  /** Sets the node that a second client, with a session of its own, watches from above. */
  void touch(Answer answer) throws Exception;

  /** What that second client does when it is told, in the place of what it did before. */
  void onTold(Runnable told);

  @Override
  void close();
}
