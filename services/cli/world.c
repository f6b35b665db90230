/* world: products, sellers, stock sites, offers and assortments, created, changed and shown. What
 * differs between them is a row of the table `kinds`. */
#include "services/cli/world.h"

#include "proto/topics.h"
#include "services/cli/answer.h"
#include "services/cli/field.h"
#include "services/cli/grid.h"
#include "services/cli/topics_cmd.h"

#include <string.h>

enum { LIST_COUNT_MAX = 100000, ID_COUNT_MAX = 2, COLUMN_ROOM = 8 };

struct kind {
    const char *noun, *list; /* "product", "/products" */
    const char *ids[ID_COUNT_MAX];
    const struct field *fields;
    struct column columns[COLUMN_ROOM];
};

static const struct field product_fields[] = {
    {"name", "name", FIELD_TEXT},     {"unit", "unit", FIELD_TEXT},
    {"family", "family", FIELD_TEXT}, {"category", "category", FIELD_TEXT},
    {"gtin", "gtin", FIELD_TEXT},     {"status", "status", FIELD_TEXT},
    {NULL, NULL, FIELD_TEXT},
};
static const struct field seller_fields[] = {
    {"name", "name", FIELD_TEXT},
    {"owner", "owner", FIELD_FLAG},
    {"status", "status", FIELD_TEXT},
    {NULL, NULL, FIELD_TEXT},
};
static const struct field node_fields[] = {
    {"seller", "seller", FIELD_TEXT},
    {"name", "name", FIELD_TEXT},
    {"priority", "priority", FIELD_INTEGER},
    {"status", "status", FIELD_TEXT},
    {NULL, NULL, FIELD_TEXT},
};
static const struct field offer_fields[] = {
    {"priority", "priority", FIELD_INTEGER},
    {"status", "status", FIELD_TEXT},
    {NULL, NULL, FIELD_TEXT},
};
static const struct field assortment_fields[] = {
    {"account", "account", FIELD_TEXT}, {"effect", "effect", FIELD_TEXT},
    {"skus", "skus", FIELD_TEXTS},      {"families", "families", FIELD_TEXTS},
    {"status", "status", FIELD_TEXT},   {NULL, NULL, FIELD_TEXT},
};

static const struct kind kinds[] = {
    {"product",
     "/products",
     {"sku"},
     product_fields,
     {{"SKU", "sku", false},
      {"NAME", "name", false},
      {"UNIT", "unit", false},
      {"FAMILY", "family", false},
      {"CATEGORY", "category", false},
      {"STATUS", "status", false}}},
    {"seller",
     "/sellers",
     {"seller"},
     seller_fields,
     {{"SELLER", "seller", false},
      {"NAME", "name", false},
      {"OWNER", "owner", false},
      {"STATUS", "status", false}}},
    {"node",
     "/nodes",
     {"node"},
     node_fields,
     {{"NODE", "node", false},
      {"SELLER", "seller", false},
      {"NAME", "name", false},
      {"PRIORITY", "priority", true},
      {"STATUS", "status", false}}},
    {"offer",
     "/offers",
     {"sku", "node"},
     offer_fields,
     {{"SKU", "sku", false},
      {"NODE", "node", false},
      {"PRIORITY", "priority", true},
      {"STATUS", "status", false}}},
    {"assortment",
     "/assortments",
     {"assortment"},
     assortment_fields,
     {{"ASSORTMENT", "assortment", false},
      {"EFFECT", "effect", false},
      {"ACCOUNT", "account", false},
      {"SKUS", "skus", false},
      {"FAMILIES", "families", false},
      {"STATUS", "status", false}}},
};

#define STATUS_OPTION(what_)                                                                       \
    {                                                                                              \
        "status", "STATUS", what_                                                                  \
    }
#define OPTIONS_END                                                                                \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }
const struct option product_options[] = {
    {"name", "TEXT", "what it is called; needed when new"},
    {"unit", "CODE", "unit of measure, UN/ECE Rec 20; C62 (piece) when new"},
    {"family", "ID", "family, for discounts and assortments"},
    {"category", "ID", "category"},
    {"gtin", "NUMBER", "GS1 trade item number"},
    STATUS_OPTION("active or discontinued"),
    OPTIONS_END};
const struct option seller_options[] = {
    {"name", "TEXT", "what it is called; needed when new"},
    {"owner", NULL, "the platform's owner; every other seller is a partner"},
    STATUS_OPTION("active or inactive"),
    OPTIONS_END};
const struct option node_options[] = {
    {"name", "TEXT", "what it is called"},
    {"seller", "ID", "whose it is; what stands before the slash when absent"},
    {"priority", "N", "lower is tried first"},
    STATUS_OPTION("active or inactive"),
    OPTIONS_END};
const struct option offer_options[] = {
    {"priority", "N", "lower is tried first"}, STATUS_OPTION("active or inactive"), OPTIONS_END};
const struct option assortment_options[] = {
    {"effect", "allow|deny", "deny wins; needed when new"},
    {"account", "ID", "whose it is; every account when absent"},
    {"skus", "A,B", "SKUs"},
    {"families", "A,B", "families"},
    STATUS_OPTION("active or inactive"),
    OPTIONS_END};

static const struct kind *kind_of(const struct cli *c)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].noun, c->command->noun) == 0)
            return &kinds[i];
    assert(false && "a kind in the table");
    return NULL;
}

static bool is_it(struct cli *c, const struct kind *k, const struct node *item)
{
    for (size_t i = 0; i < ID_COUNT_MAX && k->ids[i] != NULL; i++)
        if (!str_eq(grid_text(c->arena, item, k->ids[i]), args_word(&c->args, i)))
            return false;
    return true;
}

/* The item that the words name, or NULL; the exit code when it cannot be asked. */
static int item_find(struct cli *c, const struct kind *k, const struct node **out)
{
    struct node_list list;
    struct str path = str_of(k->list);
    *out = NULL;
    if (strcmp(k->ids[0], "sku") == 0)
        path = url_add(c->arena, path, "sku", args_word(&c->args, 0));
    int code = fetch_list(c, "catalog", path, LIST_COUNT_MAX, &list);
    for (size_t i = 0; code == END_OK && i < list.count && *out == NULL; i++)
        if (is_it(c, k, list.items[i]))
            *out = list.items[i];
    return code;
}

/* What is not given keeps the value of `before`. */
static bool item_write(struct cli *c, const struct kind *k, const struct node *before,
                       struct draft *d, struct err *e)
{
    for (size_t i = 0; i < ID_COUNT_MAX && k->ids[i] != NULL; i++)
        draft_text(d, k->ids[i], args_word(&c->args, i));
    for (const struct field *f = k->fields; f->option != NULL; f++) {
        struct str value = args_value(&c->args, f->option);
        const struct node *kept = before != NULL ? node_find(before, f->member) : NULL;
        if (str_present(value) && !field_write(d, f, value, e))
            return false;
        if (str_present(value) || kept == NULL || kept->kind == NODE_NULL)
            continue;
        struct buf text = {.arena = c->arena};
        node_write(kept, &text);
        draft_json(d, f->member, buf_done(&text));
    }
    return true;
}

/* What a new item gets without being told. */
static void defaults_write(struct cli *c, const struct kind *k, struct draft *d)
{
    struct str id = args_word(&c->args, 0);
    const char *slash = memchr(id.at, '/', id.size);
    if (strcmp(k->noun, "product") == 0 && !args_has(&c->args, "unit"))
        draft_text(d, "unit", STR("C62"));
    if (strcmp(k->noun, "node") == 0 && !args_has(&c->args, "seller") && slash != NULL)
        draft_text(d, "seller", (struct str){id.at, (size_t)(slash - id.at)});
}

static int item_put(struct cli *c, const struct kind *k, const struct node *before)
{
    struct err e = {0};
    struct draft d = draft_new(c->arena);
    draft_open(&d, NULL, "{");
    draft_text(&d, "reference", arena_printf(c->arena, "reference:%s", k->noun));
    sender_write(c, &d);
    draft_open(&d, "items", "[");
    draft_open(&d, NULL, "{");
    if (!item_write(c, k, before, &d, &e))
        return cli_usage(c, "%s", e.text);
    if (before == NULL)
        defaults_write(c, k, &d);
    draft_close(&d, "}");
    draft_close(&d, "]");
    draft_close(&d, "}");
    return command_run(c, arena_printf(c->arena, "catalog.%s.put", k->noun).at, draft_done(&d));
}

int run_kind_create(struct cli *c)
{
    const struct kind *k = kind_of(c);
    struct err e = {0};
    struct str told;
    /* A seller hears what to fulfil on a topic of its own, which must be there first. */
    if (strcmp(k->noun, "seller") == 0 &&
        !topic_apply(c, &topic_partner_fulfilment, args_word(&c->args, 0), &told, &e))
        return cli_end(c, e.fate == ERR_RETRY ? END_UNAVAILABLE : END_FAILED, "%s", e.text);
    return item_put(c, k, NULL);
}

int run_kind_set(struct cli *c)
{
    const struct kind *k = kind_of(c);
    const struct node *before;
    int code = item_find(c, k, &before);
    if (code != END_OK)
        return code;
    if (before == NULL)
        return cli_end(c, END_NOT_FOUND, "there is no %s %.*s", k->noun,
                       STR_ARG(args_word(&c->args, 0)));
    return item_put(c, k, before);
}

static size_t column_count(const struct kind *k)
{
    size_t count = 0;
    while (count < COLUMN_ROOM && k->columns[count].title != NULL)
        count++;
    return count;
}

int run_kind_show(struct cli *c)
{
    const struct kind *k = kind_of(c);
    const struct node *item;
    int code = item_find(c, k, &item);
    if (code != END_OK)
        return code;
    if (item == NULL)
        return cli_end(c, END_NOT_FOUND, "there is no %s %.*s", k->noun,
                       STR_ARG(args_word(&c->args, 0)));
    if (c->json) {
        struct buf out = {.arena = c->arena};
        node_write(item, &out);
        cli_print(buf_done(&out));
    } else {
        grid_pairs(c, k->columns, column_count(k), item);
    }
    return END_OK;
}

int run_kind_list(struct cli *c)
{
    const struct kind *k = kind_of(c);
    struct node_list list;
    struct err e = {0};
    int64_t limit;
    if (!args_integer(&c->args, "limit", (struct range){LIST_COUNT_MAX, 1, LIST_COUNT_MAX}, &limit,
                      &e))
        return cli_usage(c, "%s", e.text);
    int code = fetch_list(c, "catalog", str_of(k->list), (size_t)limit, &list);
    if (code == END_OK)
        grid_print(c, k->columns, column_count(k), &list);
    return code;
}
