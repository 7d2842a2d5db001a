package io.shardkeeper.handlers.process;

/**
 * As whom a program runs.
 *
 * @param user its name
 * @param group its only group, by name or by number
 */
public record Account(String user, String group) {}
