/* docs: shapes and ids of pricing's reference data. */
#include "services/pricing/docs.h"

#include "common/limits.h"

#include <string.h>

enum { PRIORITY_MAX = 1000000 };

static const struct member list_doc_members[] = {
    MEMBER(struct list_doc, price_list, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER_ENUM(struct list_doc, level, REQUIRED, price_level_names, NULL),
    MEMBER(struct list_doc, account, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct list_doc, channel, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct list_doc, currency, REQUIRED, 3, 3, NULL),
    MEMBER(struct list_doc, priority, REQUIRED, 0, PRIORITY_MAX, NULL),
    MEMBER_ENUM(struct list_doc, policy, REQUIRED, level_policy_names, NULL),
    MEMBER(struct list_doc, valid_from, OPTIONAL, 0, 0, NULL),
    MEMBER(struct list_doc, valid_until, OPTIONAL, 0, 0, NULL),
    MEMBER_ENUM(struct list_doc, rounding_point, REQUIRED, rounding_point_names, NULL),
    MEMBER_ENUM(struct list_doc, rounding, REQUIRED, rounding_names, NULL),
    MEMBER(struct list_doc, decimals, REQUIRED, 0, DECIMALS_MAX, NULL),
    MEMBER(struct list_doc, active, REQUIRED, 0, 0, NULL),
};
const struct shape list_doc_shape =
    SHAPE("list_doc", struct list_doc, list_doc_members, "A price list as it is kept.");

static const struct member price_doc_members[] = {
    MEMBER(struct price_doc, price_list, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct price_doc, sku, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct price_doc, unit, REQUIRED, 1, UNIT_SIZE - 1, NULL),
    MEMBER_AMOUNT(struct price_doc, amount, REQUIRED, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct price_doc, min_quantity, OPTIONAL, 0, DECIMALS_MAX, NULL),
};
const struct shape price_doc_shape =
    SHAPE("price_doc", struct price_doc, price_doc_members, "A price as it is kept.");

struct str price_id(struct arena *a, struct str list, const struct price *p)
{
    char least[DECIMAL_TEXT_SIZE];
    decimal_write(p->min_quantity.micro, 0, least);
    return arena_printf(a, "%.*s|%.*s|%.*s|%s", STR_ARG(list), STR_ARG(p->sku), STR_ARG(p->unit),
                        least);
}

/* The part behind the last '|' goes to *tail; false when there is none. */
static bool tail_cut(struct str *s, struct str *tail)
{
    for (size_t i = s->size; i-- > 0;) {
        if (s->at[i] != '|')
            continue;
        *tail = (struct str){s->at + i + 1, s->size - i - 1};
        s->size = i;
        return true;
    }
    return false;
}

bool price_id_read(struct str id, struct price_key *out)
{
    struct str least;
    if (!tail_cut(&id, &least) || !tail_cut(&id, &out->unit) ||
        !decimal_read(least, &out->min_quantity_micro))
        return false;
    const char *bar = memchr(id.at, '|', id.size);
    if (bar == NULL)
        return false;
    size_t list_size = (size_t)(bar - id.at);
    out->list = (struct str){id.at, list_size};
    out->sku = (struct str){bar + 1, id.size - list_size - 1};
    return true;
}

static int64_t decimals_of(const struct price_list_put *put)
{
    if (put->decimals.present)
        return put->decimals.micro / MICRO;
    char code[CURRENCY_SIZE] = {0};
    memcpy(code, put->currency.at, CURRENCY_SIZE - 1);
    return currency_exponent(code);
}

struct list_doc list_doc_of(const struct price_list_put *put)
{
    return (struct list_doc){
        .price_list = put->price_list,
        .level = put->level,
        .account = put->account,
        .channel = put->channel,
        .currency = put->currency,
        .priority = put->priority,
        .policy = put->policy ? put->policy : LEVEL_POLICY_PRIORITY,
        .valid_from = put->valid_from,
        .valid_until = put->valid_until,
        .rounding_point = put->rounding_point ? put->rounding_point : ROUNDING_POINT_LINE,
        .rounding = put->rounding ? put->rounding : ROUNDING_HALF_AWAY,
        .decimals = decimals_of(put),
        .active = !str_is(put->status, "inactive"),
    };
}

struct price_doc price_doc_of(struct str list, const struct price *p)
{
    return (struct price_doc){.price_list = list,
                              .sku = p->sku,
                              .unit = p->unit,
                              .amount = p->amount,
                              .min_quantity = p->min_quantity};
}
