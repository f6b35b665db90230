/* work: the orders of a run: what is in them, and how clients send them. */
#include "tests/sim/work.h"

#include <stdio.h>

#include "proto/topics.h"

struct work *work;

const struct sku_plan skus[SKU_COUNT] = {
    {"ANVIL", 10000000, 0}, {"BELT", 25500000, 1}, {"CHALK", 3333000, 1}};
const char *const partners[PARTNER_COUNT] = {"norda", "alpen"};
const char *const nodes[PARTNER_COUNT] = {"norda/wels", "alpen/linz"};
const char *const accounts[ACCOUNT_COUNT] = {"acc-0", "acc-1", "acc-2"};

static struct bus_header *header(struct bus_header *at, const char *name, struct str value)
{
    *at = (struct bus_header){str_of(name), value};
    return at + 1;
}

void parcel_send(const struct parcel *p)
{
    struct sim_topic *t = topic_named(p->topic);
    struct record *r = arena_new(&sim->arena, struct record);
    struct bus_header *list = arena_array(&sim->arena, struct bus_header, 8), *at = list;
    struct str id = p->id;
    if (!str_present(id))
        id = arena_printf(&sim->arena, "c-%lld", (long long)++work->command_count);
    at = header(at, "ce_specversion", STR("1.0"));
    at = header(at, "ce_id", id);
    at = header(at, "ce_source", STR("/simulated"));
    at = header(at, "ce_type", str_of(p->type));
    at = header(at, "content-type", STR("application/json"));
    at = header(at, "batuta-auth", STR("simulated"));
    r->headers = list;
    r->header_count = (size_t)(at - list);
    r->key = p->key;
    r->value = p->body;
    int32_t place = partition_of(p->key, sim->partitions);
    if (p->misplaced)
        place = (place + 1) % sim->partitions;
    log_append(&t->logs[place], r);
}

/* ---- the world that orders are placed in */

enum { REFERENCE_COUNT = 5 };

static struct str setup_body(int step, const char **topic, const char **type)
{
    static const struct {
        const char *topic, *type, *body;
    } steps[] = {
        {"catalog.commands.v1", "batuta.catalog.seller.put.v1",
         "{\"reference\":\"reference:seller\",\"principal\":\"ops\",\"idempotency_key\":\"s\","
         "\"items\":[{\"seller\":\"norda\",\"name\":\"Norda\",\"owner\":true},"
         "{\"seller\":\"alpen\",\"name\":\"Alpen\"}]}"},
        {"catalog.commands.v1", "batuta.catalog.node.put.v1",
         "{\"reference\":\"reference:node\",\"principal\":\"ops\",\"idempotency_key\":\"n\","
         "\"items\":[{\"node\":\"norda/wels\",\"seller\":\"norda\",\"name\":\"Wels\"},"
         "{\"node\":\"alpen/linz\",\"seller\":\"alpen\",\"name\":\"Linz\"}]}"},
        {"catalog.commands.v1", "batuta.catalog.product.put.v1",
         "{\"reference\":\"reference:product\",\"principal\":\"ops\",\"idempotency_key\":\"p\","
         "\"items\":[{\"sku\":\"ANVIL\",\"name\":\"Anvil\",\"unit\":\"C62\"},"
         "{\"sku\":\"BELT\",\"name\":\"Belt\",\"unit\":\"C62\"},"
         "{\"sku\":\"CHALK\",\"name\":\"Chalk\",\"unit\":\"C62\"}]}"},
        {"catalog.commands.v1", "batuta.catalog.offer.put.v1",
         "{\"reference\":\"reference:offer\",\"principal\":\"ops\",\"idempotency_key\":\"o\","
         "\"items\":[{\"sku\":\"ANVIL\",\"node\":\"norda/wels\"},"
         "{\"sku\":\"BELT\",\"node\":\"alpen/linz\",\"priority\":1},"
         "{\"sku\":\"CHALK\",\"node\":\"alpen/linz\"}]}"},
        {"pricing.commands.v1", "batuta.pricing.price_list.put.v1",
         "{\"reference\":\"reference:price_list\",\"principal\":\"ops\",\"idempotency_key\":\"l\","
         "\"price_list\":\"base\",\"level\":\"base\",\"currency\":\"EUR\",\"prices\":["
         "{\"sku\":\"ANVIL\",\"unit\":\"C62\",\"amount\":\"10\"},"
         "{\"sku\":\"BELT\",\"unit\":\"C62\",\"amount\":\"25.5\"},"
         "{\"sku\":\"CHALK\",\"unit\":\"C62\",\"amount\":\"3.333\"}]}"},
    };
    static_assert(ARRAY_LEN(steps) == REFERENCE_COUNT, "one each");
    if (step >= REFERENCE_COUNT)
        return STR_NONE;
    *topic = steps[step].topic;
    *type = steps[step].type;
    return str_of(steps[step].body);
}

static void stock_send(int node)
{
    int on_hand = work->tight_stock ? TIGHT_STOCK : AMPLE_STOCK;
    struct buf b = {.arena = &sim->arena};
    buf_printf(&b, "{\"node\":\"%s\",\"principal\":\"ops\",\"idempotency_key\":\"k\",\"items\":[",
               nodes[node]);
    bool first = true;
    for (int i = 0; i < SKU_COUNT; i++) {
        if (skus[i].node != node)
            continue;
        buf_printf(&b, "%s{\"sku\":\"%s\",\"quantity\":{\"value\":\"%d\",\"unit\":\"C62\"}}",
                   first ? "" : ",", skus[i].sku, on_hand);
        first = false;
    }
    buf_text(&b, "]}");
    parcel_send(&(struct parcel){.topic = "catalog.commands.v1",
                                 .type = "batuta.catalog.stock.set.v1",
                                 .key = str_of(nodes[node]),
                                 .body = buf_done(&b)});
}

static void account_send(int account)
{
    const char *limit = work->tight_credit ? "400.00" : "9000000.00";
    struct str body = arena_printf(
        &sim->arena,
        "{\"account\":\"%s\",\"principal\":\"ops\",\"idempotency_key\":\"a\",\"name\":\"A\","
        "\"status\":\"active\",\"currency\":\"EUR\","
        "\"credit_limit\":{\"amount\":\"%s\",\"currency\":\"EUR\"},"
        "\"units\":[{\"unit\":\"top\",\"name\":\"Top\"}],"
        "\"users\":[{\"user\":\"buyer\",\"name\":\"B\",\"unit\":\"top\",\"roles\":[\"buyer\"]},"
        "{\"user\":\"fin\",\"name\":\"F\",\"unit\":\"top\",\"roles\":[\"finance\"]}],"
        "\"rules\":[{\"rule\":\"over\",\"over\":{\"amount\":\"150.00\",\"currency\":\"EUR\"},"
        "\"tiers\":[{\"roles\":[\"finance\"]}],\"expire_seconds\":600}]}",
        accounts[account], limit);
    parcel_send(&(struct parcel){.topic = "approvals.commands.v1",
                                 .type = "batuta.approvals.account.put.v1",
                                 .key = str_of(accounts[account]),
                                 .body = body});
}

bool work_setup(void)
{
    const char *topic = NULL, *type = NULL;
    int step = work->setup_step++;
    struct str body = setup_body(step, &topic, &type);
    if (str_present(body)) {
        struct str key = {body.at + strlen("{\"reference\":\""), 0};
        while (key.at[key.size] != '"')
            key.size++;
        parcel_send(&(struct parcel){.topic = topic, .type = type, .key = key, .body = body});
        return true;
    }
    step -= REFERENCE_COUNT;
    if (step >= PARTNER_COUNT + ACCOUNT_COUNT)
        return false;
    if (step < PARTNER_COUNT)
        stock_send(step);
    else
        account_send(step - PARTNER_COUNT);
    return true;
}

/* ---- orders */

static void order_draw(struct order_plan *o, int n)
{
    snprintf(o->id, sizeof o->id, "0197a3c2-6f10-7000-8000-%012d", n);
    o->account = (int)choose(ACCOUNT_COUNT);
    o->line_count = 1 + (int)choose(LINE_MAX);
    for (int i = 0; i < o->line_count; i++) {
        o->lines[i].sku = (int)choose(SKU_COUNT);
        o->lines[i].quantity = 1 + (int)choose(6);
    }
    uint32_t special = choose(12);
    if (special == 1)
        o->flaw = (enum order_flaw)choose(FLAW_COUNT);
    o->preview = special == 2;
    o->partial = special == 3;
    o->cancels = special == 4 || special == 5 || (o->flaw == FLAW_LATER && choose(2));
    o->rejects = special == 6;
    uint32_t extra = choose(12);
    o->repeats = extra == 1 || extra == 2;
    o->conflicts = extra == 3;
    o->misplaced = extra == 4 || extra == 5;
    o->early = choose(4) == 1;
    uint32_t yes = choose(6);
    o->decision = yes == 1 ? DECISION_REJECT : yes == 2 ? DECISION_SILENT : DECISION_APPROVE;
    o->to_send = 1 + o->repeats + o->conflicts + o->cancels;
}

void work_init(void)
{
    work = arena_new(&sim->arena, struct work);
    work->tight_credit = choose(3) == 1;
    work->tight_stock = choose(3) == 1;
    work->order_count = 1 + (int)choose(choose(4) == 1 ? ORDER_MAX : 12);
    work->others = (int)choose(8);
    for (int i = 0; i < work->order_count; i++)
        order_draw(&work->orders[i], i + 1);
}

struct str submit_body(const struct order_plan *o, bool other)
{
    struct buf b = {.arena = &sim->arena};
    buf_printf(&b,
               "{\"order\":\"%s\",\"account\":\"%s\",\"unit\":\"top\",\"buyer\":\"buyer\","
               "\"principal\":\"buyer\",\"channel\":\"portal\",\"currency\":\"EUR\",\"lines\":[",
               o->id, accounts[o->account]);
    for (int i = 0; i < o->line_count; i++)
        buf_printf(&b,
                   "%s{\"line\":%d,\"sku\":\"%s\",\"quantity\":{\"value\":\"%d\",\"unit\":\"%s\"}}",
                   i ? "," : "", i + 1, o->flaw == FLAW_SKU ? "NONE" : skus[o->lines[i].sku].sku,
                   o->lines[i].quantity + other, o->flaw == FLAW_UNIT ? "KGM" : "C62");
    buf_printf(&b, "],\"line_policy\":\"%s\"", o->partial ? "partial" : "all_or_nothing");
    if (o->early)
        buf_text(&b, ",\"commit_at\":\"reserve\"");
    if (o->flaw == FLAW_UNSTORABLE)
        buf_text(&b, ",\"purchase_order\":\"unstorable\"");
    if (o->flaw == FLAW_LATER)
        buf_text(&b, ",\"reference\":\"unstorable\"");
    if (o->flaw == FLAW_FIELD)
        buf_text(&b, ",\"colour\":\"red\"");
    buf_text(&b, o->flaw == FLAW_GARBAGE ? "" : "}");
    return buf_done(&b);
}

static void submit_send(struct order_plan *o, bool other)
{
    const char *type =
        o->preview ? "batuta.orders.order.preview.v1" : "batuta.orders.order.submit.v1";
    tell("a client %s order %s%s", o->submitted ? "sends again" : "submits", o->id + 24,
         other ? " with another body" : "");
    parcel_send(
        &(struct parcel){.topic = "orders.commands.v1",
                         .type = type,
                         .key = str_of(o->id),
                         .body = submit_body(o, other),
                         .id = other ? STR_NONE : arena_printf(&sim->arena, "submit-%s", o->id),
                         .misplaced = o->misplaced && !o->submitted});
    o->submitted = true;
}

static void cancel_send(struct order_plan *o)
{
    struct str body = arena_printf(
        &sim->arena, "{\"order\":\"%s\",\"principal\":\"buyer\",\"idempotency_key\":\"x\"}", o->id);
    tell("a client cancels order %s", o->id + 24);
    parcel_send(&(struct parcel){.topic = "orders.commands.v1",
                                 .type = "batuta.orders.order.cancel.v1",
                                 .key = str_of(o->id),
                                 .body = body,
                                 .misplaced = o->misplaced});
    o->cancelled = true;
}

/* One more thing about an order: it is submitted, sent again, cancelled. */
static bool client_step(void)
{
    bool fresh = work->next_order < work->order_count && choose(3) != 1;
    int n = fresh ? work->next_order++ : (int)choose((uint32_t)work->order_count);
    struct order_plan *o = &work->orders[n];
    if (!fresh && (!o->submitted || o->to_send == 0)) {
        if (work->next_order >= work->order_count)
            for (n = 0; n < work->order_count && work->orders[n].to_send == 0; n++)
                ;
        else
            n = work->next_order++;
        if (n == work->order_count)
            return false;
        o = &work->orders[n];
    }
    o->to_send--;
    if (!o->submitted)
        submit_send(o, false);
    else if (o->cancels && !o->cancelled)
        cancel_send(o);
    else
        submit_send(o, o->conflicts);
    return true;
}

static bool client_done(void)
{
    for (int i = 0; i < work->order_count; i++)
        if (work->orders[i].to_send > 0)
            return false;
    return true;
}

static bool client_step_if_any(void)
{
    return !client_done() && client_step();
}

bool work_step(void)
{
    sellers_hear();
    switch (choose(4)) {
    case 3:
        if (others_step())
            return true; /* else as below */
        return client_step_if_any();
    case 1:
        return approver_step() || seller_step(false) || client_step_if_any();
    case 2:
        return seller_step(false) || approver_step() || client_step_if_any();
    default:
        return client_step_if_any() || approver_step() || seller_step(false);
    }
}

bool work_finish(void)
{
    if (!client_done())
        return client_step();
    if (others_step())
        return true;
    bool heard = sellers_hear();
    return approver_step() || seller_step(true) || operator_step() || heard;
}
