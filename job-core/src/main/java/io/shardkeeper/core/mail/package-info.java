/** What coordinator, instances and clients write to each other: tickets, reports, commands and answers, in their stored form. */
@NullMarked
package io.shardkeeper.core.mail;

import org.jspecify.annotations.NullMarked;
