package io.shardkeeper.zookeeper;

import java.util.List;
import org.apache.curator.framework.api.ACLProvider;
import org.apache.zookeeper.data.ACL;

/** Curator's recipes create nodes too; they get the same owner as all others. */
record OneAcl(List<ACL> acl) implements ACLProvider {
  @Override
  public List<ACL> getDefaultAcl() {
    return acl;
  }

  @Override
  public List<ACL> getAclForPath(String path) {
    return acl;
  }
}
