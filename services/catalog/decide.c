/* decide: commands of the back office, and which code decides what. Pure: what it reads and changes
 * goes through the fold. */
#include "services/catalog/decide.h"

#include "services/catalog/decide_expiry.h"
#include "services/catalog/decide_reservation.h"
#include "services/catalog/reference_rules.h"
#include "services/catalog/stock_rules.h"

/* --- reference facts */

static void reference_decide(struct fold *f, const struct input *in)
{
    const struct reference_kind *kind = reference_kind_of(in->type);
    assert(kind != NULL);
    struct reference_put put = kind->view(in->body);
    struct arena *a = fold_arena(f);
    struct fault fault;
    if (!reference_check(kind, &put, fold_snapshot(f), a, &fault)) {
        if (str_blank(put.principal) || str_blank(put.idempotency_key))
            fold_deny(f, in, &fault);
        else
            fold_answer(f, in, &fault, STR_NONE);
        return;
    }
    for (size_t i = 0; i < put.items_count; i++) {
        const void *item = reference_item(kind, &put, i);
        fold_reference_put(f, in, kind->name, kind->id(item, a), shape_text(kind->item, item, a));
    }
    int64_t version = fold_reference_next(f, in, kind->name);
    fold_emit(f, in,
              &(struct emission){.type = kind->changed, .body = kind->fact(in->body, version, a)});
    fold_answer(f, in, NULL, arena_printf(a, "version %lld", (long long)version));
}

/* --- stock: a count, or a receipt */

/* The rule for one item; on success *next is what the row becomes. */
static bool item_check(struct fold *f, struct str node, const struct stock_item *item,
                       struct stock *next, struct fault *fault)
{
    const struct known *product = snapshot_product(fold_snapshot(f), item->sku);
    struct stock key = {.node = node, .sku = item->sku};
    const struct stock *now = fold_get(f, &stock_entity, &key);
    *next = now != NULL ? *now : key;
    if (product == NULL) {
        fault_say(fault, "sku_unknown", STR("/sku"), "No such product is known yet.",
                  "Put the product first and wait for the answer.");
        fault->retriable = true;
        return false;
    }
    return str_is(str_of(item->quantity.unit), product->unit) ||
           fault_say(fault, "unit_mismatch", STR("/quantity/unit"),
                     "The product is counted in another unit.",
                     "Send the quantity in the product's unit.");
}

static bool items_check(struct fold *f, const struct input *in, struct stock *next,
                        struct fault *fault)
{
    const struct stock_change *change = in->body;
    bool (*rule)(struct stock *, const struct stock_item *, struct fault *) =
        in->type == &type_stock_set ? stock_set : stock_receive;
    for (size_t i = 0; i < change->items_count; i++) {
        const struct stock_item *item = &change->items[i];
        if (item_check(f, change->node, item, &next[i], fault) && rule(&next[i], item, fault))
            continue;
        fault->path = arena_printf(fold_arena(f), "/items/%zu%.*s", i, STR_ARG(fault->path));
        return false;
    }
    return true;
}

static bool change_check(struct fold *f, const struct input *in, struct stock *next,
                         struct fault *fault)
{
    const struct stock_change *change = in->body;
    if (!snapshot_has_node(fold_snapshot(f), change->node)) {
        fault_say(fault, "node_unknown", STR("/node"), "No such node is known yet.",
                  "Put the node first and wait for the answer.");
        fault->retriable = true;
        return false;
    }
    struct str *skus = arena_array(fold_arena(f), struct str, change->items_count);
    for (size_t i = 0; i < change->items_count; i++)
        skus[i] = change->items[i].sku;
    size_t again = text_repeated(skus, change->items_count, fold_arena(f));
    if (again < change->items_count)
        return fault_say(fault, "item_repeated", arena_printf(fold_arena(f), "/items/%zu", again),
                         "The same SKU stands in this command twice.", "Send each SKU once.");
    return items_check(f, in, next, fault);
}

static struct quantity quantity_of(const struct stock_item *item, int64_t micro)
{
    struct quantity q = item->quantity;
    q.micro = micro;
    return q;
}

static void stock_decide(struct fold *f, const struct input *in)
{
    const struct stock_change *change = in->body;
    size_t count = change->items_count;
    struct stock *next = arena_array(fold_arena(f), struct stock, count);
    struct fault fault = {0};
    if (!change_check(f, in, next, &fault)) {
        fold_answer(f, in, &fault, STR_NONE);
        return;
    }
    struct stock_level *levels = arena_array(fold_arena(f), struct stock_level, count);
    for (size_t i = 0; i < count; i++) {
        struct stock *row = fold_edit(f, &stock_entity, &next[i]);
        *row = next[i];
        levels[i] = (struct stock_level){.sku = row->sku,
                                         .on_hand = quantity_of(&change->items[i], row->on_hand),
                                         .reserved = quantity_of(&change->items[i], row->reserved)};
    }
    struct stock_told told = {.node = change->node, .items = levels, .items_count = count};
    fold_emit(f, in, &(struct emission){.type = &type_stock_changed, .body = &told});
    fold_answer(f, in, NULL, STR_NONE);
}

static void stock_needs(struct fold *f, const struct stock_change *change)
{
    for (size_t i = 0; i < change->items_count; i++)
        fold_need(f, &stock_entity,
                  &(struct stock){.node = change->node, .sku = change->items[i].sku});
}

/* --- who decides what */

static const struct {
    const struct message_type *type;
    void (*decide)(struct fold *f, const struct input *in);
} handlers[] = {
    {&type_reservation_request, reservation_request_decide},
    {&type_reservation_commit, reservation_commit_decide},
    {&type_reservation_release, reservation_release_decide},
    {&type_product_put, reference_decide},
    {&type_seller_put, reference_decide},
    {&type_node_put, reference_decide},
    {&type_offer_put, reference_decide},
    {&type_assortment_put, reference_decide},
    {&type_stock_set, stock_decide},
    {&type_stock_receive, stock_decide},
};

static bool is_minute(const struct input *in)
{
    return str_is(in->timer->kind, "expiry_minute");
}

static void timer_decide(struct fold *f, const struct input *in)
{
    assert(is_minute(in) || str_is(in->timer->kind, "reservation_expiry"));
    if (is_minute(in))
        expiry_minute_decide(f, in);
    else
        reservation_expiry_decide(f, in);
}

void catalog_decide(struct fold *f, const struct input *in)
{
    if (in->kind == INPUT_TIMER) {
        timer_decide(f, in);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
        if (handlers[i].type == in->type) {
            handlers[i].decide(f, in);
            return;
        }
    assert(false && "a type that no route names");
}

void catalog_needs(struct fold *f, const struct input *in)
{
    if (in->kind == INPUT_TIMER && is_minute(in))
        expiry_minute_needs(f, in);
    else if (in->kind == INPUT_TIMER)
        reservation_needs(f, in->timer->subject, in->timer->key);
    else if (in->type == &type_stock_set || in->type == &type_stock_receive)
        stock_needs(f, in->body);
    else if (in->type->topic == type_reservation_request.topic)
        reservation_request_needs(f, in);
}
