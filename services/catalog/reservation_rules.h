/* reservation_rules: how far a reservation has come and what may follow. Pure. */
#ifndef SERVICES_CATALOG_RESERVATION_RULES_H
#define SERVICES_CATALOG_RESERVATION_RULES_H

#include "common/clock.h"
#include "services/catalog/rows.h"
#include "services/catalog/stock_rules.h"

enum reservation_cause {
    CAUSE_ABSENT = 0,
    CAUSE_REQUEST, /* of a version that was not asked before */
    CAUSE_COMMIT,
    CAUSE_RELEASE,
    CAUSE_EXPIRY
};
enum { RESERVATION_CAUSE_COUNT = CAUSE_EXPIRY + 1 };
extern const char *const reservation_cause_names[RESERVATION_CAUSE_COUNT];

enum reservation_move {
    MOVE_ABSENT = 0,
    MOVE_TAKE,   /* the cause counts */
    MOVE_IGNORE, /* nothing changes; a release is answered with no lines */
    MOVE_REFUSE  /* nothing changes; told as refused, or as expired when it is */
};

struct reservation_rule {
    enum reservation_move move;
    const char *text; /* what comes of it, for people */
};
/* Total: every state, every cause. */
const struct reservation_rule *reservation_rule(enum reservation_state state,
                                                enum reservation_cause cause);

/* A cause that was taken before; NULL when it is new. A commit counts once whatever its version; a
 * release once for its version, cause and named lines. */
const struct posting *posting_find(const struct reservation *r, enum reservation_cause cause,
                                   const struct reservation_request *request);
/* Adds one to the end of the list. */
struct posting *posting_add(struct reservation *r, struct arena *a);

int64_t reservation_line_held(const struct reservation_line *l); /* reserved less released */

/* What giving back would mean: `told` has room for the row's lines; returns how many there are.
 * No named lines: all that is held. More than is held is never given back. */
size_t reservation_give_back(struct reservation *r, const struct stock_line *named,
                             size_t named_count, struct stock_line *told);
/* All that is held, as it is told at commit. */
size_t reservation_held_lines(const struct reservation *r, struct stock_line *told);
/* All that was promised, whatever was given back since. */
size_t reservation_promised_lines(const struct reservation *r, struct stock_line *told);
bool reservation_empty(const struct reservation *r); /* nothing is held any more */
bool reservation_whole(const struct reservation *r); /* nothing was given back */

/* Begin of the minute in which it expires. */
struct instant expiry_minute(struct instant expires_at);

/* A line that could not be served in full. The text lives in the arena. */
struct reason shortage_reason(const struct stock_ask *ask, struct arena *a);

#endif
