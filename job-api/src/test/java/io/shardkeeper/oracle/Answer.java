package io.shardkeeper.oracle;

import java.time.LocalDateTime;
import java.util.Optional;

/** What an engine says when it is asked for the next fire of an expression. */
sealed interface Answer {

  /** It is due next at this time. */
  record At(LocalDateTime time) implements Answer {
    @Override
    public String toString() {
      return time.toString();
    }
  }

  /** It is never due again. */
  record Never() implements Answer {
    @Override
    public String toString() {
      return "never";
    }
  }

  /** The engine did not take the expression. */
  record Refused(String because) implements Answer {
    @Override
    public String toString() {
      return "refused (" + because + ")";
    }
  }

  static Answer of(Optional<LocalDateTime> time) {
    return time.<Answer>map(At::new).orElseGet(Never::new);
  }

  /** Two engines that refuse agree, whatever they say of it. */
  default boolean agreesWith(Answer other) {
    return equals(other) || (this instanceof Refused && other instanceof Refused);
  }
}
