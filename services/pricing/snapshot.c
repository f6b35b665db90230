/* snapshot: lists, prices and discounts in memory. */
#include "services/pricing/snapshot.h"

#include "common/table.h"
#include "services/pricing/docs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The address of `tariff` stays for good: prices point at it. */
struct list_entry {
    struct price_tariff tariff;
    char *id;    /* owned; key of the table */
    char *texts; /* owned: account and channel */
};

struct sku_entry {
    char *sku; /* owned */
    struct price_candidate *items;
    size_t count, room;
};

struct rule_entry {
    struct price_rule rule;
    struct str *names; /* owned: skus, then families */
    char *texts;       /* owned: all texts of the rule */
};

struct snapshot {
    struct table lists; /* id -> list_entry */
    struct table skus;  /* SKU -> sku_entry */
    struct table rules; /* id -> rule_entry */
    const struct price_rule **sorted;
    size_t sorted_count, sorted_room, price_count;
    struct arena scratch; /* of one apply */
};

static void *must_alloc(void *at)
{
    if (at == NULL) {
        fputs("pricing: out of memory for reference data\n", stderr);
        abort();
    }
    return at;
}

static char *text_copy(struct str s)
{
    char *copy = must_alloc(malloc(s.size + 1));
    memcpy(copy, s.at, s.size);
    copy[s.size] = '\0';
    return copy;
}

/* Appends to a block of texts that was sized before; absent stays absent. */
static struct str text_place(char **at, struct str s)
{
    if (!str_present(s))
        return STR_NONE;
    memcpy(*at, s.at, s.size);
    struct str placed = {*at, s.size};
    *at += s.size;
    return placed;
}

static void code_copy(char *out, size_t room, struct str text)
{
    assert(text.size < room);
    memset(out, 0, room);
    if (text.size > 0)
        memcpy(out, text.at, text.size);
}

void *snapshot_new(void)
{
    struct snapshot *s = must_alloc(calloc(1, sizeof(*s)));
    arena_init(&s->scratch);
    return s;
}

/* --- lists */

static struct list_entry *list_entry_of(struct snapshot *s, struct str id)
{
    struct list_entry *list = table_get(&s->lists, id);
    if (list != NULL)
        return list;
    list = must_alloc(calloc(1, sizeof(*list)));
    list->id = text_copy(id);
    list->tariff.id = (struct str){list->id, id.size};
    table_put(&s->lists, list->tariff.id, list);
    return list;
}

static const enum price_source level_sources[] = {
    [PRICE_LEVEL_CONTRACT] = PRICE_SOURCE_CONTRACT,
    [PRICE_LEVEL_ACCOUNT] = PRICE_SOURCE_ACCOUNT,
    [PRICE_LEVEL_CHANNEL] = PRICE_SOURCE_CHANNEL,
    [PRICE_LEVEL_BASE] = PRICE_SOURCE_BASE,
};
static const enum price_policy policies[] = {
    [LEVEL_POLICY_PRIORITY] = PRICE_POLICY_PRIORITY,
    [LEVEL_POLICY_LOWEST] = PRICE_POLICY_LOWEST,
};
static const enum price_point points[] = {
    [ROUNDING_POINT_LINE] = PRICE_POINT_LINE,
    [ROUNDING_POINT_UNIT] = PRICE_POINT_UNIT,
    [ROUNDING_POINT_ORDER] = PRICE_POINT_ORDER,
};

static void list_put(struct snapshot *s, const struct list_doc *doc)
{
    struct list_entry *list = list_entry_of(s, doc->price_list);
    char *texts = must_alloc(malloc(doc->account.size + doc->channel.size + 1)), *at = texts;
    struct price_tariff *t = &list->tariff;
    t->account = text_place(&at, doc->account);
    t->channel = text_place(&at, doc->channel);
    free(list->texts);
    list->texts = texts;
    t->level = level_sources[doc->level];
    code_copy(t->currency, sizeof(t->currency), doc->currency);
    t->priority = doc->priority;
    t->policy = policies[doc->policy];
    t->valid_from_us = doc->valid_from.at;
    t->valid_until_us = doc->valid_until.at;
    t->rounding =
        (struct price_rounding){points[doc->rounding_point], doc->rounding, (int)doc->decimals};
    t->active = doc->active;
}

/* --- prices: each SKU's are sorted, so that a receipt does not depend on the order of loading */

static int candidate_compare(const struct price_candidate *c, const struct price_key *key)
{
    int order = str_compare(c->tariff->id, key->list);
    if (order == 0)
        order = str_compare(str_of(c->unit), key->unit);
    if (order == 0)
        order = c->min_quantity_micro < key->min_quantity_micro
                    ? -1
                    : c->min_quantity_micro > key->min_quantity_micro;
    return order;
}

/* Where the key is or would be. */
static size_t candidate_place(const struct sku_entry *sku, const struct price_key *key,
                              bool *present)
{
    size_t low = 0, high = sku->count;
    *present = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = candidate_compare(&sku->items[middle], key);
        if (order == 0)
            *present = true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct sku_entry *sku_entry_of(struct snapshot *s, struct str sku)
{
    struct sku_entry *entry = table_get(&s->skus, sku);
    if (entry != NULL)
        return entry;
    entry = must_alloc(calloc(1, sizeof(*entry)));
    entry->sku = text_copy(sku);
    table_put(&s->skus, (struct str){entry->sku, sku.size}, entry);
    return entry;
}

static void price_put(struct snapshot *s, const struct price_key *key, int64_t amount_micro)
{
    struct sku_entry *sku = sku_entry_of(s, key->sku);
    bool present;
    size_t at = candidate_place(sku, key, &present);
    if (!present) {
        if (sku->count == sku->room) {
            sku->room = sku->room > 0 ? 2 * sku->room : 2;
            sku->items = must_alloc(realloc(sku->items, sku->room * sizeof(*sku->items)));
        }
        memmove(sku->items + at + 1, sku->items + at, (sku->count - at) * sizeof(*sku->items));
        sku->count++;
        s->price_count++;
    }
    struct price_candidate *c = &sku->items[at];
    *c = (struct price_candidate){.tariff = &list_entry_of(s, key->list)->tariff,
                                  .amount_micro = amount_micro,
                                  .min_quantity_micro = key->min_quantity_micro};
    code_copy(c->unit, sizeof(c->unit), key->unit);
}

static void sku_free(struct sku_entry *sku)
{
    free(sku->sku);
    free(sku->items);
    free(sku);
}

static void price_remove(struct snapshot *s, const struct price_key *key)
{
    struct sku_entry *sku = table_get(&s->skus, key->sku);
    bool present = false;
    size_t at = sku != NULL ? candidate_place(sku, key, &present) : 0;
    if (!present)
        return;
    sku->count--;
    s->price_count--;
    memmove(sku->items + at, sku->items + at + 1, (sku->count - at) * sizeof(*sku->items));
    if (sku->count > 0)
        return;
    table_remove(&s->skus, key->sku);
    sku_free(sku);
}

/* --- discounts */

static void rule_free(struct rule_entry *entry)
{
    free(entry->names);
    free(entry->texts);
    free(entry);
}

static void sorted_remove(struct snapshot *s, const struct price_rule *rule)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->sorted_count; i++) {
        if (s->sorted[i] != rule)
            s->sorted[kept++] = s->sorted[i];
    }
    s->sorted_count = kept;
}

static void sorted_add(struct snapshot *s, const struct price_rule *rule)
{
    if (s->sorted_count == s->sorted_room) {
        s->sorted_room = s->sorted_room > 0 ? 2 * s->sorted_room : 16;
        s->sorted = must_alloc(realloc(s->sorted, s->sorted_room * sizeof(*s->sorted)));
    }
    size_t at = s->sorted_count++;
    for (; at > 0 && price_rule_before(rule, s->sorted[at - 1]); at--)
        s->sorted[at] = s->sorted[at - 1];
    s->sorted[at] = rule;
}

static int name_compare(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static size_t texts_size(const struct discount *d)
{
    size_t size = d->discount.size + d->account.size + 1;
    for (size_t i = 0; i < d->skus_count; i++)
        size += d->skus[i].size;
    for (size_t i = 0; i < d->families_count; i++)
        size += d->families[i].size;
    return size;
}

static void names_place(struct str *names, const struct str *from, size_t count, char **at)
{
    for (size_t i = 0; i < count; i++)
        names[i] = text_place(at, from[i]);
    if (count > 0)
        qsort(names, count, sizeof(*names), name_compare);
}

static struct rule_entry *rule_new(const struct discount *d)
{
    struct rule_entry *entry = must_alloc(calloc(1, sizeof(*entry)));
    char *at = entry->texts = must_alloc(malloc(texts_size(d)));
    entry->names = must_alloc(calloc(d->skus_count + d->families_count + 1, sizeof(struct str)));
    names_place(entry->names, d->skus, d->skus_count, &at);
    names_place(entry->names + d->skus_count, d->families, d->families_count, &at);
    struct price_rule *r = &entry->rule;
    *r = (struct price_rule){
        .id = text_place(&at, d->discount),
        .kind = d->kind == DISCOUNT_THRESHOLD ? PRICE_RULE_THRESHOLD : PRICE_RULE_ALWAYS,
        .rate_ppm = (ppm_t)d->rate_ppm,
        .base = d->base == DISCOUNT_BASE_LIST ? PRICE_RULE_BASE_LIST : PRICE_RULE_BASE_RUNNING,
        .threshold_micro = d->threshold.micro,
        .skus = entry->names,
        .families = entry->names + d->skus_count,
        .sku_count = d->skus_count,
        .family_count = d->families_count,
        .priority = d->priority,
        .valid_from_us = d->valid_from.at,
        .valid_until_us = d->valid_until.at,
        .active = !str_is(d->status, "inactive"),
    };
    r->account = text_place(&at, d->account);
    code_copy(r->currency, sizeof(r->currency), d->currency);
    return entry;
}

static void rule_remove(struct snapshot *s, struct str id)
{
    struct rule_entry *old = table_remove(&s->rules, id);
    if (old == NULL)
        return;
    sorted_remove(s, &old->rule);
    rule_free(old);
}

static void rule_put(struct snapshot *s, const struct discount *d)
{
    rule_remove(s, d->discount);
    struct rule_entry *entry = rule_new(d);
    table_put(&s->rules, entry->rule.id, entry);
    sorted_add(s, &entry->rule);
}

/* --- rows as they come */

static void doc_read(struct snapshot *s, const struct shape *shape, const struct reference_row *row,
                     void *out)
{
    struct fault fault = {0};
    if (shape_decode(shape, row->doc, SHAPE_OPEN, &s->scratch, out, &fault))
        return;
    fprintf(stderr, "pricing: reference %.*s %.*s cannot be read: %s at %.*s\n", STR_ARG(row->kind),
            STR_ARG(row->id), fault.code, STR_ARG(fault.path));
    abort();
}

static void list_apply(struct snapshot *s, const struct reference_row *row)
{
    struct list_doc doc;
    if (!str_present(row->doc)) {
        list_entry_of(s, row->id)->tariff.active = false;
        return;
    }
    doc_read(s, &list_doc_shape, row, &doc);
    list_put(s, &doc);
}

static void price_apply(struct snapshot *s, const struct reference_row *row)
{
    struct price_key key;
    struct price_doc doc;
    if (!price_id_read(row->id, &key)) {
        fprintf(stderr, "pricing: price id %.*s cannot be read\n", STR_ARG(row->id));
        abort();
    }
    if (!str_present(row->doc)) {
        price_remove(s, &key);
        return;
    }
    doc_read(s, &price_doc_shape, row, &doc);
    price_put(s, &key, doc.amount.micro);
}

static void discount_apply(struct snapshot *s, const struct reference_row *row)
{
    struct discount doc;
    if (!str_present(row->doc)) {
        rule_remove(s, row->id);
        return;
    }
    doc_read(s, &discount_shape, row, &doc);
    rule_put(s, &doc);
}

void snapshot_apply(void *snapshot, const struct reference_row *row)
{
    struct snapshot *s = snapshot;
    if (str_is(row->kind, KIND_PRICE_LIST))
        list_apply(s, row);
    else if (str_is(row->kind, KIND_PRICE))
        price_apply(s, row);
    else if (str_is(row->kind, KIND_DISCOUNT))
        discount_apply(s, row);
    arena_reset(&s->scratch);
}

void snapshot_free(void *snapshot)
{
    struct snapshot *s = snapshot;
    if (s == NULL)
        return;
    size_t at = 0;
    for (struct list_entry *list; (list = table_next(&s->lists, &at)) != NULL; free(list)) {
        free(list->id);
        free(list->texts);
    }
    at = 0;
    for (struct sku_entry *sku; (sku = table_next(&s->skus, &at)) != NULL;)
        sku_free(sku);
    at = 0;
    for (struct rule_entry *rule; (rule = table_next(&s->rules, &at)) != NULL;)
        rule_free(rule);
    table_release(&s->lists);
    table_release(&s->skus);
    table_release(&s->rules);
    free(s->sorted);
    arena_release(&s->scratch);
    free(s);
}

struct sku_prices snapshot_prices(const struct snapshot *s, struct str sku)
{
    const struct sku_entry *entry = table_get(&s->skus, sku);
    return entry != NULL ? (struct sku_prices){entry->items, entry->count}
                         : (struct sku_prices){NULL, 0};
}

struct snapshot_rules snapshot_rules(const struct snapshot *s)
{
    return (struct snapshot_rules){s->sorted, s->sorted_count};
}

const struct price_tariff *snapshot_list(const struct snapshot *s, struct str id)
{
    const struct list_entry *list = table_get(&s->lists, id);
    return list != NULL ? &list->tariff : NULL;
}

size_t snapshot_price_count(const struct snapshot *s)
{
    return s->price_count;
}
