/* decide_reservation: requests of orders and expiry: fetches rows, asks the rules, edits rows and
 * tells what came of it. Pure. */
#include "services/catalog/decide_reservation.h"

#include "services/catalog/decide_expiry.h"
#include "services/catalog/reservation_rules.h"
#include "services/catalog/snapshot.h"
#include "services/catalog/stock_rules.h"

/* --- rows by their keys */

static const struct stock *get_stock(struct fold *f, struct str node, struct str sku)
{
    return fold_get(f, &stock_entity, &(struct stock){.node = node, .sku = sku});
}

static struct stock *edit_stock(struct fold *f, struct str node, struct str sku)
{
    return fold_edit(f, &stock_entity, &(struct stock){.node = node, .sku = sku});
}

static const struct reservation *get_reservation(struct fold *f, struct str order, struct str node)
{
    return fold_get(f, &reservation_entity, &(struct reservation){.order_id = order, .node = node});
}

static struct reservation *edit_reservation(struct fold *f, struct str order, struct str node)
{
    return fold_edit(f, &reservation_entity,
                     &(struct reservation){.order_id = order, .node = node});
}

/* --- telling */

/* The event of a cause that counts, and the posting that a repeat of the cause will find. */
static void tell(struct fold *f, const struct input *in, const struct message_type *type,
                 const struct reservation_told *body, struct reservation *r)
{
    struct emission e = {.type = type, .body = body, .chain = r != NULL ? &r->chain : NULL};
    struct str event = fold_emit(f, in, &e);
    if (r == NULL || r->postings_count == 0)
        return;
    struct posting *p = &r->postings[r->postings_count - 1];
    if (str_present(p->event))
        return;
    p->event = event;
    p->sequence = r->chain.sequence;
}

/* The same event again: same id, same sequence, same body. */
static void tell_again(struct fold *f, const struct input *in, const struct message_type *type,
                       const struct reservation_told *body, const struct posting *p)
{
    struct emission e = {
        .type = type, .body = body, .repeat_id = p->event, .repeat_sequence = p->sequence};
    fold_emit(f, in, &e);
}

static struct reservation_told told_of(const struct reservation *r, const struct posting *p)
{
    return (struct reservation_told){.order = r->order_id,
                                     .node = r->node,
                                     .version = p->version,
                                     .lines = p->lines,
                                     .lines_count = p->lines_count,
                                     .cause = p->cause};
}

static struct posting *post(struct fold *f, struct reservation *r, enum reservation_cause cause,
                            const struct reservation_request *request)
{
    struct posting *p = posting_add(r, fold_arena(f));
    *p = (struct posting){.step = str_of(reservation_cause_names[cause]), .version = r->version};
    if (request == NULL)
        return p;
    p->version = request->version;
    p->cause = request->cause;
    if (cause == CAUSE_RELEASE) {
        p->named = request->lines;
        p->named_count = request->lines_count;
    }
    return p;
}

static void tell_refused(struct fold *f, const struct input *in,
                         const struct reservation_request *request, const char *code,
                         const char *text)
{
    struct reason *reason = arena_new(fold_arena(f), struct reason);
    *reason = (struct reason){.code = str_of(code), .text = str_of(text)};
    struct reservation_told body = {.order = request->order,
                                    .node = request->node,
                                    .version = request->version,
                                    .reasons = reason,
                                    .reasons_count = 1,
                                    .dry_run = request->dry_run,
                                    .cause = request->cause};
    struct reservation *r = get_reservation(f, request->order, request->node) != NULL
                                ? edit_reservation(f, request->order, request->node)
                                : NULL;
    tell(f, in, &type_reservation_refused, &body, r);
}

/* --- stock follows what was told */

static bool stock_follow(struct fold *f, const struct input *in, const struct reservation_told *t,
                         bool (*change)(struct stock *s, int64_t quantity))
{
    for (size_t i = 0; i < t->lines_count; i++) {
        const struct stock_line *l = &t->lines[i];
        if (l->reserved.micro == 0 || change(edit_stock(f, t->node, l->sku), l->reserved.micro))
            continue;
        fold_poison(f, in, "stock of %.*s at %.*s does not bear line %lld", STR_ARG(l->sku),
                    STR_ARG(t->node), (long long)l->line);
        return false;
    }
    return true;
}

/* --- request */

static struct stock_ask *asks_of(struct fold *f, const struct reservation_request *request)
{
    const struct snapshot *s = fold_snapshot(f);
    struct stock_ask *asks = arena_array(fold_arena(f), struct stock_ask, request->lines_count);
    for (size_t i = 0; i < request->lines_count; i++) {
        const struct stock_line *l = &request->lines[i];
        asks[i] = (struct stock_ask){.index = i,
                                     .line = l->line,
                                     .sku = l->sku,
                                     .asked = l->quantity,
                                     .stock = get_stock(f, request->node, l->sku),
                                     .node_known = snapshot_has_node(s, request->node),
                                     .sku_known = snapshot_product(s, l->sku) != NULL};
    }
    return asks;
}

/* What the plan means for each line, in the order of the request. */
static struct reservation_told outcome(struct fold *f, const struct reservation_request *request,
                                       const struct stock_ask *asks)
{
    struct arena *a = fold_arena(f);
    size_t count = request->lines_count;
    struct reservation_told t = {.order = request->order,
                                 .node = request->node,
                                 .version = request->version,
                                 .lines = arena_array(a, struct stock_line, count),
                                 .lines_count = count,
                                 .reasons = arena_array(a, struct reason, count),
                                 .dry_run = request->dry_run,
                                 .cause = request->cause};
    for (size_t i = 0; i < count; i++) {
        struct stock_line *l = &t.lines[asks[i].index];
        *l = request->lines[asks[i].index];
        l->reserved = l->quantity;
        l->reserved.micro = asks[i].take;
        if (asks[i].shortage != SHORTAGE_NONE)
            t.reasons[t.reasons_count++] = shortage_reason(&asks[i], a);
    }
    return t;
}

static void request_record(struct fold *f, struct reservation *r,
                           const struct reservation_request *request,
                           const struct reservation_told *t)
{
    r->version = request->version;
    r->lines = arena_array(fold_arena(f), struct reservation_line, t->lines_count);
    r->lines_count = t->lines_count;
    for (size_t i = 0; i < t->lines_count; i++)
        r->lines[i] = (struct reservation_line){.line = t->lines[i].line,
                                                .sku = t->lines[i].sku,
                                                .asked = t->lines[i].quantity,
                                                .reserved = {t->lines[i].reserved.micro, true},
                                                .released = {0, true}};
    r->reasons = t->reasons;
    r->reasons_count = t->reasons_count;
    r->expires_at = (struct instant){0}; /* of what is off hand at once: never */
    if (!request->commit)
        r->expires_at = request->expires_at;
    post(f, r, CAUSE_REQUEST, request);
}

static enum reservation_state state_taken(const struct reservation_request *request, bool held)
{
    if (!held)
        return RESERVATION_REFUSED;
    return request->commit ? RESERVATION_COMMITTED : RESERVATION_RESERVED;
}

/* What is to be committed at once is off hand by this one cause: it has the request's posting and
 * no other, and nothing of it expires. */
static void request_take(struct fold *f, const struct input *in,
                         const struct reservation_request *request)
{
    struct stock_ask *asks = asks_of(f, request);
    bool held = stock_plan(asks, request->lines_count, request->line_policy);
    struct reservation_told t = outcome(f, request, asks);
    const struct message_type *type = held ? &type_reservation_reserved : &type_reservation_refused;
    if (request->dry_run) {
        tell(f, in, type, &t, NULL);
        return;
    }
    if (!stock_follow(f, in, &t, stock_hold))
        return;
    if (request->commit && !stock_follow(f, in, &t, stock_take))
        return;
    struct reservation *r = edit_reservation(f, request->order, request->node);
    r->state = state_taken(request, held);
    request_record(f, r, request, &t);
    tell(f, in, type, &t, r);
    if (held)
        expiry_set(f, in, r);
}

static struct reservation_told request_told(struct fold *f, const struct reservation *r,
                                            const struct posting *p)
{
    struct reservation_told t = told_of(r, p);
    t.lines = arena_array(fold_arena(f), struct stock_line, r->lines_count);
    t.lines_count = r->lines_count;
    t.reasons = r->reasons;
    t.reasons_count = r->reasons_count;
    for (size_t i = 0; i < r->lines_count; i++) {
        const struct reservation_line *l = &r->lines[i];
        t.lines[i] = (struct stock_line){
            .line = l->line, .sku = l->sku, .quantity = l->asked, .reserved = l->asked};
        t.lines[i].reserved.micro = l->reserved.micro;
    }
    return t;
}

static void expired_again(struct fold *f, const struct input *in, const struct reservation *r)
{
    struct reservation_request last = {.version = r->version};
    const struct posting *p = posting_find(r, CAUSE_EXPIRY, &last);
    assert(p != NULL);
    struct reservation_told t = told_of(r, p);
    tell_again(f, in, &type_reservation_expired, &t, p);
}

/* Asked before: answered as it was, unless that would promise what is no longer held. */
static void request_again(struct fold *f, const struct input *in, const struct reservation *r,
                          const struct posting *p)
{
    const struct reservation_request *request = in->body;
    if (p->version != r->version) {
        tell_refused(f, in, request, "version_old", "A later version was asked since.");
        return;
    }
    if (r->state == RESERVATION_EXPIRED) {
        expired_again(f, in, r);
        return;
    }
    if (r->state == RESERVATION_RELEASED) {
        tell_refused(f, in, request, "reservation_released", "It was given back since.");
        return;
    }
    struct reservation_told t = request_told(f, r, p);
    tell_again(f, in,
               r->state == RESERVATION_REFUSED ? &type_reservation_refused
                                               : &type_reservation_reserved,
               &t, p);
}

void reservation_request_decide(struct fold *f, const struct input *in)
{
    const struct reservation_request *request = in->body;
    const struct reservation *r = get_reservation(f, request->order, request->node);
    if (r == NULL || request->dry_run) {
        request_take(f, in, request);
        return;
    }
    const struct posting *before = posting_find(r, CAUSE_REQUEST, request);
    if (before != NULL)
        request_again(f, in, r, before);
    else if (reservation_rule(r->state, CAUSE_REQUEST)->move != MOVE_TAKE ||
             request->version < r->version)
        tell_refused(f, in, request, "already_held", "Another version is held at this node.");
    else
        request_take(f, in, request);
}

/* --- commit */

static struct reservation_told commit_told(struct fold *f, const struct reservation *r,
                                           const struct posting *p)
{
    struct reservation_told t = told_of(r, p);
    if (t.lines_count > 0)
        return t;
    t.lines = arena_array(fold_arena(f), struct stock_line, r->lines_count);
    t.lines_count = reservation_promised_lines(r, t.lines);
    return t;
}

static void commit_take(struct fold *f, const struct input *in,
                        const struct reservation_request *request)
{
    struct reservation *r = edit_reservation(f, request->order, request->node);
    struct posting *p = post(f, r, CAUSE_COMMIT, request);
    if (!reservation_whole(r)) {
        p->lines = arena_array(fold_arena(f), struct stock_line, r->lines_count);
        p->lines_count = reservation_held_lines(r, p->lines);
    }
    struct reservation_told t = commit_told(f, r, p);
    if (r->state == RESERVATION_RESERVED && !stock_follow(f, in, &t, stock_take))
        return;
    r->state = RESERVATION_COMMITTED;
    expiry_clear(f, in, r);
    tell(f, in, &type_reservation_committed, &t, r);
}

void reservation_commit_decide(struct fold *f, const struct input *in)
{
    const struct reservation_request *request = in->body;
    const struct reservation *r = get_reservation(f, request->order, request->node);
    enum reservation_state state = r != NULL ? r->state : RESERVATION_ABSENT;
    const struct posting *before = r != NULL ? posting_find(r, CAUSE_COMMIT, request) : NULL;
    if (before != NULL) {
        struct reservation_told t = commit_told(f, r, before);
        tell_again(f, in, &type_reservation_committed, &t, before);
    } else if (reservation_rule(state, CAUSE_COMMIT)->move == MOVE_TAKE) {
        commit_take(f, in, request);
    } else if (state == RESERVATION_EXPIRED) {
        expired_again(f, in, r);
    } else {
        tell_refused(f, in, request, "not_reserved", "Nothing is held for it at this node.");
    }
}

/* --- release and expiry */

/* Gives back what `named` says (none = all) and returns what is told of it; the posting is the
 * row's last. */
static bool give_back(struct fold *f, const struct input *in, struct reservation *r,
                      struct posting *p)
{
    p->lines = arena_array(fold_arena(f), struct stock_line, r->lines_count);
    p->lines_count = reservation_give_back(r, p->named, p->named_count, p->lines);
    struct reservation_told t = told_of(r, p);
    return stock_follow(f, in, &t,
                        r->state == RESERVATION_COMMITTED ? stock_take_back : stock_unhold);
}

static void release_take(struct fold *f, const struct input *in,
                         const struct reservation_request *request)
{
    struct reservation *r = edit_reservation(f, request->order, request->node);
    struct posting *p = post(f, r, CAUSE_RELEASE, request);
    if (reservation_rule(r->state, CAUSE_RELEASE)->move == MOVE_TAKE) {
        if (!give_back(f, in, r, p))
            return;
        if (reservation_empty(r)) {
            r->state = RESERVATION_RELEASED;
            expiry_clear(f, in, r);
        }
    }
    struct reservation_told t = told_of(r, p);
    tell(f, in, &type_reservation_released, &t, r);
}

void reservation_release_decide(struct fold *f, const struct input *in)
{
    const struct reservation_request *request = in->body;
    const struct reservation *r = get_reservation(f, request->order, request->node);
    if (r == NULL) {
        struct reservation_told nothing = {.order = request->order,
                                           .node = request->node,
                                           .version = request->version,
                                           .cause = request->cause};
        tell(f, in, &type_reservation_released, &nothing, NULL);
        return;
    }
    const struct posting *before = posting_find(r, CAUSE_RELEASE, request);
    if (before == NULL) {
        release_take(f, in, request);
        return;
    }
    struct reservation_told t = told_of(r, before);
    tell_again(f, in, &type_reservation_released, &t, before);
}

void reservation_expiry_decide(struct fold *f, const struct input *in)
{
    struct str order = in->timer->subject, node = in->timer->key;
    const struct reservation *row = get_reservation(f, order, node);
    if (row == NULL || reservation_rule(row->state, CAUSE_EXPIRY)->move != MOVE_TAKE)
        return;
    if (row->expires_at.at > in->timer->due.at) /* of a version before, which has no timer yet */
        return;
    struct reservation *r = edit_reservation(f, order, node);
    struct posting *p = post(f, r, CAUSE_EXPIRY, NULL);
    if (!give_back(f, in, r, p))
        return;
    r->state = RESERVATION_EXPIRED;
    struct reservation_told t = told_of(r, p);
    tell(f, in, &type_reservation_expired, &t, r);
}

/* --- needs: the reservation, then the stock of the lines it holds */

static void line_need(struct fold *f, struct str node, struct str sku)
{
    fold_need(f, &stock_entity, &(struct stock){.node = node, .sku = sku});
}

void reservation_needs(struct fold *f, struct str order, struct str node)
{
    struct reservation key = {.order_id = order, .node = node};
    fold_need(f, &reservation_entity, &key);
    const struct reservation *r = fold_get(f, &reservation_entity, &key);
    for (size_t i = 0; r != NULL && i < r->lines_count; i++)
        line_need(f, node, r->lines[i].sku);
}

/* An order asks a node once in its first version, so that this makes the row. */
static bool makes_row(const struct input *in)
{
    const struct reservation_request *request = in->body;
    return in->type == &type_reservation_request && request->version == 1 && !request->dry_run;
}

void reservation_request_needs(struct fold *f, const struct input *in)
{
    const struct reservation_request *request = in->body;
    for (size_t i = 0; i < request->lines_count; i++)
        line_need(f, request->node, request->lines[i].sku);
    struct reservation key = {.order_id = request->order, .node = request->node};
    if (makes_row(in))
        fold_need_new(f, &reservation_entity, &key);
    else
        reservation_needs(f, request->order, request->node);
}
