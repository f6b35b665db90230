/* import: loads the world of a data set: sellers, sites, products, offers, stock, prices, accounts.
 * Everything is made and checked before anything is sent. */
#include "services/cli/import.h"

#include "common/digest.h"
#include "common/ids.h"
#include "common/limits.h"
#include "common/table.h"
#include "proto/topics.h"
#include "services/cli/draft.h"
#include "services/cli/load.h"
#include "services/cli/topics_cmd.h"

#include <stdio.h>
#include <string.h>

enum { CHUNK_COUNT_MAX = 500, CHUNK_SIZE_MAX = 128 * 1024, KEY_HEX = 32, POLL_MS = 50 };

enum wrap {
    WRAP_ITEMS = 1, /* many in one command, under a reference */
    WRAP_NODE,      /* many in one command, one command a node */
    WRAP_WHOLE      /* one command each */
};

struct section {
    const char *name, *type;
    enum wrap wrap;
    const char *reference; /* "reference:product"; WRAP_WHOLE: may be NULL */
    const char *ids[2];    /* what may be there only once */
    const char *split;     /* WRAP_WHOLE: the list that is sent in parts; may be NULL */
};

/* In the order in which they are sent: what a later one names must be there. */
static const struct section sections[] = {
    {"sellers", "catalog.seller.put", WRAP_ITEMS, "reference:seller", {"seller"}, NULL},
    {"nodes", "catalog.node.put", WRAP_ITEMS, "reference:node", {"node"}, NULL},
    {"products", "catalog.product.put", WRAP_ITEMS, "reference:product", {"sku"}, NULL},
    {"offers", "catalog.offer.put", WRAP_ITEMS, "reference:offer", {"sku", "node"}, NULL},
    {"assortments",
     "catalog.assortment.put",
     WRAP_ITEMS,
     "reference:assortment",
     {"assortment"},
     NULL},
    {"stock", "catalog.stock.set", WRAP_NODE, NULL, {"node", "sku"}, NULL},
    {"price_lists",
     "pricing.price_list.put",
     WRAP_WHOLE,
     "reference:price_list",
     {"price_list"},
     "prices"},
    {"discounts", "pricing.discount.put", WRAP_ITEMS, "reference:discount", {"discount"}, NULL},
    {"accounts", "approvals.account.put", WRAP_WHOLE, NULL, {"account"}, NULL},
};

struct import {
    struct cli *c;
    struct mapping mapping;
    struct made_list made[ARRAY_LEN(sections)];
    struct outbox out[ARRAY_LEN(sections)];
};

static struct str principal_of(const struct cli *c)
{
    struct str given = args_value(&c->args, "principal");
    if (str_present(given))
        return given;
    return str_present(c->stack.system) ? c->stack.system : STR("operator");
}

/* The same content has the same key, so that it has an effect only once; --again breaks that. */
static struct str content_key(struct cli *c, const struct section *s, struct str content)
{
    struct str salt = args_has(&c->args, "again") ? uuid_mint(c->arena, clock_now()) : STR("");
    struct str parts[] = {str_of(s->type), content, salt};
    struct sha256 hash = sha256_of(parts, ARRAY_LEN(parts));
    struct str hex = sha256_hex(c->arena, &hash);
    return arena_printf(c->arena, "import-%.*s", KEY_HEX, hex.at);
}

/* Head of a command: whose it is. `content` makes the key. */
static void command_open(struct import *i, const struct section *s, struct str content,
                         struct draft *d)
{
    *d = draft_new(i->c->arena);
    draft_open(d, NULL, "{");
    if (s->reference != NULL)
        draft_text(d, "reference", str_of(s->reference));
    draft_text(d, "principal", principal_of(i->c));
    draft_text(d, "idempotency_key", content_key(i->c, s, content));
}

/* Items as one command; "node" of a stock item belongs to the command. */
static struct str items_text(struct import *i, const struct section *s, const struct made *items,
                             size_t count)
{
    struct draft list = draft_new(i->c->arena), d;
    draft_open(&list, NULL, "[");
    for (size_t n = 0; n < count; n++) {
        struct buf text = {.arena = i->c->arena};
        const struct node *node = items[n].node;
        if (s->wrap != WRAP_NODE) {
            draft_json(&list, NULL, items[n].json);
            continue;
        }
        draft_open(&list, NULL, "{");
        for (size_t m = 0; m < node->count; m++) {
            if (str_is(node->items[m].name, "node"))
                continue;
            text = (struct buf){.arena = i->c->arena};
            node_write(&node->items[m], &text);
            draft_json(&list, arena_cstr(i->c->arena, node->items[m].name), buf_done(&text));
        }
        draft_close(&list, "}");
    }
    draft_close(&list, "]");
    struct str content = draft_done(&list);
    struct str node = s->wrap == WRAP_NODE ? made_text(&items[0], "node") : STR_NONE;
    command_open(i, s, arena_printf(i->c->arena, "%.*s%.*s", STR_ARG(node), STR_ARG(content)), &d);
    draft_text(&d, "node", node);
    draft_json(&d, "items", content);
    draft_close(&d, "}");
    return draft_done(&d);
}

/* One object as one command: its own members behind ours; of the list `split` only [from, to). */
static struct str whole_text(struct import *i, const struct section *s, const struct made *item,
                             size_t from, size_t to)
{
    struct draft d;
    struct str content = arena_printf(i->c->arena, "%.*s %zu %zu", STR_ARG(item->json), from, to);
    command_open(i, s, content, &d);
    for (size_t m = 0; m < item->node->count; m++) {
        const struct node *n = &item->node->items[m];
        struct node part = *n;
        struct buf text = {.arena = i->c->arena};
        if (s->split != NULL && str_is(n->name, s->split) && n->kind == NODE_LIST) {
            part.items = n->items + from;
            part.count = to - from;
        }
        node_write(&part, &text);
        draft_json(&d, arena_cstr(i->c->arena, n->name), buf_done(&text));
    }
    draft_close(&d, "}");
    return draft_done(&d);
}

static bool text_add(struct import *i, const struct section *s, struct str json, struct fault *f)
{
    struct parcel p;
    if (!command_check(i->c, command_type(s->type), json, &p, f))
        return false;
    outbox_add(i->c->arena, &i->out[s - sections], &p);
    return true;
}

static void fault_add(struct import *i, const struct made *item, const struct fault *f)
{
    verdict_add(i->mapping.verdict, item->file, item->line, f->code,
                arena_printf(i->c->arena, "at %.*s: %.*s", STR_ARG(f->path), STR_ARG(f->text)));
}

/* A chunk that is refused is judged item by item, so that each wrong row is told. */
static void chunk_add(struct import *i, const struct section *s, const struct made *items,
                      size_t count)
{
    struct fault f;
    struct parcel p;
    if (text_add(i, s, items_text(i, s, items, count), &f))
        return;
    for (size_t n = 0; n < count; n++)
        if (!command_check(i->c, command_type(s->type), items_text(i, s, &items[n], 1), &p, &f))
            fault_add(i, &items[n], &f);
}

/* Stock of one node goes into one command as long as it has room. */
static void items_add(struct import *i, const struct section *s, const struct made_list *list)
{
    size_t from = 0, size = 0;
    for (size_t n = 0; n < list->count; n++) {
        bool other_node =
            s->wrap == WRAP_NODE && n > from &&
            !str_eq(made_text(&list->items[n], "node"), made_text(&list->items[from], "node"));
        if (n > from && (other_node || n - from == CHUNK_COUNT_MAX ||
                         size + list->items[n].json.size > CHUNK_SIZE_MAX)) {
            chunk_add(i, s, list->items + from, n - from);
            from = n;
            size = 0;
        }
        size += list->items[n].json.size;
    }
    if (list->count > from)
        chunk_add(i, s, list->items + from, list->count - from);
}

static void wholes_add(struct import *i, const struct section *s, const struct made_list *list)
{
    for (size_t n = 0; n < list->count; n++) {
        const struct node *part =
            s->split != NULL ? node_find(list->items[n].node, s->split) : NULL;
        size_t count = part != NULL && part->kind == NODE_LIST ? part->count : 1;
        for (size_t from = 0; from < count; from += CHUNK_COUNT_MAX) {
            size_t to = from + CHUNK_COUNT_MAX < count ? from + CHUNK_COUNT_MAX : count;
            struct fault f;
            if (!text_add(i, s, whole_text(i, s, &list->items[n], from, to), &f))
                fault_add(i, &list->items[n], &f);
        }
    }
}

static void duplicates_find(struct import *i, const struct section *s, const struct made_list *list)
{
    struct table seen = {0};
    for (size_t n = 0; n < list->count; n++) {
        struct made *item = &list->items[n];
        struct str second = s->ids[1] != NULL ? made_text(item, s->ids[1]) : STR("");
        struct str id = arena_printf(i->c->arena, "%.*s %.*s", STR_ARG(made_text(item, s->ids[0])),
                                     STR_ARG(second));
        if (table_get(&seen, id) != NULL)
            verdict_add(i->mapping.verdict, item->file, item->line, "duplicate", id);
        else
            table_put(&seen, id, item);
    }
    table_release(&seen);
}

static void section_prepare(struct import *i, size_t at)
{
    const struct section *s = &sections[at];
    section_make(&i->mapping, s->name, &i->made[at]);
    duplicates_find(i, s, &i->made[at]);
    if (s->wrap == WRAP_WHOLE)
        wholes_add(i, s, &i->made[at]);
    else
        items_add(i, s, &i->made[at]);
}

/* A seller hears what to fulfil on a topic of its own, which must be there first. */
static bool seller_topics(struct import *i, struct err *e)
{
    for (size_t n = 0; n < i->made[0].count; n++) {
        struct str told;
        if (!topic_apply(i->c, &topic_partner_fulfilment, made_text(&i->made[0].items[n], "seller"),
                         &told, e))
            return false;
    }
    return true;
}

static int64_t version_in(const struct node *reference, struct str kind)
{
    const struct node *items = reference != NULL ? node_find(reference, "items") : NULL;
    for (size_t n = 0; items != NULL && n < items->count; n++) {
        const struct node *name = node_find(&items->items[n], "kind");
        const struct node *version = node_find(&items->items[n], "version");
        if (name != NULL && version != NULL && str_eq(name->text, kind))
            return version->integer;
    }
    return 0;
}

/* How many kinds orders has not yet heard of as far as catalog has told them; -1: cannot be asked.
 */
static int kinds_behind(struct cli *c, struct err *e)
{
    struct reply catalog, orders;
    if (!fetch(c, "catalog", STR("/reference"), &catalog, e) ||
        !fetch(c, "orders", STR("/reference"), &orders, e))
        return -1;
    const struct node *items = catalog.body != NULL ? node_find(catalog.body, "items") : NULL;
    int behind = 0;
    for (size_t n = 0; items != NULL && n < items->count; n++) {
        struct str kind = node_find(&items->items[n], "kind")->text;
        behind += version_in(orders.body, kind) < version_in(catalog.body, kind);
    }
    return behind;
}

/* Orders are judged by what `orders` knows of the catalogue, so that is waited for. */
static int orders_await(struct cli *c)
{
    int64_t until = clock_monotonic_us() + cli_timeout_ms(c) * 1000;
    struct err e = {0};
    int behind;
    while ((behind = kinds_behind(c, &e)) > 0 && clock_monotonic_us() < until)
        pause_ms(POLL_MS);
    if (behind < 0)
        return cli_end(c, END_UNAVAILABLE, "%s", e.text);
    if (behind > 0)
        return cli_end(c, END_UNAVAILABLE, "orders has not heard all of the catalogue in time");
    return END_OK;
}

static int import_send(struct import *i)
{
    struct err e = {0};
    if (!seller_topics(i, &e))
        return cli_end(i->c, END_UNAVAILABLE, "%s", e.text);
    for (size_t at = 0; at < ARRAY_LEN(sections); at++) {
        int code = outbox_run(i->c, &i->out[at], sections[at].name);
        if (code != END_OK)
            return code;
        if (i->made[at].count > 0)
            printf("%-12s %6zu in %zu commands\n", sections[at].name, i->made[at].count,
                   i->out[at].count);
    }
    return orders_await(i->c);
}

int run_import(struct cli *c)
{
    struct import *i = arena_new(c->arena, struct import);
    i->c = c;
    int code = mapping_open(c, &i->mapping);
    if (code != END_OK)
        return code;
    for (size_t at = 0; at < ARRAY_LEN(sections); at++)
        section_prepare(i, at);
    if (i->mapping.verdict->count > 0)
        return verdict_print(c, i->mapping.verdict);
    if (args_has(&c->args, "check")) {
        for (size_t at = 0; at < ARRAY_LEN(sections); at++)
            printf("%-12s %6zu\n", sections[at].name, i->made[at].count);
        return END_OK;
    }
    code = import_send(i);
    if (code == END_OK)
        printf("import: %.*s is loaded\n", STR_ARG(i->mapping.name));
    return code;
}
