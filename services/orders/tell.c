/* tell: what orders says: facts about the order, notices to people, the snapshot. */
#include "services/orders/saga.h"

static struct str emit(struct saga *s, struct emission *e)
{
    e->chain = &s->row->chain;
    return fold_emit(s->fold, s->in, e);
}

void ask(struct saga *s, const struct message_type *type, const void *body)
{
    fold_emit(s->fold, s->in, &(struct emission){.type = type, .body = body});
}

static struct str hash_text(const struct saga *s)
{
    const struct sha256 *hash = &s->row->content_hash;
    return sha256_is_zero(hash) ? STR_NONE : sha256_hex(s->arena, hash);
}

static struct money total_told(const struct order_row *row)
{
    return row->priced ? row_money(row, row->total) : (struct money){0};
}

struct str tell_fact(struct saga *s, const struct message_type *type, const struct order_fact *more)
{
    const struct order_row *row = s->row;
    struct order_fact fact = more != NULL ? *more : (struct order_fact){0};
    fact.order = row->order_id;
    fact.account = row->account;
    fact.state = str_of(order_state_names[row->state]);
    fact.version = row->version;
    fact.total = total_told(row);
    fact.buyer = row->buyer;
    fact.purchase_order = row->purchase_order;
    fact.reference = row->reference;
    fact.content_hash = hash_text(s);
    if (!str_present(fact.principal))
        fact.principal = row->principal;
    return emit(s, &(struct emission){.type = type, .body = &fact});
}

/* The first fact of an order, as it was: all of it comes from what never changes, or (a refusal at
 * the door) from a row that has ended. */
static void repeat_first(struct saga *s, const struct message_type *type, struct emission *e)
{
    const struct order_row *row = s->row;
    bool refused = type == &type_order_refused;
    struct order_fact *fact = arena_new(s->arena, struct order_fact);
    *fact = (struct order_fact){
        .order = row->order_id,
        .account = row->account,
        .state = str_of(order_state_names[refused ? ORDER_REFUSED : ORDER_RECEIVED]),
        .version = 1,
        .reasons = refused ? row->reasons : NULL,
        .reasons_count = refused ? row->reasons_count : 0,
        .buyer = row->buyer,
        .principal = row->principal,
        .purchase_order = row->purchase_order,
        .reference = row->reference};
    e->body = fact;
}

/* Only what is not usual is told, so that what was told before this member was known and is told
 * again stays as it was. */
static enum commit_at commit_at_told(const struct order_row *row)
{
    return row->commit_at == COMMIT_AT_CONFIRM ? COMMIT_AT_ABSENT : row->commit_at;
}

static void snapshot_fill(const struct saga *s, struct order_snapshot *o)
{
    const struct order_row *row = s->row;
    bool previewed = row->state == ORDER_PREVIEWED;
    *o = (struct order_snapshot){.order = row->order_id,
                                 .account = row->account,
                                 .unit = row->unit,
                                 .buyer = row->buyer,
                                 .principal = row->principal,
                                 .actor = row->actor,
                                 .sales_rep = row->sales_rep,
                                 .channel = row->channel,
                                 .currency = row->currency,
                                 .version = row->version,
                                 .lines = row->lines,
                                 .lines_count = row->lines_count,
                                 .sub_orders = row->sub_orders,
                                 .sub_orders_count = row->sub_orders_count,
                                 .charges = row->charges,
                                 .charges_count = row->charges_count,
                                 .ship_to = row->ship_to,
                                 .bill_to = row->bill_to,
                                 .purchase_order = row->purchase_order,
                                 .reference = row->reference,
                                 .payment_term = row->payment_term,
                                 .line_policy = row->line_policy,
                                 .commit_at = commit_at_told(row),
                                 .placed_at = row->placed_at,
                                 .recorded_at = row->recorded_at,
                                 .requested_at = row->requested_at,
                                 .confirmed_at = row->confirmed_at,
                                 .closed_at = row->closed_at,
                                 .approvals = row->approvals,
                                 .approvals_count = row->approvals_count,
                                 .reasons = row->reasons,
                                 .reasons_count = row->reasons_count,
                                 .content_hash = hash_text(s),
                                 .receipt_hash = row->receipt_hash,
                                 .extensions = row->extensions};
    o->state = str_of(order_state_names[previewed ? row->outcome : row->state]);
    o->total = total_told(row);
    if (row->priced) {
        o->subtotal = row_money(row, row->subtotal);
        o->charges_total = row_money(row, row->charges_total);
    }
}

struct str snapshot_text(const struct saga *s)
{
    struct order_snapshot o;
    snapshot_fill(s, &o);
    return shape_text(&order_snapshot_shape, &o, s->arena);
}

/* Beside the encoded body an event needs only what its key is taken from. */
static struct order_snapshot snapshot_key(const struct saga *s)
{
    return (struct order_snapshot){.order = s->row->order_id, .account = s->row->account};
}

struct str tell_snapshot(struct saga *s, const struct message_type *type, struct str snapshot)
{
    struct order_snapshot key = snapshot_key(s);
    return emit(s, &(struct emission){.type = type, .body = &key, .encoded = snapshot});
}

/* Readers of the compacted topic keep the highest sequence, so it carries that of the last fact. */
void tell_state_as(struct saga *s, struct str snapshot)
{
    struct order_snapshot key = snapshot_key(s);
    assert(!s->row->dry_run);
    fold_emit(s->fold, s->in,
              &(struct emission){.type = &type_order_state,
                                 .body = &key,
                                 .encoded = snapshot,
                                 .repeat_sequence = s->row->chain.sequence});
}

void tell_state(struct saga *s)
{
    tell_state_as(s, snapshot_text(s));
}

void tell_repeat(struct saga *s, const struct message_type *type)
{
    struct order_snapshot o;
    struct emission e = {.type = type,
                         .body = &o,
                         .repeat_id = s->row->answer_id,
                         .repeat_sequence = s->row->answer_sequence};
    if (type == &type_order_previewed)
        snapshot_fill(s, &o);
    else
        repeat_first(s, type, &e);
    fold_emit(s->fold, s->in, &e);
}

void tell_person(struct saga *s, struct str recipient, const struct notice_text *n)
{
    const struct order_row *row = s->row;
    struct notice notice = {.recipient = recipient,
                            .order = row->order_id,
                            .account = row->account,
                            .kind = str_of(n->kind),
                            .cause = n->cause,
                            .text = n->text,
                            .purchase_order = row->purchase_order,
                            .reference = row->reference,
                            .content_hash = hash_text(s),
                            .total = total_told(row)};
    if (row->state == ORDER_REFUSED || row->state == ORDER_EXPIRED) {
        notice.reasons = row->reasons;
        notice.reasons_count = row->reasons_count;
    }
    ask(s, &type_notice_request, &notice);
}

void tell_buyer(struct saga *s, const struct notice_text *n)
{
    tell_person(s, s->row->buyer, n);
}
