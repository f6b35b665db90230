/* field: how an option of the command line becomes a member of a command. One table serves create,
 * set and the help. */
#ifndef CLI_FIELD_H
#define CLI_FIELD_H

#include "services/cli/cli.h"
#include "services/cli/draft.h"

enum field_kind {
    FIELD_TEXT = 1,
    FIELD_INTEGER,
    FIELD_DECIMAL,
    FIELD_PERCENT, /* "5" or "2.5" -> parts per million */
    FIELD_FLAG,
    FIELD_TEXTS,  /* commas */
    FIELD_INSTANT /* a day "2026-11-24" is its first moment, UTC */
};

struct field {
    const char *option, *member;
    enum field_kind kind;
};

/* Writes the members that are given; a NULL option ends the table. False: a value is wrong. */
bool fields_write(const struct cli *c, const struct field *fields, struct draft *d,
                  struct err *e) MUST_CHECK;
bool field_write(struct draft *d, const struct field *f, struct str value,
                 struct err *e) MUST_CHECK;
/* principal and idempotency_key of a command. */
void sender_write(const struct cli *c, struct draft *d);

#endif
