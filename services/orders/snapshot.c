/* snapshot: builds the catalogue from reference rows. It lives as long as the process, outside of
 * the arenas: each entry is one block, struct and texts together, freed when it is replaced. */
#include "services/orders/catalogue.h"

#include <stdlib.h>
#include <string.h>

const char *const reference_kinds[] = {"product", "seller", "node", "offer", "assortment", NULL};

static void *room_new(size_t size)
{
    void *room = calloc(1, size);
    if (room == NULL)
        abort();
    return room;
}

/* --- one block per entry */

/* The texts of an entry: the first pass adds up sizes, the second copies behind the struct. */
struct pack {
    char *at; /* NULL: first pass */
    size_t size;
};

static void pack_text(struct pack *p, struct str *text)
{
    if (p->at != NULL && str_present(*text)) {
        memcpy(p->at, text->at, text->size);
        *text = (struct str){p->at, text->size};
        p->at += text->size;
    }
    p->size += text->size;
}

static void pack_texts(struct pack *p, struct str **texts, size_t count)
{
    if (p->at != NULL && count > 0) {
        memcpy(p->at, *texts, count * sizeof **texts);
        *texts = (struct str *)(void *)p->at;
        p->at += count * sizeof **texts;
    }
    p->size += count * sizeof **texts;
}

static void product_pack(struct pack *p, void *entry)
{
    struct product *e = entry;
    struct str *texts[] = {&e->sku,  &e->name,   &e->family, &e->category,
                           &e->unit, &e->status, &e->gtin};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        pack_text(p, texts[i]);
}

static void seller_pack(struct pack *p, void *entry)
{
    struct seller *e = entry;
    pack_text(p, &e->seller);
    pack_text(p, &e->name);
    pack_text(p, &e->status);
}

static void node_pack(struct pack *p, void *entry)
{
    struct node *e = entry;
    pack_text(p, &e->node);
    pack_text(p, &e->seller);
    pack_text(p, &e->name);
    pack_text(p, &e->status);
}

static void offer_pack(struct pack *p, void *entry)
{
    struct offer *e = entry;
    pack_text(p, &e->sku);
    pack_text(p, &e->node);
    pack_text(p, &e->status);
}

/* The arrays first: they must be aligned, texts need not. */
static void assortment_pack(struct pack *p, void *entry)
{
    struct assortment *e = entry;
    pack_texts(p, &e->skus, e->skus_count);
    pack_texts(p, &e->families, e->families_count);
    for (size_t i = 0; i < e->skus_count; i++)
        pack_text(p, &e->skus[i]);
    for (size_t i = 0; i < e->families_count; i++)
        pack_text(p, &e->families[i]);
    pack_text(p, &e->assortment);
    pack_text(p, &e->account);
    pack_text(p, &e->effect);
    pack_text(p, &e->status);
}

/* --- the kinds */

struct kind {
    const char *name;
    const struct shape *shape;
    size_t table; /* offsets in struct catalogue */
    size_t index; /* 0: none (no table stands first there) */
    void (*pack)(struct pack *p, void *entry);
    struct str (*group)(const void *entry); /* key in the index */
};

static struct str offer_sku(const void *entry)
{
    return ((const struct offer *)entry)->sku;
}

static struct str assortment_account(const void *entry)
{
    struct str account = ((const struct assortment *)entry)->account;
    return str_present(account) ? account : STR("");
}

static const struct kind kinds[] = {
    {"product", &product_shape, offsetof(struct catalogue, products), 0, product_pack, NULL},
    {"seller", &seller_shape, offsetof(struct catalogue, sellers), 0, seller_pack, NULL},
    {"node", &node_shape, offsetof(struct catalogue, nodes), 0, node_pack, NULL},
    {"offer", &offer_shape, offsetof(struct catalogue, offers),
     offsetof(struct catalogue, offers_by_sku), offer_pack, offer_sku},
    {"assortment", &assortment_shape, offsetof(struct catalogue, assortments),
     offsetof(struct catalogue, assortments_by_account), assortment_pack, assortment_account},
};

static struct table *table_at(struct catalogue *c, size_t offset)
{
    return (struct table *)(void *)((char *)c + offset);
}

/* An entry with the reference id that it is kept under. */
struct kept {
    struct str id; /* behind the struct, in the same block */
    void *entry;
};

static struct kept *kept_new(const struct kind *kind, struct str id, const void *decoded)
{
    struct pack sizes = {NULL, 0};
    /* The first pass changes nothing, so it may look at the decoded struct itself. */
    kind->pack(&sizes, (void *)(uintptr_t)decoded);
    struct kept *kept = room_new(sizeof *kept + kind->shape->size + sizes.size + id.size);
    kept->entry = kept + 1;
    memcpy(kept->entry, decoded, kind->shape->size);
    struct pack texts = {(char *)kept->entry + kind->shape->size, 0};
    kind->pack(&texts, kept->entry);
    memcpy(texts.at, id.at, id.size);
    kept->id = (struct str){texts.at, id.size};
    return kept;
}

/* --- indexes */

static void index_add(struct table *index, struct str key, void *entry)
{
    struct entry_list *list = table_get(index, key);
    if (list == NULL) {
        list = room_new(sizeof *list + key.size + 1);
        memcpy(list + 1, key.at, key.size);
        list->key = (struct str){(const char *)(list + 1), key.size};
        table_put(index, list->key, list);
    }
    if (list->count == list->room) {
        list->room = list->room == 0 ? 4 : 2 * list->room;
        list->items = realloc(list->items, list->room * sizeof *list->items);
        if (list->items == NULL)
            abort();
    }
    list->items[list->count++] = entry;
}

static void index_remove(struct table *index, struct str key, const void *entry)
{
    struct entry_list *list = table_get(index, key);
    size_t i = 0;
    assert(list != NULL);
    while (list->items[i] != entry)
        i++;
    list->items[i] = list->items[--list->count];
}

static void index_free(struct table *index)
{
    struct entry_list *list;
    for (size_t at = 0; (list = table_next(index, &at)) != NULL;) {
        free(list->items);
        free(list);
    }
    table_release(index);
}

/* --- rows in */

/* Tables hold entries for readers; the block that must be freed begins one `struct kept` before. */
static struct kept *kept_of(void *entry)
{
    return (struct kept *)entry - 1;
}

static void entry_drop(struct catalogue *c, const struct kind *kind, struct str id)
{
    void *entry = table_remove(table_at(c, kind->table), id);
    if (entry == NULL)
        return;
    if (kind->index != 0)
        index_remove(table_at(c, kind->index), kind->group(entry), entry);
    free(kept_of(entry));
}

static int text_order(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void texts_sort(struct str *texts, size_t count)
{
    if (count > 1)
        qsort(texts, count, sizeof *texts, text_order);
}

static void entry_add(struct catalogue *c, const struct kind *kind, const struct reference_row *row)
{
    struct fault fault;
    void *decoded = arena_alloc(&c->scratch, kind->shape->size);
    bool read = shape_decode(kind->shape, row->doc, SHAPE_OPEN, &c->scratch, decoded, &fault);
    assert(read && "a reference row is what decide kept");
    (void)read;
    if (kind->shape == &assortment_shape) {
        struct assortment *a = decoded;
        texts_sort(a->skus, a->skus_count);
        texts_sort(a->families, a->families_count);
    }
    struct kept *kept = kept_new(kind, row->id, decoded);
    table_put(table_at(c, kind->table), kept->id, kept->entry);
    if (kind->index != 0)
        index_add(table_at(c, kind->index), kind->group(kept->entry), kept->entry);
    arena_reset(&c->scratch);
}

void *catalogue_new(void)
{
    struct catalogue *c = room_new(sizeof *c);
    arena_init(&c->scratch);
    return c;
}

void catalogue_apply(void *catalogue, const struct reference_row *row)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!str_is(row->kind, kinds[i].name))
            continue;
        entry_drop(catalogue, &kinds[i], row->id);
        if (str_present(row->doc))
            entry_add(catalogue, &kinds[i], row);
    }
}

void catalogue_free(void *catalogue)
{
    struct catalogue *c = catalogue;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        void *entry;
        for (size_t at = 0; (entry = table_next(table_at(c, kinds[i].table), &at)) != NULL;)
            free(kept_of(entry));
        table_release(table_at(c, kinds[i].table));
    }
    index_free(&c->offers_by_sku);
    index_free(&c->assortments_by_account);
    arena_release(&c->scratch);
    free(c);
}
