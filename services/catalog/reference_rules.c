/* reference_rules: what a put of reference facts must be. Pure. */
#include "services/catalog/reference_rules.h"

#include <string.h>

bool fault_say(struct fault *f, const char *code, struct str path, const char *text,
               const char *remedy)
{
    *f = (struct fault){.code = code, .path = path, .text = str_of(text), .remedy = str_of(remedy)};
    return false;
}

/* --- the pieces that checks are made of */

static bool letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* A seller's id is part of a topic's name, so it may hold only what such a name may. */
static bool seller_id_ok(struct str id)
{
    if (str_blank(id) || !letter_or_digit(id.at[0]))
        return false;
    for (size_t i = 1; i < id.size; i++)
        if (!letter_or_digit(id.at[i]) && id.at[i] != '.' && id.at[i] != '_' && id.at[i] != '-')
            return false;
    return true;
}

/* "seller/site": one slash, and a site that is text of one line. */
static bool node_id_ok(struct str node, struct str seller)
{
    if (node.size < seller.size + 2 || memcmp(node.at, seller.at, seller.size) != 0 ||
        node.at[seller.size] != '/')
        return false;
    for (size_t i = seller.size + 1; i < node.size; i++)
        if (node.at[i] == '/' || (unsigned char)node.at[i] < ' ')
            return false;
    return true;
}

static bool line_of_text(struct str s)
{
    for (size_t i = 0; i < s.size; i++)
        if ((unsigned char)s.at[i] < ' ')
            return false;
    return true;
}

/* UN/ECE Rec 20 in its shape: capital letters and digits. */
static bool unit_ok(struct str unit)
{
    for (size_t i = 0; i < unit.size; i++)
        if (!((unit.at[i] >= 'A' && unit.at[i] <= 'Z') || (unit.at[i] >= '0' && unit.at[i] <= '9')))
            return false;
    return true;
}

static bool status_ok(struct str status, const char *other, struct fault *f)
{
    if (!str_present(status) || str_is(status, "active") || str_is(status, other))
        return true;
    fault_say(f, "status_unknown", STR("/status"), "It is no status of such an item.", NULL);
    f->remedy = str_is(str_of(other), "discontinued") ? STR("Send active or discontinued.")
                                                      : STR("Send active or inactive.");
    return false;
}

/* --- a check and an id for each kind */

static bool product_check(const void *item, const struct snapshot *s, struct fault *f)
{
    const struct product *p = item;
    if (!line_of_text(p->sku))
        return fault_say(f, "sku_invalid", STR("/sku"), "It holds control characters.",
                         "Send an id of one line.");
    if (!unit_ok(p->unit))
        return fault_say(f, "unit_invalid", STR("/unit"), "It is no code of a unit.",
                         "Send a code of UN/ECE Recommendation 20, such as C62 for pieces.");
    const struct known *known = snapshot_product(s, p->sku);
    if (known != NULL && !str_is(p->unit, known->unit))
        return fault_say(f, "unit_fixed", STR("/unit"),
                         "Stock and orders count this product in another unit already.",
                         "Keep the unit, or make a product with an SKU of its own.");
    return status_ok(p->status, "discontinued", f);
}

static struct str product_id(const void *item, struct arena *a)
{
    (void)a;
    return ((const struct product *)item)->sku;
}

static bool seller_check(const void *item, const struct snapshot *s, struct fault *f)
{
    const struct seller *seller = item;
    (void)s;
    if (!seller_id_ok(seller->seller))
        return fault_say(f, "seller_invalid", STR("/seller"),
                         "A seller's id becomes part of the name of a topic.",
                         "Use lower case letters, digits, '.', '_' and '-', a letter or digit "
                         "first.");
    return status_ok(seller->status, "inactive", f);
}

static struct str seller_id(const void *item, struct arena *a)
{
    (void)a;
    return ((const struct seller *)item)->seller;
}

static bool node_check(const void *item, const struct snapshot *s, struct fault *f)
{
    const struct node *node = item;
    if (!node_id_ok(node->node, node->seller))
        return fault_say(f, "node_invalid", STR("/node"),
                         "A node's id is its seller's id, a slash and a site.",
                         "Send seller/site, with no other slash.");
    if (!snapshot_has_seller(s, node->seller)) {
        fault_say(f, "seller_unknown", STR("/seller"), "No such seller is known yet.",
                  "Put the seller first and wait for the answer.");
        f->retriable = true;
        return false;
    }
    return status_ok(node->status, "inactive", f);
}

static struct str node_id(const void *item, struct arena *a)
{
    (void)a;
    return ((const struct node *)item)->node;
}

static bool offer_check(const void *item, const struct snapshot *s, struct fault *f)
{
    const struct offer *offer = item;
    if (snapshot_product(s, offer->sku) == NULL) {
        fault_say(f, "sku_unknown", STR("/sku"), "No such product is known yet.",
                  "Put the product first and wait for the answer.");
        f->retriable = true;
        return false;
    }
    if (!snapshot_has_node(s, offer->node)) {
        fault_say(f, "node_unknown", STR("/node"), "No such node is known yet.",
                  "Put the node first and wait for the answer.");
        f->retriable = true;
        return false;
    }
    return status_ok(offer->status, "inactive", f);
}

/* A node holds exactly one slash, so the parts can be told apart again. */
static struct str offer_id(const void *item, struct arena *a)
{
    const struct offer *offer = item;
    return arena_printf(a, "%.*s/%.*s", STR_ARG(offer->node), STR_ARG(offer->sku));
}

static bool assortment_check(const void *item, const struct snapshot *s, struct fault *f)
{
    const struct assortment *assortment = item;
    (void)s;
    if (!str_is(assortment->effect, "allow") && !str_is(assortment->effect, "deny"))
        return fault_say(f, "effect_unknown", STR("/effect"),
                         "An assortment allows or denies what it names.", "Send allow or deny.");
    return status_ok(assortment->status, "inactive", f);
}

static struct str assortment_id(const void *item, struct arena *a)
{
    (void)a;
    return ((const struct assortment *)item)->assortment;
}

/* --- the table of kinds */

#define KIND_CODE(kind_, T)                                                                        \
    static struct reference_put kind_##_view(const void *body)                                     \
    {                                                                                              \
        const struct T *put = body;                                                                \
        return (struct reference_put){put->reference, put->principal, put->idempotency_key,        \
                                      put->version,   put->items,     put->items_count};           \
    }                                                                                              \
    static const void *kind_##_fact(const void *body, int64_t version, struct arena *a)            \
    {                                                                                              \
        struct T *fact = arena_new(a, struct T);                                                   \
        *fact = *(const struct T *)body;                                                           \
        fact->principal = fact->idempotency_key = STR_NONE;                                        \
        fact->version = version;                                                                   \
        return fact;                                                                               \
    }
#define KIND_ROW(kind_)                                                                            \
    {                                                                                              \
        .name = #kind_, .key = "reference:" #kind_, .put = &type_##kind_##_put,                    \
        .changed = &type_##kind_##_changed, .item = &kind_##_shape, .view = kind_##_view,          \
        .fact = kind_##_fact, .id = kind_##_id, .check = kind_##_check                             \
    }

KIND_CODE(product, product_put)
KIND_CODE(seller, seller_put)
KIND_CODE(node, node_put)
KIND_CODE(offer, offer_put)
KIND_CODE(assortment, assortment_put)

const struct reference_kind reference_kinds[REFERENCE_KIND_COUNT] = {
    KIND_ROW(product), KIND_ROW(seller), KIND_ROW(node), KIND_ROW(offer), KIND_ROW(assortment)};

const struct reference_kind *reference_kind_of(const struct message_type *put)
{
    for (size_t i = 0; i < ARRAY_LEN(reference_kinds); i++)
        if (reference_kinds[i].put == put)
            return &reference_kinds[i];
    return NULL;
}

const void *reference_item(const struct reference_kind *k, const struct reference_put *p,
                           size_t index)
{
    assert(index < p->items_count);
    return (const char *)p->items + index * k->item->size;
}

/* --- the whole put */

size_t text_repeated(const struct str *texts, size_t count, struct arena *a)
{
    size_t room = 1;
    while (room < 2 * count)
        room *= 2;
    struct str *seen = arena_array(a, struct str, room);
    for (size_t i = 0; i < count; i++) {
        size_t at = (size_t)str_hash(texts[i]) & (room - 1);
        while (str_present(seen[at]) && !str_eq(seen[at], texts[i]))
            at = (at + 1) & (room - 1);
        if (str_present(seen[at]))
            return i;
        seen[at] = texts[i];
    }
    return count;
}

static size_t repeated_item(const struct reference_kind *k, const struct reference_put *p,
                            struct arena *a)
{
    struct str *ids = arena_array(a, struct str, p->items_count);
    for (size_t i = 0; i < p->items_count; i++)
        ids[i] = k->id(reference_item(k, p, i), a);
    return text_repeated(ids, p->items_count, a);
}

static bool header_check(const struct reference_kind *k, const struct reference_put *p,
                         struct fault *f)
{
    if (!str_is(p->reference, k->key)) {
        fault_say(f, "reference_invalid", STR("/reference"),
                  "This kind of fact has one key of its own.", NULL);
        f->remedy = str_of(k->key);
        return false;
    }
    if (p->version != 0)
        return fault_say(f, "member_unknown", STR("/version"),
                         "The version is given by the catalogue.", "Leave the member out.");
    if (str_blank(p->principal))
        return fault_say(f, "member_missing", STR("/principal"), "Nobody is responsible for it.",
                         "Say who is.");
    if (str_blank(p->idempotency_key))
        return fault_say(f, "member_missing", STR("/idempotency_key"),
                         "A repeat could not be told from a second command.",
                         "Send a key of your own, the same at each try.");
    return true;
}

bool reference_check(const struct reference_kind *k, const struct reference_put *p,
                     const struct snapshot *s, struct arena *a, struct fault *f)
{
    if (!header_check(k, p, f))
        return false;
    for (size_t i = 0; i < p->items_count; i++) {
        if (k->check(reference_item(k, p, i), s, f))
            continue;
        f->path = arena_printf(a, "/items/%zu%.*s", i, STR_ARG(f->path));
        return false;
    }
    size_t again = repeated_item(k, p, a);
    if (again == p->items_count)
        return true;
    return fault_say(f, "item_repeated", arena_printf(a, "/items/%zu", again),
                     "The same id stands in this command twice.", "Send each id once.");
}
