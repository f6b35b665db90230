/* decide: fetches rows, asks the rules, edits rows and tells what came of it. Pure. */
#include "services/notifications/decide.h"

#include "services/notifications/fulfilment_rules.h"

/* --- keys: integers become text, absent texts become empty ones */

static struct fulfilment_row fulfilment_key(struct fold *f, struct str order, int64_t sub_order)
{
    return (struct fulfilment_row){
        .order_id = order, .sub_order = arena_printf(fold_arena(f), "%lld", (long long)sub_order)};
}

static struct notice_row notice_key(const struct notice *n)
{
    return (struct notice_row){.order_id = n->order,
                               .kind = n->kind,
                               .cause = str_present(n->cause) ? n->cause : STR(""),
                               .recipient = n->recipient};
}

static struct payable_row payable_key(struct fold *f, const struct payable *p)
{
    return (struct payable_row){.order_id = p->order,
                                .version =
                                    arena_printf(fold_arena(f), "%lld", (long long)p->version)};
}

/* --- telling */

/* To the seller's own topic, numbered by the seller's chain. */
static void tell_partner(struct fold *f, const struct input *in, const struct message_type *type,
                         const void *body, struct partner *p)
{
    struct emission e = {
        .type = type, .body = body, .topic_argument = p->partner, .chain = &p->chain};
    fold_emit(f, in, &e);
}

static struct partner *edit_partner(struct fold *f, struct str partner)
{
    return fold_edit(f, &partner_entity, &(struct partner){.partner = partner});
}

/* --- announce */

static struct progress *progress_of(struct fold *f, const struct fulfilment *body)
{
    struct progress *lines = arena_array(fold_arena(f), struct progress, body->lines_count);
    for (size_t i = 0; i < body->lines_count; i++)
        lines[i] = (struct progress){.line = body->lines[i].line,
                                     .sku = body->lines[i].sku,
                                     .quantity = body->lines[i].quantity,
                                     .rejected = {0, true},
                                     .shipped = {0, true},
                                     .delivered = {0, true}};
    return lines;
}

static void announce_take(struct fold *f, const struct input *in, const struct fulfilment_row *key)
{
    const struct fulfilment *body = in->body;
    struct fulfilment_row *r = fold_edit(f, &fulfilment_entity, key);
    r->partner = body->partner;
    r->version = body->version;
    r->state = FULFILMENT_NEW;
    r->lines = progress_of(f, body);
    r->lines_count = body->lines_count;
    r->announced_at = r->changed_at = fold_now(f);
    struct partner *p = edit_partner(f, body->partner);
    p->fulfilments++;
    tell_partner(f, in, &type_fulfilment_ordered, body, p);
}

static void announce_decide(struct fold *f, const struct input *in)
{
    const struct fulfilment *body = in->body;
    struct fulfilment_row key = fulfilment_key(f, body->order, body->sub_order);
    const struct fulfilment_row *r = fold_get(f, &fulfilment_entity, &key);
    if (r == NULL)
        announce_take(f, in, &key);
    else if (r->version != body->version || !str_eq(r->partner, body->partner))
        fold_poison(f, in, "sub-order %lld was announced in version %lld before, now in %lld",
                    (long long)body->sub_order, (long long)r->version, (long long)body->version);
}

/* --- cancel */

static struct fulfilment_answer cancel_answer(struct fold *f, const struct fulfilment_cancel *body,
                                              const struct fulfilment_row *r, const char *answer,
                                              const char *reason)
{
    struct fulfilment_answer a = {.order = body->order,
                                  .partner = body->partner,
                                  .sub_order = body->sub_order,
                                  .answer = str_of(answer),
                                  .reason = str_of(reason)};
    if (r == NULL || reason != NULL)
        return a;
    a.lines = arena_array(fold_arena(f), struct line_quantity, r->lines_count);
    a.lines_count = fulfilment_left_lines(r, CAUSE_CANCEL, a.lines);
    return a;
}

static void cancel_again(struct fold *f, const struct input *in, const struct fulfilment_row *r)
{
    const struct fulfilment_cancel *body = in->body;
    bool refused = str_is(r->cancel_answer, "cancel_refused");
    struct fulfilment_answer a =
        cancel_answer(f, body, r, refused ? "cancel_refused" : "cancelled",
                      refused ? fulfilment_rule(r->state, CAUSE_CANCEL)->code : NULL);
    fold_emit(f, in,
              &(struct emission){.type = &type_fulfilment_answered,
                                 .body = &a,
                                 .repeat_id = r->cancel_event,
                                 .repeat_sequence = r->cancel_sequence});
}

static void cancel_take(struct fold *f, const struct input *in, const struct fulfilment_row *key)
{
    const struct fulfilment_cancel *body = in->body;
    struct fulfilment_row *r = fold_edit(f, &fulfilment_entity, key);
    const struct fulfilment_rule *rule = fulfilment_rule(r->state, CAUSE_CANCEL);
    bool refused = rule->move == MOVE_REFUSE;
    struct fulfilment_answer a = cancel_answer(f, body, r, refused ? "cancel_refused" : "cancelled",
                                               refused ? rule->code : NULL);
    if (rule->move == MOVE_TAKE) {
        fulfilment_apply(r, CAUSE_CANCEL, NULL, 0);
        r->changed_at = fold_now(f);
        tell_partner(f, in, &type_fulfilment_cancelled, body, edit_partner(f, body->partner));
    }
    struct emission e = {.type = &type_fulfilment_answered, .body = &a, .chain = &r->chain};
    r->cancel_event = fold_emit(f, in, &e);
    r->cancel_sequence = r->chain.sequence;
    r->cancel_answer = a.answer;
}

static void cancel_decide(struct fold *f, const struct input *in)
{
    const struct fulfilment_cancel *body = in->body;
    struct fulfilment_row key = fulfilment_key(f, body->order, body->sub_order);
    const struct fulfilment_row *r = fold_get(f, &fulfilment_entity, &key);
    if (r == NULL || !str_eq(r->partner, body->partner)) {
        struct fulfilment_answer unknown =
            cancel_answer(f, body, NULL, "cancel_refused", "fulfilment_unknown");
        fold_emit(f, in, &(struct emission){.type = &type_fulfilment_answered, .body = &unknown});
    } else if (str_present(r->cancel_event)) {
        cancel_again(f, in, r);
    } else {
        cancel_take(f, in, &key);
    }
}

/* --- what the partner answers */

static const struct response {
    const struct message_type *type;
    enum fulfilment_cause cause;
    const char *answer;
} responses[] = {
    {&type_fulfilment_accept, CAUSE_ACCEPT, "accepted"},
    {&type_fulfilment_reject, CAUSE_REJECT, "rejected"},
    {&type_fulfilment_ship, CAUSE_SHIP, "shipped"},
    {&type_fulfilment_deliver, CAUSE_DELIVER, "delivered"},
};

static const struct response *response_of(const struct message_type *type)
{
    for (size_t i = 0; i < ARRAY_LEN(responses); i++)
        if (responses[i].type == type)
            return &responses[i];
    return NULL;
}

/* Another's sub-order, one that never was and a sender who is not the partner are told alike, so
 * that nobody learns what others have. */
static void deny_unknown(struct fold *f, const struct input *in)
{
    struct fault fault = {.code = "fulfilment_unknown",
                          .path = STR("/order"),
                          .text = STR("There is no such sub-order of yours."),
                          .remedy = STR("Look at the sub-orders that were sent to you.")};
    fold_deny(f, in, &fault);
}

static void shipment_add(struct fold *f, struct fulfilment_row *r,
                         const struct fulfilment_response *body, const struct fulfilment_plan *plan)
{
    size_t count = r->shipments_count;
    struct shipment *more = arena_array(fold_arena(f), struct shipment, count + 1);
    for (size_t i = 0; i < count; i++)
        more[i] = r->shipments[i];
    more[count] = (struct shipment){.shipment = (int64_t)count + 1,
                                    .carrier = body->carrier,
                                    .tracking = body->tracking,
                                    .lines = plan->told,
                                    .lines_count = plan->told_count,
                                    .shipped_at = fold_now(f)};
    r->shipments = more;
    r->shipments_count = count + 1;
}

static void response_take(struct fold *f, const struct input *in, const struct fulfilment_row *key,
                          const struct fulfilment_plan *plan)
{
    const struct fulfilment_response *body = in->body;
    struct fulfilment_row *r = fold_edit(f, &fulfilment_entity, key);
    fulfilment_apply(r, plan->cause, plan->told, plan->told_count);
    r->changed_at = fold_now(f);
    if (plan->cause == CAUSE_SHIP)
        shipment_add(f, r, body, plan);
    struct fulfilment_answer a = {.order = body->order,
                                  .partner = body->partner,
                                  .sub_order = body->sub_order,
                                  .answer = str_of(response_of(in->type)->answer),
                                  .lines = plan->told,
                                  .lines_count = plan->told_count,
                                  .carrier = body->carrier,
                                  .tracking = body->tracking,
                                  .reason = body->reason,
                                  .principal = body->principal};
    struct emission e = {.type = &type_fulfilment_answered, .body = &a, .chain = &r->chain};
    fold_emit(f, in, &e);
    fold_answer(f, in, NULL, str_of(fulfilment_state_names[r->state]));
}

static void response_decide(struct fold *f, const struct input *in)
{
    const struct fulfilment_response *body = in->body;
    struct fulfilment_row key = fulfilment_key(f, body->order, body->sub_order);
    const struct fulfilment_row *r = fold_get(f, &fulfilment_entity, &key);
    if (r == NULL || !str_eq(r->partner, body->partner) ||
        !str_eq(body->principal, body->partner)) {
        deny_unknown(f, in);
        return;
    }
    struct fulfilment_plan plan = {
        .row = r, .cause = response_of(in->type)->cause, .response = body, .arena = fold_arena(f)};
    if (fulfilment_plan(&plan))
        response_take(f, in, &key, &plan);
    else
        fold_answer(f, in, &plan.fault, STR_NONE);
}

/* --- notices and payables: each told once */

static void notice_decide(struct fold *f, const struct input *in)
{
    const struct notice *body = in->body;
    struct notice_row key = notice_key(body);
    if (fold_get(f, &notice_entity, &key) != NULL)
        return;
    struct notice_row *r = fold_edit(f, &notice_entity, &key);
    r->told_at = fold_now(f);
    fold_emit(f, in,
              &(struct emission){.type = &type_notice_told, .body = body, .chain = &r->chain});
}

static void payable_decide(struct fold *f, const struct input *in)
{
    const struct payable *body = in->body;
    struct payable_row key = payable_key(f, body);
    if (fold_get(f, &payable_entity, &key) != NULL)
        return;
    const char *wrong = payable_fault(body);
    if (wrong != NULL) {
        fold_poison(f, in, "a payable that does not add up: %s", wrong);
        return;
    }
    struct payable_row *r = fold_edit(f, &payable_entity, &key);
    r->account = body->account;
    r->currency = body->currency;
    r->total = body->total.micro;
    r->told_at = fold_now(f);
    fold_emit(f, in,
              &(struct emission){.type = &type_payable_told, .body = body, .chain = &r->chain});
}

/* --- needs: what orders announces, asks to tell and to have paid it asks for once */

static void fulfilment_need(struct fold *f, struct str order, int64_t sub_order)
{
    struct fulfilment_row key = fulfilment_key(f, order, sub_order);
    fold_need(f, &fulfilment_entity, &key);
}

static void announce_needs(struct fold *f, const struct input *in)
{
    const struct fulfilment *body = in->body;
    struct fulfilment_row key = fulfilment_key(f, body->order, body->sub_order);
    fold_need_new(f, &fulfilment_entity, &key);
    fold_need(f, &partner_entity, &(struct partner){.partner = body->partner});
}

static void cancel_needs(struct fold *f, const struct input *in)
{
    const struct fulfilment_cancel *body = in->body;
    fulfilment_need(f, body->order, body->sub_order);
    fold_need(f, &partner_entity, &(struct partner){.partner = body->partner});
}

static void response_needs(struct fold *f, const struct input *in)
{
    const struct fulfilment_response *body = in->body;
    fulfilment_need(f, body->order, body->sub_order);
}

static void notice_needs(struct fold *f, const struct input *in)
{
    struct notice_row key = notice_key(in->body);
    fold_need_new(f, &notice_entity, &key);
}

static void payable_needs(struct fold *f, const struct input *in)
{
    struct payable_row key = payable_key(f, in->body);
    fold_need_new(f, &payable_entity, &key);
}

/* --- who decides what */

static const struct {
    const struct message_type *type;
    void (*needs)(struct fold *f, const struct input *in);
    void (*decide)(struct fold *f, const struct input *in);
} handlers[] = {
    {&type_fulfilment_announce, announce_needs, announce_decide},
    {&type_fulfilment_cancel, cancel_needs, cancel_decide},
    {&type_fulfilment_accept, response_needs, response_decide},
    {&type_fulfilment_reject, response_needs, response_decide},
    {&type_fulfilment_ship, response_needs, response_decide},
    {&type_fulfilment_deliver, response_needs, response_decide},
    {&type_notice_request, notice_needs, notice_decide},
    {&type_payable_request, payable_needs, payable_decide},
};

static size_t handler_of(const struct message_type *type)
{
    size_t i = 0;
    while (handlers[i].type != type) {
        i++;
        assert(i < ARRAY_LEN(handlers));
    }
    return i;
}

void notifications_needs(struct fold *f, const struct input *in)
{
    handlers[handler_of(in->type)].needs(f, in);
}

void notifications_decide(struct fold *f, const struct input *in)
{
    handlers[handler_of(in->type)].decide(f, in);
}
