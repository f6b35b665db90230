/* replay_fulfil: the sellers accept, ship and deliver what the data set says was shipped. Answers
 * of one seller go through one partition in order, so that the three follow each other without
 * waiting; only that the seller was told must be awaited first. */
#include "services/cli/grid.h"
#include "services/cli/order.h"
#include "services/cli/partner.h"
#include "services/cli/replay.h"

#include <stdio.h>
#include <string.h>

static bool fulfils(const struct replayed *o)
{
    return o->ships && o->confirmed;
}

/* Every sub-order has been announced to its seller. */
static bool is_announced(struct replay *r, struct replayed *o, struct err *e)
{
    struct reply reply;
    struct str path = arena_printf(r->c->arena, "/fulfilments/%.*s", STR_ARG(o->parcel.key));
    if (!fulfils(o))
        return true;
    if (!fetch(r->c, "notifications", path, &reply, e) || reply.status != 200 || !reply.body)
        return false;
    const struct node *items = node_find(reply.body, "items");
    return items != NULL && items->count >= o->sub_order_count && items->count > 0;
}

static bool answer_send(struct replay *r, const char *type, const struct partner_answer *answer,
                        struct err *e)
{
    struct parcel p;
    struct fault f;
    if (!command_check(r->c, command_type(type), partner_answer_text(r->c->arena, answer), &p, &f))
        return err_set(e, ERR_FATAL, "%s: %.*s at %.*s", type, STR_ARG(f.text), STR_ARG(f.path));
    return sender_put(r->c, &p, e);
}

static bool sub_order_send(struct replay *r, struct replayed *o, const struct node *sub,
                           struct err *e)
{
    static const char *const verbs[] = {"accept", "ship", "deliver"};
    const struct node *n = node_find(sub, "sub_order");
    struct partner_answer answer = {.partner = grid_text(r->c->arena, sub, "partner"),
                                    .order = o->parcel.key,
                                    .sub_order = n != NULL ? n->integer : 0};
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        bool ship = strcmp(verbs[i], "ship") == 0;
        answer.key = arena_printf(r->c->arena, "replay-%s-%.*s-%lld", verbs[i],
                                  STR_ARG(o->parcel.key), (long long)answer.sub_order);
        answer.carrier = ship ? o->carrier : STR_NONE;
        answer.tracking = ship ? o->tracking : STR_NONE;
        struct str type = arena_printf(r->c->arena, "notifications.fulfilment.%s", verbs[i]);
        if (!answer_send(r, type.at, &answer, e))
            return false;
    }
    return true;
}

static bool answers_send(struct replay *r, struct replayed *o, struct err *e)
{
    struct reply reply;
    struct str path = arena_printf(r->c->arena, "/fulfilments/%.*s", STR_ARG(o->parcel.key));
    if (!fulfils(o))
        return true;
    if (!fetch(r->c, "notifications", path, &reply, e) || reply.body == NULL)
        return false;
    const struct node *items = node_find(reply.body, "items");
    for (size_t i = 0; items != NULL && i < items->count; i++)
        if (!sub_order_send(r, o, &items->items[i], e))
            return false;
    return true;
}

static bool is_delivered(struct replay *r, struct replayed *o, struct err *e)
{
    struct reply reply;
    struct str path = arena_printf(r->c->arena, "/orders/%.*s", STR_ARG(o->parcel.key));
    if (!fulfils(o))
        return true;
    if (!fetch(r->c, "orders", path, &reply, e) || reply.status != 200 || reply.body == NULL)
        return false;
    struct str state = order_state(reply.body);
    return str_is(state, "delivered") || str_is(state, "closed");
}

int replay_fulfil(struct replay *r)
{
    struct err e = {0};
    int code = replay_await(r, "announced", is_announced);
    if (code == END_OK)
        code = replay_await(r, "answered", answers_send);
    if (code != END_OK)
        return code;
    if (!sender_flush(r->c, &e))
        return cli_end(r->c, END_UNAVAILABLE, "%s", e.text);
    return replay_await(r, "delivered", is_delivered);
}
