/* reference: what catalog tells about products, sellers, nodes, offers and assortments, kept. */
#include "services/orders/catalogue.h"

static struct str text_at(const void *item, size_t offset)
{
    return *(const struct str *)(const void *)((const char *)item + offset);
}

static struct str offer_id(const void *item, struct arena *a)
{
    const struct offer *offer = item;
    return arena_printf(a, "%.*s\n%.*s", STR_ARG(offer->sku), STR_ARG(offer->node));
}

/* The five structs differ in the type of their items only, and the items in where the id is. */
struct told {
    const struct message_type *type;
    const char *kind;
    const struct shape *shape;
    size_t items, count, id;
};

#define TOLD(kind_, id_)                                                                           \
    {                                                                                              \
        &type_##kind_##_changed, #kind_, &kind_##_shape, offsetof(struct kind_##_put, items),      \
            offsetof(struct kind_##_put, items_count), offsetof(struct kind_, id_)                 \
    }
static const struct told tolds[] = {
    TOLD(product, sku), TOLD(seller, seller),         TOLD(node, node),
    TOLD(offer, sku),   TOLD(assortment, assortment),
};

static const struct told *told_of(const struct message_type *type)
{
    for (size_t i = 0; i < ARRAY_LEN(tolds); i++)
        if (tolds[i].type == type)
            return &tolds[i];
    return NULL;
}

bool reference_type(const struct message_type *type)
{
    return told_of(type) != NULL;
}

void reference_keep(struct fold *f, const struct input *in)
{
    const struct told *told = told_of(in->type);
    struct arena *a = fold_arena(f);
    assert(told != NULL);
    const char *body = in->body;
    const char *items = *(const char *const *)(const void *)(body + told->items);
    size_t count = *(const size_t *)(const void *)(body + told->count);
    for (size_t i = 0; i < count; i++) {
        const void *item = items + i * told->shape->size;
        struct str id =
            told->type == &type_offer_changed ? offer_id(item, a) : text_at(item, told->id);
        fold_reference_put(f, in, told->kind, id, shape_text(told->shape, item, a));
    }
}
