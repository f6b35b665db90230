/* decide: requests for quotes are priced and answered, once for each order and version; commands
 * change the reference data, all or nothing. */
#include "services/pricing/decide.h"

#include "services/pricing/docs.h"
#include "services/pricing/put_rules.h"
#include "services/pricing/quote.h"
#include "services/pricing/receipt.h"
#include "services/pricing/rows.h"

/* --- quotes */

enum { VERSION_FIRST = 1 };

static struct quote_row quote_key(const struct quote_request *r, struct arena *a)
{
    return (struct quote_row){.order_id = r->order,
                              .version = arena_printf(a, "%lld", (long long)r->version),
                              .mode = r->dry_run ? STR("preview") : STR("order")};
}

static struct quote_row first_key(const struct quote_request *r)
{
    return (struct quote_row){.order_id = r->order, .version = STR("1"), .mode = STR("order")};
}

/* A version is asked once, so its quote is not there yet; previews follow each other. Versions of
 * an order come in their order, so that before the first one there is no chain. */
static void quote_needs(struct fold *f, const struct input *in)
{
    const struct quote_request *r = in->body;
    struct quote_row key = quote_key(r, fold_arena(f)), first = first_key(r);
    if (r->dry_run) {
        fold_need(f, &quote_entity, &key);
        return;
    }
    fold_need_new(f, &quote_entity, &key);
    if (r->version == VERSION_FIRST)
        return;
    fold_need(f, &quote_entity, &first);
    fold_need(f, &quote_chain_entity, &(struct quote_chain_row){.order_id = r->order});
}

static const struct message_type *answer_type(enum quote_outcome outcome)
{
    return outcome == QUOTE_PRICED ? &type_quote_priced : &type_quote_refused;
}

/* The same order and version again: the same event, whatever prices are by now. */
static void quote_repeat(struct fold *f, const struct input *in, const struct quote_row *row)
{
    struct receipt receipt = {0};
    struct fault fault = {0};
    if (!shape_decode(&receipt_shape, row->receipt, SHAPE_OPEN, fold_arena(f), &receipt, &fault)) {
        fold_poison(f, in, "the receipt of order %.*s cannot be read", STR_ARG(row->order_id));
        return;
    }
    struct quote_told told = receipt_told(&receipt, &row->receipt_hash, fold_arena(f));
    fold_emit(f, in,
              &(struct emission){.type = answer_type(row->outcome),
                                 .body = &told,
                                 .repeat_id = row->event_id,
                                 .repeat_sequence = row->chain.sequence});
}

/* A preview is nobody's history: it has no place in the order's chain. */
static struct chain *chain_edit(struct fold *f, const struct quote_request *r,
                                struct quote_row *row)
{
    if (r->dry_run)
        return NULL;
    if (r->version == VERSION_FIRST)
        return &row->chain;
    struct quote_row key = first_key(r);
    const struct quote_row *first = fold_get(f, &quote_entity, &key);
    struct quote_chain_row *order =
        fold_edit(f, &quote_chain_entity, &(struct quote_chain_row){.order_id = r->order});
    if (order->chain.sequence == 0 && first != NULL)
        order->chain = first->chain;
    return &order->chain;
}

static struct str versions_text(struct fold *f)
{
    return arena_printf(fold_arena(f), "price_list=%lld,price=%lld,discount=%lld",
                        (long long)fold_version(f, KIND_PRICE_LIST),
                        (long long)fold_version(f, KIND_PRICE),
                        (long long)fold_version(f, KIND_DISCOUNT));
}

/* Returns what is told. */
static struct quote_told quote_fill(struct quote_row *row, const struct quote *q,
                                    struct str versions, struct arena *a)
{
    row->account = q->request->account;
    row->currency = q->request->currency;
    row->outcome = quote_priced(q) ? QUOTE_PRICED : QUOTE_REFUSED;
    row->total = q->result.total_micro;
    row->placed_at = q->request->placed_at;
    row->versions = versions;
    const struct receipt *receipt = receipt_of(q, versions, a);
    row->receipt = receipt_text(receipt, a, &row->receipt_hash);
    struct quote_told told = receipt_told(receipt, &row->receipt_hash, a);
    told.dry_run = q->request->dry_run;
    return told;
}

static void quote_decide(struct fold *f, const struct input *in)
{
    const struct quote_request *r = in->body;
    struct arena *a = fold_arena(f);
    struct quote_row key = quote_key(r, a);
    const struct quote_row *old = fold_get(f, &quote_entity, &key);
    if (old != NULL && !r->dry_run) {
        quote_repeat(f, in, old);
        return;
    }
    struct quote q = quote_price(r, fold_snapshot(f), a);
    struct quote_row *row = fold_edit(f, &quote_entity, &key);
    struct quote_told told = quote_fill(row, &q, versions_text(f), a);
    struct chain *chain = chain_edit(f, r, row);
    /* A preview's remarks are in its answer only. */
    for (size_t i = 0; chain != NULL && i < q.remark_count; i++)
        fold_emit(f, in,
                  &(struct emission){
                      .type = q.remarks[i].type, .body = &q.remarks[i].fact, .chain = chain});
    row->event_id = fold_emit(
        f, in,
        &(struct emission){.type = answer_type(row->outcome), .body = &told, .chain = chain});
    if (chain != NULL)
        row->chain = *chain;
}

/* --- reference data */

static void price_list_needs(struct fold *f, const struct input *in)
{
    const struct price_list_put *put = in->body;
    fold_need(f, &price_list_entity, &(struct price_list_row){.price_list = put->price_list});
}

static void price_list_change(struct fold *f, const struct input *in)
{
    const struct price_list_put *put = in->body;
    struct arena *a = fold_arena(f);
    struct list_doc list = list_doc_of(put);
    fold_reference_put(f, in, KIND_PRICE_LIST, put->price_list,
                       shape_text(&list_doc_shape, &list, a));
    for (size_t i = 0; i < put->prices_count; i++) {
        struct price_doc price = price_doc_of(put->price_list, &put->prices[i]);
        fold_reference_put(f, in, KIND_PRICE, price_id(a, put->price_list, &put->prices[i]),
                           shape_text(&price_doc_shape, &price, a));
    }
    for (size_t i = 0; i < put->removed_count; i++)
        fold_reference_remove(f, in, KIND_PRICE, price_id(a, put->price_list, &put->removed[i]));
}

static void price_list_decide(struct fold *f, const struct input *in)
{
    const struct price_list_put *put = in->body;
    struct arena *a = fold_arena(f);
    struct price_list_row key = {.price_list = put->price_list};
    const struct price_list_row *old = fold_get(f, &price_list_entity, &key);
    struct fault fault = {0};
    if (!price_list_check(put, old != NULL ? old->currency : STR_NONE, a, &fault)) {
        fold_answer(f, in, &fault, STR_NONE);
        return;
    }
    struct price_list_row *row = fold_edit(f, &price_list_entity, &key);
    row->currency = put->currency;
    price_list_change(f, in);
    fold_answer(f, in, NULL,
                arena_printf(a, "price list %.*s: %zu prices put, %zu removed",
                             STR_ARG(put->price_list), put->prices_count, put->removed_count));
}

static void discount_decide(struct fold *f, const struct input *in)
{
    const struct discount_put *put = in->body;
    struct arena *a = fold_arena(f);
    struct fault fault = {0};
    if (!discounts_check(put, a, &fault)) {
        fold_answer(f, in, &fault, STR_NONE);
        return;
    }
    for (size_t i = 0; i < put->items_count; i++)
        fold_reference_put(f, in, KIND_DISCOUNT, put->items[i].discount,
                           shape_text(&discount_shape, &put->items[i], a));
    fold_answer(f, in, NULL, arena_printf(a, "%zu discounts put", put->items_count));
}

/* --- which input goes where */

static const struct handler {
    const struct message_type *type;
    void (*needs)(struct fold *f, const struct input *in); /* NULL: none */
    void (*decide)(struct fold *f, const struct input *in);
} handlers[] = {
    {&type_quote_request, quote_needs, quote_decide},
    {&type_price_list_put, price_list_needs, price_list_decide},
    {&type_discount_put, NULL, discount_decide},
};

static const struct handler *handler_of(const struct input *in)
{
    for (size_t i = 0; i < ARRAY_LEN(handlers); i++) {
        if (in->type != NULL && in->type == handlers[i].type)
            return &handlers[i];
    }
    return NULL;
}

void pricing_needs(struct fold *f, const struct input *in)
{
    const struct handler *h = handler_of(in);
    if (h != NULL && h->needs != NULL)
        h->needs(f, in);
}

void pricing_decide(struct fold *f, const struct input *in)
{
    const struct handler *h = handler_of(in);
    if (h == NULL) {
        fold_poison(f, in, "pricing has no rule for this input");
        return;
    }
    h->decide(f, in);
}
