/* credit: the arithmetic of an account's money (F17). Pure; amounts in millionths of the account's
 * currency. */
#ifndef SERVICES_APPROVALS_CREDIT_H
#define SERVICES_APPROVALS_CREDIT_H

#include "common/base.h"

struct credit {
    int64_t limit, tolerance;
    bool unlimited;              /* no limit is judged; what is used is kept all the same */
    int64_t reserved, committed; /* never below zero */
    int64_t posted;              /* receivable; below zero when more was paid than was due */
};

enum posting_kind {
    POSTING_ABSENT = 0,
    POSTING_RESERVE, /* + reserved */
    POSTING_COMMIT,  /* reserved -> committed */
    POSTING_REDUCE,  /* - reserved, or - committed */
    POSTING_RELEASE, /* - reserved, or - committed */
    POSTING_SETTLE,  /* committed -> posted */
    POSTING_PAYMENT  /* - posted */
};
extern const char *const posting_kind_names[7];

struct credit_change {
    int64_t reserved, committed, posted; /* signed */
};

enum credit_verdict {
    CREDIT_ABSENT = 0,
    CREDIT_HELD,
    CREDIT_EXCEEDED,
    CREDIT_TOO_LARGE /* beyond what an amount can hold, unlimited accounts too */
};

/* limit + tolerance - posted - committed - reserved; may be below zero. */
int64_t credit_available(const struct credit *c);
/* May `total` (0..AMOUNT_MICRO_MAX) be held? Exactly all that is available may. */
enum credit_verdict credit_judge(const struct credit *c, int64_t total);
/* What a posting of `amount` changes. `committed`: the order is committed already (reduce and
 * release take from there). */
struct credit_change credit_change_of(enum posting_kind kind, int64_t amount, bool committed);
/* False, *out untouched: reserved or committed would go below zero, or an amount out of range. */
bool credit_apply(const struct credit *c, const struct credit_change *change,
                  struct credit *out) MUST_CHECK;
/* How much of the limit is in use: 0, 80 or 95 (per cent reached); 0 when unlimited. */
int64_t credit_level(const struct credit *c);

#endif
