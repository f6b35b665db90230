/* draft: JSON text written member by member. What is absent is not written. */
#ifndef CLI_DRAFT_H
#define CLI_DRAFT_H

#include "common/arena.h"

struct draft {
    struct buf out;
    bool comma; /* something stands before at this level */
};

struct draft draft_new(struct arena *a);
/* key NULL: an element of a list, or the whole. */
void draft_open(struct draft *d, const char *key, const char *bracket); /* "{" or "[" */
void draft_close(struct draft *d, const char *bracket);                 /* "}" or "]" */
void draft_text(struct draft *d, const char *key, struct str value);    /* absent: nothing */
void draft_integer(struct draft *d, const char *key, int64_t value);
void draft_true(struct draft *d, const char *key, bool value);      /* false: nothing */
void draft_json(struct draft *d, const char *key, struct str json); /* absent: nothing */
/* {"amount":"1.5","currency":"EUR"}; nothing when the first is absent. */
void draft_money(struct draft *d, const char *key, struct str amount, struct str currency);
void draft_quantity(struct draft *d, const char *key, struct str value, struct str unit);
/* "a,b,c" as a list of texts; absent: nothing. */
void draft_texts(struct draft *d, const char *key, struct str commas);
struct str draft_done(struct draft *d);

#endif
