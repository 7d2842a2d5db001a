package io.shardkeeper.core.client;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.view.JobView;
import io.shardkeeper.view.Revision;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A definition as it was read: a document, or why there is none. */
record Definition(
    String name, Node node, @Nullable JobDocument document, String mistake, boolean newer) {
  static Definition of(String name, Node node) {
    try {
      JobDocument document = JobDocument.parse(node.data().text());
      if (!document.job().name().equals(name)) {
        return new Definition(
            name, node, null, "it is the definition of '" + document.job().name() + "'", false);
      }
      return new Definition(name, node, document, "", false);
    } catch (NewerFormatException e) {
      return new Definition(name, node, null, String.valueOf(e.getMessage()), true);
    } catch (IllegalArgumentException e) {
      return new Definition(name, node, null, String.valueOf(e.getMessage()), false);
    }
  }

  Revision revision() {
    return new Revision(node.creation(), node.version());
  }

  JobView view(List<Instant> fires) {
    return document == null
        ? new JobView.Unreadable(name, revision(), mistake, newer)
        : new JobView.Known(
            name,
            revision(),
            document.job(),
            document.since(),
            document.actor(),
            document.pause(),
            fires);
  }

  JobClientException unreadable() {
    return new JobClientException(
        newer ? Reason.NEWER_FORMAT : Reason.UNREADABLE,
        "Job '" + name + "' cannot be read: " + mistake
            + (newer ? "" : "; define it anew to mend it"));
  }
}
