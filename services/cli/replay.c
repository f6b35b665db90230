/* replay: the orders of a data set, submitted on behalf, with their own prices and dates. */
#include "services/cli/replay.h"

#include "common/ids.h"
#include "services/cli/draft.h"
#include "services/cli/grid.h"
#include "services/cli/import.h"
#include "services/cli/order.h"
#include "services/cli/progress.h"

#include <stdio.h>
#include <string.h>

enum { PAUSE_MIN_MS = 5, PAUSE_MAX_MS = 100, STALL_MS = 120000, SHOWN_MAX = 20 };

static bool member_made(struct replay *r, const struct made *made, const char *member,
                        struct str *out)
{
    const struct node *n = node_find(made->maker, member);
    struct value v;
    *out = STR_NONE;
    if (n == NULL || n->kind != NODE_TEXT)
        return true;
    if (!template_make(&r->mapping, &made->scope, n->text, &v))
        return false;
    *out = v.text;
    return true;
}

/* "fulfil": {"when": [...], "carrier": "...", "tracking": "..."} */
static bool fulfil_made(struct replay *r, const struct made *made, struct replayed *o)
{
    const struct node *fulfil = node_find(made->maker, "fulfil");
    if (fulfil == NULL)
        return true;
    struct made there = *made;
    there.maker = fulfil;
    return conditions_hold(&r->mapping, &made->scope, node_find(fulfil, "when"), &o->ships) &&
           member_made(r, &there, "carrier", &o->carrier) &&
           member_made(r, &there, "tracking", &o->tracking);
}

/* The order's own id is derived from principal, type and the number in the set (contract). */
static struct str order_text(struct replay *r, const struct made *made, struct str source_id)
{
    struct arena *a = r->c->arena;
    struct str key = arena_printf(a, "%.*s/%.*s/%.*s", STR_ARG(r->mapping.name),
                                  STR_ARG(r->mapping.run), STR_ARG(source_id));
    struct str parts[] = {made_text(made, "principal"), STR("batuta.orders.order.submit.v1"), key};
    struct str id = uuid_derive(a, parts, ARRAY_LEN(parts));
    return arena_printf(a, "{\"order\":\"%.*s\",%.*s", STR_ARG(id), (int)made->json.size - 1,
                        made->json.at + 1);
}

static void order_prepare(struct replay *r, const struct made *made)
{
    struct replayed *o = &r->orders[r->count];
    struct fault f;
    *o = (struct replayed){.made = made};
    if (!member_made(r, made, "id", &o->source_id) || !fulfil_made(r, made, o))
        return;
    if (!str_present(o->source_id)) {
        verdict_add(r->mapping.verdict, made->file, made->line, "mapping_invalid",
                    STR("orders have an \"id\" that is not empty"));
        return;
    }
    struct str text = order_text(r, made, o->source_id);
    if (!command_check(r->c, command_type("orders.order.submit"), text, &o->parcel, &f)) {
        verdict_add(r->mapping.verdict, made->file, made->line, f.code,
                    arena_printf(r->c->arena, "at %.*s: %.*s", STR_ARG(f.path), STR_ARG(f.text)));
        return;
    }
    snprintf(r->currency, sizeof r->currency, "%.*s", STR_ARG(made_text(made, "currency")));
    r->count++;
}

static int orders_prepare(struct replay *r)
{
    struct err e = {0};
    int64_t limit;
    if (!args_integer(&r->c->args, "limit", (struct range){INT32_MAX, 1, INT32_MAX}, &limit, &e))
        return cli_usage(r->c, "%s", e.text);
    struct str run = args_value(&r->c->args, "run");
    r->mapping.run = str_present(run) ? run : uuid_mint(r->c->arena, clock_now());
    section_make(&r->mapping, "orders", &r->made);
    r->orders = arena_array(r->c->arena, struct replayed, r->made.count);
    for (size_t i = 0; i < r->made.count && i < (size_t)limit; i++)
        order_prepare(r, &r->made.items[i]);
    if (r->mapping.verdict->count > 0)
        return verdict_print(r->c, r->mapping.verdict);
    if (r->count == 0)
        return cli_end(r->c, END_USAGE, "the mapping makes no orders");
    return END_OK;
}

int replay_await(struct replay *r, const char *what, replay_done done)
{
    struct arena scratch;
    struct progress bar = progress_new(what, r->count);
    struct err e = {0};
    int64_t stall = cli_timeout_ms(r->c) > STALL_MS ? cli_timeout_ms(r->c) : STALL_MS;
    size_t at = 0;
    int wait_ms = PAUSE_MIN_MS;
    int64_t until = clock_monotonic_us() + stall * 1000;
    arena_init(&scratch);
    struct arena *kept = cli_arena_swap(r->c, &scratch);
    while (at < r->count && clock_monotonic_us() < until) {
        arena_reset(&scratch);
        e = (struct err){0};
        if (done(r, &r->orders[at], &e)) {
            progress_step(&bar, ++at);
            until = clock_monotonic_us() + stall * 1000;
            wait_ms = PAUSE_MIN_MS;
            continue;
        }
        pause_ms(wait_ms);
        wait_ms = wait_ms * 2 < PAUSE_MAX_MS ? wait_ms * 2 : PAUSE_MAX_MS;
    }
    progress_end(&bar);
    r->c->arena = kept;
    arena_release(&scratch);
    if (at == r->count)
        return END_OK;
    return cli_end(r->c, END_UNAVAILABLE,
                   "%s: order %.*s does not get on (%zu of %zu are done)%s%s", what,
                   STR_ARG(r->orders[at].source_id), at, r->count, e.text[0] ? ": " : "", e.text);
}

/* Confirmed, or at an end; a refusal that left no order is an end too. */
static bool is_settled(struct replay *r, struct replayed *o, struct err *e)
{
    struct reply reply;
    struct answer a;
    struct str path = arena_printf(r->c->arena, "/orders/%.*s", STR_ARG(o->parcel.key));
    if (!fetch(r->c, "orders", path, &reply, e))
        return false;
    if (reply.status == 200 && reply.body != NULL) {
        struct str state = order_state(reply.body);
        enum fate fate = fate_of(state);
        const struct node *subs = node_find(reply.body, "sub_orders");
        snprintf(o->state, sizeof o->state, "%.*s", STR_ARG(state));
        o->confirmed = fate == FATE_DONE;
        o->sub_order_count = subs != NULL ? subs->count : 0;
        return fate == FATE_DONE || fate == FATE_OVER || fate == FATE_WAITING;
    }
    if (!answer_look(r->c, "orders", o->parcel.id, &a, e) || !a.known || a.accepted)
        return false;
    snprintf(o->state, sizeof o->state, "%.*s", STR_ARG(a.code));
    return true;
}

static void unconfirmed_print(const struct replay *r)
{
    size_t shown = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct replayed *o = &r->orders[i];
        if (!o->confirmed && shown++ < SHOWN_MAX)
            cli_note("order %.*s is not confirmed: %s (batuta order show %.*s)",
                     STR_ARG(o->source_id), o->state, STR_ARG(o->parcel.key));
    }
}

static int orders_send(struct replay *r)
{
    struct err e = {0};
    for (size_t i = 0; i < r->count; i++)
        if (!sender_put(r->c, &r->orders[i].parcel, &e))
            return cli_end(r->c, END_UNAVAILABLE, "%s", e.text);
    if (!sender_flush(r->c, &e))
        return cli_end(r->c, END_UNAVAILABLE, "%s", e.text);
    return replay_await(r, "confirmed", is_settled);
}

int run_replay(struct cli *c)
{
    struct replay *r = arena_new(c->arena, struct replay);
    r->c = c;
    int code = mapping_open(c, &r->mapping);
    if (code == END_OK)
        code = orders_prepare(r);
    if (code != END_OK)
        return code;
    cli_note("replay: %zu orders, run %.*s", r->count, STR_ARG(r->mapping.run));
    code = orders_send(r);
    if (code != END_OK)
        return code;
    unconfirmed_print(r);
    code = replay_fulfil(r);
    return code != END_OK ? code : replay_check(r);
}
