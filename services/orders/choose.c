/* choose: what an account may see, and which seller and node serve a line. */
#include "services/orders/catalogue.h"

/* Members that say nothing mean "active". */
static bool status_active(struct str status)
{
    return !str_present(status) || str_is(status, "active");
}

/* Sorted by snapshot.c. */
static bool texts_have(const struct str *texts, size_t count, struct str wanted)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(texts[middle], wanted);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bool assortment_names(const struct assortment *a, const struct product *p)
{
    if (a->skus_count == 0 && a->families_count == 0)
        return true;
    return texts_have(a->skus, a->skus_count, p->sku) ||
           (str_present(p->family) && texts_have(a->families, a->families_count, p->family));
}

/* What the assortments of one account say together. */
struct say {
    bool denied, allowed, limited; /* limited: at least one allows something */
};

static void say_add(struct say *say, const struct entry_list *list, const struct product *p)
{
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct assortment *a = list->items[i];
        if (!status_active(a->status))
            continue;
        bool named = assortment_names(a, p), allow = str_is(a->effect, "allow");
        say->limited |= allow;
        say->allowed |= allow && named;
        say->denied |= !allow && named;
    }
}

const struct product *catalogue_product(const struct catalogue *c, struct str account,
                                        struct str sku)
{
    const struct product *p = table_get(&c->products, sku);
    struct say say = {false, false, false};
    if (p == NULL)
        return NULL;
    say_add(&say, table_get(&c->assortments_by_account, STR("")), p);
    say_add(&say, table_get(&c->assortments_by_account, account), p);
    return say.denied || (say.limited && !say.allowed) ? NULL : p;
}

bool product_discontinued(const struct product *p)
{
    return str_is(p->status, "discontinued");
}

/* An offer that can serve, with the node it is from. */
struct candidate {
    const struct offer *offer;
    const struct node *node;
};

static bool candidate_before(const struct candidate *a, const struct candidate *b)
{
    if (b->offer == NULL)
        return true;
    if (a->offer->priority != b->offer->priority)
        return a->offer->priority < b->offer->priority;
    if (a->node->priority != b->node->priority)
        return a->node->priority < b->node->priority;
    return str_compare(a->node->node, b->node->node) < 0;
}

static bool candidate_of(const struct catalogue *c, const struct offer *offer,
                         struct candidate *out)
{
    const struct node *node = table_get(&c->nodes, offer->node);
    if (!status_active(offer->status) || node == NULL || !status_active(node->status))
        return false;
    const struct seller *seller = table_get(&c->sellers, node->seller);
    *out = (struct candidate){offer, node};
    return seller != NULL && status_active(seller->status);
}

static bool named_or_free(struct str named, struct str is)
{
    return !str_present(named) || str_eq(named, is);
}

enum choice_result catalogue_choose(const struct catalogue *c, struct str sku,
                                    struct choice *choice)
{
    const struct entry_list *offers = table_get(&c->offers_by_sku, sku);
    struct candidate best = {NULL, NULL}, next;
    bool seller_offers = false;
    for (size_t i = 0; offers != NULL && i < offers->count; i++) {
        if (!candidate_of(c, offers->items[i], &next) ||
            !named_or_free(choice->seller, next.node->seller))
            continue;
        seller_offers = true;
        if (named_or_free(choice->node, next.node->node) && candidate_before(&next, &best))
            best = next;
    }
    if (best.offer == NULL)
        return seller_offers || (str_present(choice->node) && !str_present(choice->seller))
                   ? CHOICE_NO_NODE
                   : CHOICE_NO_SELLER;
    *choice = (struct choice){best.node->seller, best.node->node};
    return CHOICE_FOUND;
}
