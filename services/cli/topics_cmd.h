/* topics_cmd: topics of the table on the broker. */
#ifndef CLI_TOPICS_CMD_H
#define CLI_TOPICS_CMD_H

#include "common/message.h"
#include "services/cli/cli.h"

/* Creates one topic unless it is there; `told` says which. `partner` for the topic per partner,
 * else absent. */
bool topic_apply(struct cli *c, const struct topic *t, struct str partner, struct str *told,
                 struct err *e) MUST_CHECK;
int run_topics_apply(struct cli *c);
int run_topics_list(struct cli *c);
int run_topics_acls(struct cli *c);

#endif
