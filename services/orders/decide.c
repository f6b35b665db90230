/* decide: the one table of inputs. Commands and catalogue facts have their own ways; everything
 * else is an answer about an order, and the saga's table says whether it is waited for. */
#include "services/orders/decide.h"

#include "services/orders/catalogue.h"
#include "services/orders/saga.h"

struct answer {
    const struct message_type *type;
    enum saga_event event;
    void (*go)(struct saga *s, const void *body);
    void (*undo)(struct saga *s, const void *body); /* the order has ended */
};

static const struct answer answers[] = {
    {&type_quote_priced, EVENT_PRICED, price_told, NULL},
    {&type_quote_refused, EVENT_PRICE_REFUSED, price_refused, NULL},
    {&type_authorization_granted, EVENT_GRANTED, authorize_granted, authorize_late_yes},
    {&type_authorization_pending, EVENT_PENDING, authorize_pending, authorize_late_yes},
    {&type_authorization_reminded, EVENT_REMINDED, authorize_reminded, NULL},
    {&type_authorization_refused, EVENT_CREDIT_REFUSED, authorize_refused, authorize_late_no},
    {&type_authorization_rejected, EVENT_APPROVAL_REJECTED, authorize_rejected, authorize_late_no},
    {&type_authorization_expired, EVENT_APPROVAL_EXPIRED, authorize_expired, authorize_late_no},
    {&type_reservation_reserved, EVENT_RESERVED, reserve_reserved, reserve_late_yes},
    {&type_reservation_refused, EVENT_STOCK_REFUSED, reserve_refused, reserve_late_no},
    {&type_reservation_expired, EVENT_STOCK_EXPIRED, reserve_expired, reserve_late_no},
    {&type_fulfilment_answered, EVENT_ANSWERED, fulfil_answered, NULL},
};

static const struct answer *answer_of(const struct message_type *type)
{
    for (size_t i = 0; i < ARRAY_LEN(answers); i++)
        if (answers[i].type == type)
            return &answers[i];
    return NULL;
}

static struct order_row key_of(const struct input *in)
{
    return (struct order_row){.order_id = message_member(in->body, in->type->subject_at)};
}

void orders_needs(struct fold *f, const struct input *in)
{
    if (in->kind == INPUT_TIMER)
        remind_needs(f, in);
    if (in->type == NULL || in->type->subject_at == OFFSET_NONE)
        return;
    struct order_row key = key_of(in);
    fold_need(f, &orders_entity, &key);
}

static void answer_decide(struct fold *f, const struct input *in, const struct answer *answer)
{
    struct order_row key = key_of(in);
    const struct order_row *row = fold_get(f, &orders_entity, &key);
    if (row == NULL) {
        fold_poison(f, in, "An answer about order %.*s, which is not here.", STR_ARG(key.order_id));
        return;
    }
    enum saga_verdict verdict = saga_rule(row->step, answer->event);
    if (verdict == SAGA_IGNORE)
        return;
    void (*take)(struct saga * s, const void *body) =
        verdict == SAGA_GO ? answer->go : answer->undo;
    assert(take != NULL && "the saga's table and this one agree");
    struct saga s = {.fold = f, .in = in, .arena = fold_arena(f)};
    s.row = fold_edit(f, &orders_entity, &key);
    take(&s, in->body);
}

void orders_decide(struct fold *f, const struct input *in)
{
    const struct answer *answer = answer_of(in->type);
    if (answer != NULL)
        answer_decide(f, in, answer);
    else if (in->type == &type_order_submit || in->type == &type_order_preview)
        submit_decide(f, in);
    else if (in->type == &type_order_cancel)
        cancel_decide(f, in);
    else if (in->kind == INPUT_TIMER)
        remind_decide(f, in);
    else if (in->type != NULL && reference_type(in->type))
        reference_keep(f, in);
    else
        fold_poison(f, in, "Orders has no way for this input.");
}
