/* reservation_rules: how far a reservation has come and what may follow. Pure. */
#include "services/catalog/reservation_rules.h"

#include <string.h>

const char *const reservation_cause_names[] = {NULL, "request", "commit", "release", "expiry"};

/* A repeat of a cause never comes here: it is found among the postings. */
static const struct reservation_rule rules[RESERVATION_STATE_COUNT][RESERVATION_CAUSE_COUNT] = {
    [RESERVATION_ABSENT] = {[CAUSE_REQUEST] = {MOVE_TAKE, "reserved, committed or refused"},
                            [CAUSE_COMMIT] = {MOVE_REFUSE, "nothing is held"},
                            [CAUSE_RELEASE] = {MOVE_IGNORE, "nothing is held"},
                            [CAUSE_EXPIRY] = {MOVE_IGNORE, "nothing is held"}},
    [RESERVATION_RESERVED] = {[CAUSE_REQUEST] = {MOVE_REFUSE, "another version is held"},
                              [CAUSE_COMMIT] = {MOVE_TAKE, "committed; off hand"},
                              [CAUSE_RELEASE] = {MOVE_TAKE, "released; part: reserved"},
                              [CAUSE_EXPIRY] = {MOVE_TAKE, "expired; given back"}},
    [RESERVATION_REFUSED] = {[CAUSE_REQUEST] = {MOVE_TAKE, "reserved, committed or refused"},
                             [CAUSE_COMMIT] = {MOVE_REFUSE, "nothing is held"},
                             [CAUSE_RELEASE] = {MOVE_IGNORE, "nothing is held"},
                             [CAUSE_EXPIRY] = {MOVE_IGNORE, "nothing is held"}},
    [RESERVATION_COMMITTED] = {[CAUSE_REQUEST] = {MOVE_REFUSE, "another version is held"},
                               [CAUSE_COMMIT] = {MOVE_TAKE, "committed: off hand before"},
                               [CAUSE_RELEASE] = {MOVE_TAKE, "released; part: committed"},
                               [CAUSE_EXPIRY] = {MOVE_IGNORE, "too late: committed"}},
    [RESERVATION_RELEASED] = {[CAUSE_REQUEST] = {MOVE_TAKE, "reserved, committed or refused"},
                              [CAUSE_COMMIT] = {MOVE_REFUSE, "nothing is held"},
                              [CAUSE_RELEASE] = {MOVE_IGNORE, "nothing is held"},
                              [CAUSE_EXPIRY] = {MOVE_IGNORE, "nothing is held"}},
    [RESERVATION_EXPIRED] = {[CAUSE_REQUEST] = {MOVE_TAKE, "reserved, committed or refused"},
                             [CAUSE_COMMIT] = {MOVE_REFUSE, "too late: expired"},
                             [CAUSE_RELEASE] = {MOVE_IGNORE, "nothing is held"},
                             [CAUSE_EXPIRY] = {MOVE_IGNORE, "nothing is held"}},
};

const struct reservation_rule *reservation_rule(enum reservation_state state,
                                                enum reservation_cause cause)
{
    assert((int)state < RESERVATION_STATE_COUNT && cause != CAUSE_ABSENT &&
           (int)cause < RESERVATION_CAUSE_COUNT);
    return &rules[state][cause];
}

/* --- postings */

static bool same_named(const struct posting *p, const struct reservation_request *request)
{
    if (p->named_count != request->lines_count)
        return false;
    for (size_t i = 0; i < p->named_count; i++)
        if (p->named[i].line != request->lines[i].line ||
            p->named[i].quantity.micro != request->lines[i].quantity.micro)
            return false;
    return true;
}

static bool same_text(struct str x, struct str y)
{
    return (str_blank(x) && str_blank(y)) || str_eq(x, y);
}

static bool posting_matches(const struct posting *p, enum reservation_cause cause,
                            const struct reservation_request *request)
{
    if (!str_is(p->step, reservation_cause_names[cause]))
        return false;
    if (cause == CAUSE_COMMIT)
        return true;
    if (p->version != request->version)
        return false;
    return cause == CAUSE_REQUEST ||
           (same_text(p->cause, request->cause) && same_named(p, request));
}

const struct posting *posting_find(const struct reservation *r, enum reservation_cause cause,
                                   const struct reservation_request *request)
{
    for (size_t i = r->postings_count; i > 0; i--)
        if (posting_matches(&r->postings[i - 1], cause, request))
            return &r->postings[i - 1];
    return NULL;
}

struct posting *posting_add(struct reservation *r, struct arena *a)
{
    struct posting *more = arena_array(a, struct posting, r->postings_count + 1);
    if (r->postings_count > 0)
        memcpy(more, r->postings, sizeof *more * r->postings_count);
    r->postings = more;
    return &r->postings[r->postings_count++];
}

/* --- what is held */

int64_t reservation_line_held(const struct reservation_line *l)
{
    return l->reserved.micro - l->released.micro;
}

static struct stock_line line_told(const struct reservation_line *l, int64_t micro)
{
    struct stock_line told = {.line = l->line, .sku = l->sku, .quantity = l->asked};
    told.reserved = l->asked;
    told.reserved.micro = micro;
    return told;
}

static size_t line_give_back(struct reservation_line *l, int64_t wanted, struct stock_line *told)
{
    int64_t held = reservation_line_held(l);
    int64_t given = wanted < held ? wanted : held;
    if (given <= 0)
        return 0;
    l->released.micro += given;
    *told = line_told(l, given);
    return 1;
}

/* How much of a line was named; several naming one line add up. */
static int64_t named_quantity(const struct stock_line *named, size_t count, int64_t line)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        if (named[i].line == line && !add_ok(sum, named[i].quantity.micro, &sum))
            return INT64_MAX;
    return sum;
}

size_t reservation_give_back(struct reservation *r, const struct stock_line *named,
                             size_t named_count, struct stock_line *told)
{
    size_t count = 0;
    for (size_t i = 0; i < r->lines_count; i++) {
        struct reservation_line *l = &r->lines[i];
        int64_t wanted = named_count == 0 ? INT64_MAX : named_quantity(named, named_count, l->line);
        count += line_give_back(l, wanted, &told[count]);
    }
    return count;
}

size_t reservation_held_lines(const struct reservation *r, struct stock_line *told)
{
    size_t count = 0;
    for (size_t i = 0; i < r->lines_count; i++) {
        int64_t held = reservation_line_held(&r->lines[i]);
        if (held > 0)
            told[count++] = line_told(&r->lines[i], held);
    }
    return count;
}

size_t reservation_promised_lines(const struct reservation *r, struct stock_line *told)
{
    size_t count = 0;
    for (size_t i = 0; i < r->lines_count; i++)
        if (r->lines[i].reserved.micro > 0)
            told[count++] = line_told(&r->lines[i], r->lines[i].reserved.micro);
    return count;
}

bool reservation_whole(const struct reservation *r)
{
    for (size_t i = 0; i < r->lines_count; i++)
        if (r->lines[i].released.micro != 0)
            return false;
    return true;
}

bool reservation_empty(const struct reservation *r)
{
    for (size_t i = 0; i < r->lines_count; i++)
        if (reservation_line_held(&r->lines[i]) > 0)
            return false;
    return true;
}

/* --- until when */

struct instant expiry_minute(struct instant expires_at)
{
    const int64_t minute = MICROSECONDS_PER_HOUR / 60;
    int64_t rest = expires_at.at % minute;
    return (struct instant){expires_at.at - rest - (rest < 0 ? minute : 0)};
}

/* --- why not */

static struct str out_of_stock_text(const struct stock_ask *ask, struct arena *a)
{
    char asked[DECIMAL_TEXT_SIZE], there[DECIMAL_TEXT_SIZE];
    struct str x = {asked, decimal_write(ask->asked.micro, 0, asked)};
    struct str y = {there, decimal_write(ask->left, 0, there)};
    return arena_printf(a, "%.*s %s were asked, %.*s are there.", STR_ARG(x), ask->asked.unit,
                        STR_ARG(y));
}

struct reason shortage_reason(const struct stock_ask *ask, struct arena *a)
{
    static const struct {
        const char *code, *text, *remedy;
    } texts[] = {
        [SHORTAGE_NODE_UNKNOWN] = {"node_unknown", "No such node is known.", "Choose another one."},
        [SHORTAGE_SKU_UNKNOWN] = {"sku_unknown", "No such product is known.", "Order another one."},
        [SHORTAGE_UNIT_MISMATCH] = {"unit_mismatch", "Stock is counted in another unit.",
                                    "Order in the product's unit."},
        [SHORTAGE_OUT_OF_STOCK] = {"out_of_stock", NULL,
                                   "Order less, allow a partial delivery or try again later."},
    };
    assert(ask->shortage != SHORTAGE_NONE);
    bool out = ask->shortage == SHORTAGE_OUT_OF_STOCK;
    return (struct reason){.code = str_of(texts[ask->shortage].code),
                           .line = ask->line,
                           .text =
                               out ? out_of_stock_text(ask, a) : str_of(texts[ask->shortage].text),
                           .remedy = str_of(texts[ask->shortage].remedy),
                           .retriable = out};
}
