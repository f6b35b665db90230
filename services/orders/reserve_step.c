/* reserve_step: is it there. One request per node, all at once; the answers are joined, and only
 * when the last one is in is it decided what they mean together. */
#include "services/orders/saga.h"

/* Only the join waits behind it: people have said yes by then. */
enum { HOLD_HOURS = 24 };

struct reservation *reservation_find(struct order_row *row, struct str node)
{
    for (size_t i = 0; i < row->reservations_count; i++)
        if (str_eq(row->reservations[i].node, node))
            return &row->reservations[i];
    return NULL;
}

/* --- asking */

static bool line_of(const struct order_line *l, struct str node)
{
    return str_eq(l->node, node) && !line_ended(l->state);
}

static void node_ask(struct saga *s, const struct reservation *r)
{
    struct order_row *row = s->row;
    struct reservation_request q = {.node = r->node,
                                    .order = row->order_id,
                                    .version = row->version,
                                    .line_policy = row->line_policy,
                                    .lines =
                                        arena_array(s->arena, struct stock_line, row->lines_count),
                                    .dry_run = row->dry_run,
                                    .commit = order_commits_early(row)};
    if (!q.commit)
        q.expires_at = instant_plus_us(fold_now(s->fold), HOLD_HOURS * MICROSECONDS_PER_HOUR);
    for (size_t i = 0; i < row->lines_count; i++) {
        const struct order_line *l = &row->lines[i];
        if (line_of(l, r->node))
            q.lines[q.lines_count++] =
                (struct stock_line){.line = l->line, .sku = l->sku, .quantity = l->quantity};
    }
    ask(s, &type_reservation_request, &q);
}

void reserve_ask(struct saga *s)
{
    struct order_row *row = s->row;
    row->step = STEP_RESERVING;
    row->reservations = arena_array(s->arena, struct reservation, row->lines_count);
    row->reservations_count = 0;
    for (size_t i = 0; i < row->lines_count; i++) {
        struct str node = row->lines[i].node;
        if (line_ended(row->lines[i].state) || reservation_find(row, node) != NULL)
            continue;
        struct reservation *r = &row->reservations[row->reservations_count++];
        *r = (struct reservation){.node = node, .state = STOCK_ASKED, .version = row->version};
        node_ask(s, r);
    }
}

/* --- joining */

static bool partial(const struct order_row *row)
{
    return row->line_policy == LINE_POLICY_PARTIAL;
}

static bool answers_missing(const struct order_row *row)
{
    for (size_t i = 0; i < row->reservations_count; i++)
        if (row->reservations[i].state == STOCK_ASKED)
            return true;
    return false;
}

static bool anything_short(const struct order_row *row)
{
    for (size_t i = 0; i < row->lines_count; i++)
        if (str_present(row->lines[i].code))
            return true;
    return false;
}

/* Version n+1: cheaper, because less is to be had. What was approved stands (F16). */
static void shortage_settle(struct saga *s)
{
    totals_sum(s);
    if (s->row->dry_run)
        return;
    s->row->version++;
    credit_shrink(s, STR("short"));
}

static void join(struct saga *s)
{
    struct order_row *row = s->row;
    if (answers_missing(row))
        return;
    bool is_short = anything_short(row);
    if (partial(row) ? !anything_left(row) : is_short) {
        if (partial(row))
            totals_sum(s);
        order_refuse(s);
        return;
    }
    if (is_short)
        shortage_settle(s);
    if (row->dry_run)
        preview_end(s, row->credit == CREDIT_PENDING ? ORDER_PENDING_APPROVAL : ORDER_CONFIRMED);
    else
        order_confirm(s);
}

/* --- answers */

/* Not all of the line is to be had. Its amounts change only where the sender wants a part. */
static void line_short(struct saga *s, struct order_line *l, int64_t missing,
                       const struct reason *why)
{
    struct reason r = *why;
    r.line = l->line;
    r.path = line_path(s, l, "/quantity");
    reason_add(s, &r);
    l->code = r.code;
    if (!partial(s->row))
        return;
    line_shrink(s, l, missing);
    if (l->quantity.micro == 0)
        line_move(l, CAUSE_REFUSED);
}

static const struct reason *reason_of_line(const struct reservation_told *t, int64_t line)
{
    for (size_t i = 0; i < t->reasons_count; i++)
        if (t->reasons[i].line == line)
            return &t->reasons[i];
    return NULL;
}

static const struct reason out_of_stock = {
    .code = {"out_of_stock", sizeof "out_of_stock" - 1},
    .text = {"Less is in stock than was asked for.",
             sizeof "Less is in stock than was asked for." - 1},
    .remedy = {"Order less, or allow a part.", sizeof "Order less, or allow a part." - 1},
    .retriable = true};

static struct reservation *waiting_for(struct saga *s, const struct reservation_told *t)
{
    struct reservation *r = reservation_find(s->row, t->node);
    return r != NULL && r->version == t->version && r->state == STOCK_ASKED ? r : NULL;
}

void reserve_reserved(struct saga *s, const void *told)
{
    const struct reservation_told *t = told;
    struct reservation *r = waiting_for(s, t);
    if (r == NULL)
        return;
    r->state = order_commits_early(s->row) ? STOCK_COMMITTED : STOCK_RESERVED;
    for (size_t i = 0; i < t->lines_count; i++) {
        struct order_line *l = line_find(s->row, t->lines[i].line);
        if (l == NULL || !line_of(l, t->node) || t->lines[i].reserved.unit[0] == '\0')
            continue;
        int64_t missing = l->quantity.micro - t->lines[i].reserved.micro;
        const struct reason *why = reason_of_line(t, l->line);
        if (missing > 0)
            line_short(s, l, missing, why != NULL ? why : &out_of_stock);
    }
    join(s);
}

/* Nothing is held at the node. All-or-nothing: only those lines are to blame that are named, if
 * any are. */
static void node_refused(struct saga *s, struct reservation *r, const struct reservation_told *t,
                         const struct reason *otherwise)
{
    struct order_row *row = s->row;
    bool named = false;
    r->state = STOCK_REFUSED;
    for (size_t i = 0; i < row->lines_count; i++)
        named |= line_of(&row->lines[i], r->node) && reason_of_line(t, row->lines[i].line) != NULL;
    for (size_t i = 0; i < row->lines_count; i++) {
        struct order_line *l = &row->lines[i];
        if (!line_of(l, r->node))
            continue;
        const struct reason *why = reason_of_line(t, l->line);
        if (why == NULL && t->reasons_count > 0 && t->reasons[0].line == 0)
            why = &t->reasons[0];
        if (why != NULL || !named || partial(row))
            line_short(s, l, l->quantity.micro, why != NULL ? why : otherwise);
    }
}

/* After confirm nothing can be undone; a person must look. */
static void stock_lost(struct saga *s, const struct reservation_told *t)
{
    struct reservation *r = reservation_find(s->row, t->node);
    if (r == NULL || r->state != STOCK_COMMITTED)
        return;
    r->state = STOCK_REFUSED;
    reason_add(s, &(struct reason){.code = STR("stock_lost"),
                                   .text = arena_printf(s->arena,
                                                        "Stock at %.*s was not held any more "
                                                        "when the order was confirmed.",
                                                        STR_ARG(t->node)),
                                   .remedy = STR("Count the stock; let the seller reject.")});
}

void reserve_refused(struct saga *s, const void *told)
{
    if (s->row->step == STEP_FULFILLING) {
        stock_lost(s, told);
        return;
    }
    struct reservation *r = waiting_for(s, told);
    if (r == NULL)
        return;
    node_refused(s, r, told, &out_of_stock);
    join(s);
}

void reserve_expired(struct saga *s, const void *told)
{
    static const struct reason expired = {
        .code = {"reservation_expired", sizeof "reservation_expired" - 1},
        .text = {"Stock was held too long.", sizeof "Stock was held too long." - 1},
        .remedy = {"Order again under a new id.", sizeof "Order again under a new id." - 1},
        .retriable = true};
    const struct reservation_told *t = told;
    if (s->row->step == STEP_FULFILLING) {
        stock_lost(s, t);
        return;
    }
    struct reservation *r = reservation_find(s->row, t->node);
    if (r == NULL || (r->state != STOCK_ASKED && r->state != STOCK_RESERVED))
        return;
    node_refused(s, r, &(struct reservation_told){.node = t->node}, &expired);
    join(s);
}

/* --- the order ended while the node had not answered */

static void node_give_back(struct saga *s, struct reservation *r, struct str cause)
{
    r->state = STOCK_RELEASED;
    ask(s, &type_reservation_release,
        &(struct reservation_request){.node = r->node,
                                      .order = s->row->order_id,
                                      .version = s->row->version,
                                      .cause = cause});
}

void reserve_late_yes(struct saga *s, const void *told)
{
    struct reservation *r = waiting_for(s, told);
    if (r != NULL && !s->row->dry_run)
        node_give_back(s, r, end_cause(s->row));
}

void reserve_late_no(struct saga *s, const void *told)
{
    struct reservation *r = waiting_for(s, told);
    if (r != NULL)
        r->state = STOCK_REFUSED;
}

/* --- what becomes of the stock */

static bool stock_held(const struct reservation *r)
{
    return r->state == STOCK_RESERVED || r->state == STOCK_COMMITTED;
}

void stock_give_back(struct saga *s, struct str cause)
{
    assert(!instant_present(s->row->confirmed_at)); /* then it goes back line by line */
    for (size_t i = 0; i < s->row->reservations_count && !s->row->dry_run; i++)
        if (stock_held(&s->row->reservations[i]))
            node_give_back(s, &s->row->reservations[i], cause);
}

void stock_give_back_lines(struct saga *s, struct str node, const struct touched *lines,
                           struct str cause)
{
    struct reservation_request q = {.node = node,
                                    .order = s->row->order_id,
                                    .version = s->row->version,
                                    .lines = arena_array(s->arena, struct stock_line, lines->count),
                                    .lines_count = lines->count,
                                    .cause = cause};
    for (size_t i = 0; i < lines->count; i++) {
        const struct order_line *l = line_find(s->row, lines->lines[i].line);
        q.lines[i] = (struct stock_line){
            .line = l->line, .sku = l->sku, .quantity = lines->lines[i].quantity};
    }
    ask(s, &type_reservation_release, &q);
}

/* A node that holds nothing in the end (all of it was short) is let go instead. */
void stock_commit(struct saga *s)
{
    struct order_row *row = s->row;
    for (size_t i = 0; i < row->reservations_count; i++) {
        struct reservation *r = &row->reservations[i];
        bool needed = false;
        for (size_t k = 0; k < row->lines_count; k++)
            needed |= line_of(&row->lines[k], r->node);
        if (!stock_held(r))
            continue;
        if (!needed) {
            node_give_back(s, r, STR("short"));
            continue;
        }
        if (r->state == STOCK_COMMITTED) /* where it was reserved */
            continue;
        r->state = STOCK_COMMITTED;
        ask(s, &type_reservation_commit,
            &(struct reservation_request){
                .node = r->node, .order = row->order_id, .version = row->version});
    }
}
