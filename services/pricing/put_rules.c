/* put_rules: checks of price_list.put and discount.put. */
#include "services/pricing/put_rules.h"

#include "common/limits.h"

#include <string.h>

static bool refuse(struct fault *fault, const char *code, struct str path, struct str text)
{
    *fault = (struct fault){.code = code, .path = path, .text = text};
    return false;
}

static bool cure(struct fault *fault, struct str remedy)
{
    fault->remedy = remedy;
    return false;
}

static bool is_id_byte(char c)
{
    static const char marks[] = {'.', '_', ':', '/', '+', '-', '@'};
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           memchr(marks, c, sizeof(marks)) != NULL;
}

static bool all_id_bytes(struct str id)
{
    for (size_t i = 0; i < id.size; i++) {
        if (!is_id_byte(id.at[i]))
            return false;
    }
    return id.size > 0;
}

static bool id_check(struct str id, struct str path, struct fault *fault)
{
    if (str_is(id, "agreed")) {
        refuse(fault, "id_invalid", path, STR("\"agreed\" is what a price lock is called"));
        return cure(fault, STR("choose another id"));
    }
    if (!all_id_bytes(id)) {
        refuse(fault, "id_invalid", path, STR("the id has a character that is not allowed"));
        return cure(fault, STR("use letters, digits and . _ : / + - @"));
    }
    return true;
}

/* All changes of a kind come under one key, so that one partition orders them. */
static bool reference_check(struct str reference, const char *wanted, struct fault *fault)
{
    if (str_is(reference, wanted))
        return true;
    refuse(fault, "reference_invalid", STR("/reference"),
           STR("this kind of fact has one key of its own"));
    return cure(fault, str_of(wanted));
}

static bool currency_check(struct str currency, struct str path, struct fault *fault)
{
    char code[CURRENCY_SIZE] = {0};
    if (currency.size == CURRENCY_SIZE - 1)
        memcpy(code, currency.at, currency.size);
    if (currency_exponent(code) >= 0)
        return true;
    refuse(fault, "currency_unknown", path, STR("no such currency in ISO 4217"));
    return cure(fault, STR("use a three-letter code such as EUR"));
}

static bool window_check(struct instant from, struct instant until, struct str path,
                         struct fault *fault)
{
    if (!instant_present(from) || !instant_present(until) || from.at < until.at)
        return true;
    refuse(fault, "window_empty", path, STR("valid_until is not after valid_from"));
    return cure(fault, STR("the window is [valid_from, valid_until): give a later end, or none"));
}

static bool status_check(struct str status, struct str path, struct fault *fault)
{
    if (!str_present(status) || str_is(status, "active") || str_is(status, "inactive"))
        return true;
    refuse(fault, "value_unknown", path, STR("the status is neither active nor inactive"));
    return cure(fault, STR("use active or inactive"));
}

/* Whose a list is: contract and account lists name the account, channel lists the channel, the base
 * list neither; a contract or account list may be narrowed to a channel. */
static bool scope_check(const struct price_list_put *put, struct fault *fault)
{
    bool needs_account = put->level == PRICE_LEVEL_CONTRACT || put->level == PRICE_LEVEL_ACCOUNT;
    if (needs_account && !str_present(put->account)) {
        refuse(fault, "account_missing", STR("/account"), STR("this level is for one account"));
        return cure(fault, STR("name the account, or use level base"));
    }
    if (!needs_account && str_present(put->account)) {
        refuse(fault, "account_not_allowed", STR("/account"),
               STR("a list of this level is not for one account"));
        return cure(fault, STR("use level account or contract, or leave the account out"));
    }
    if (put->level == PRICE_LEVEL_CHANNEL && !str_present(put->channel)) {
        refuse(fault, "channel_missing", STR("/channel"), STR("this level is for one channel"));
        return cure(fault, STR("name the channel, or use level base"));
    }
    if (put->level == PRICE_LEVEL_BASE && str_present(put->channel)) {
        refuse(fault, "channel_not_allowed", STR("/channel"),
               STR("the base level is for every channel"));
        return cure(fault, STR("use level channel, or leave the channel out"));
    }
    return true;
}

static bool decimals_check(const struct price_list_put *put, struct fault *fault)
{
    int64_t micro = put->decimals.micro;
    if (!put->decimals.present ||
        (micro >= 0 && micro <= (int64_t)DECIMALS_MAX * MICRO && micro % MICRO == 0))
        return true;
    refuse(fault, "decimals_invalid", STR("/decimals"), STR("decimals is not one of 0 to 6"));
    return cure(fault, STR("give a whole number from 0 to 6, or none for the currency's own"));
}

/* --- prices: no two of one command speak of the same (SKU, unit, minimum) */

struct seen {
    const struct price **slots; /* a power of two, at least twice the prices */
    size_t mask;
};

static bool price_same(const struct price *a, const struct price *b)
{
    return a->min_quantity.micro == b->min_quantity.micro && str_eq(a->unit, b->unit) &&
           str_eq(a->sku, b->sku);
}

/* False when it was there. */
static bool seen_add(struct seen *s, const struct price *p)
{
    size_t at = (size_t)(str_hash(p->sku) ^ (uint64_t)p->min_quantity.micro) & s->mask;
    for (; s->slots[at] != NULL; at = (at + 1) & s->mask) {
        if (price_same(s->slots[at], p))
            return false;
    }
    s->slots[at] = p;
    return true;
}

static struct seen seen_new(size_t count, struct arena *a)
{
    size_t room = 2;
    while (room < 2 * count)
        room *= 2;
    return (struct seen){arena_array(a, const struct price *, room), room - 1};
}

static bool unit_plain(struct str unit)
{
    for (size_t i = 0; i < unit.size; i++) {
        char c = unit.at[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
            return false;
    }
    return unit.size > 0 && unit.size < UNIT_SIZE;
}

static bool price_check(const struct price *p, struct str at, struct arena *a, struct fault *fault)
{
    if (unit_plain(p->unit))
        return true;
    refuse(fault, "unit_invalid", arena_printf(a, "%.*s/unit", STR_ARG(at)),
           STR("the unit is not a code of UN/ECE Rec 20"));
    return cure(fault, STR("use capital letters and digits, for example C62 or KGM"));
}

static bool prices_check(const struct price_list_put *put, struct arena *a, struct fault *fault)
{
    struct seen seen = seen_new(put->prices_count + put->removed_count, a);
    for (size_t i = 0; i < put->prices_count + put->removed_count; i++) {
        bool removed = i >= put->prices_count;
        size_t index = removed ? i - put->prices_count : i;
        const struct price *p = removed ? &put->removed[index] : &put->prices[index];
        struct str at = arena_printf(a, "/%s/%zu", removed ? "removed" : "prices", index);
        if (!price_check(p, at, a, fault))
            return false;
        if (!removed && !p->amount.present) {
            refuse(fault, "amount_missing", arena_printf(a, "%.*s/amount", STR_ARG(at)),
                   STR("a price needs its amount"));
            return cure(fault, STR("give the amount, or name the price in \"removed\""));
        }
        if (seen_add(&seen, p))
            continue;
        refuse(fault, "tier_duplicate", at,
               STR("the command speaks twice of this SKU, unit and min_quantity"));
        return cure(fault, STR("keep one of them"));
    }
    return true;
}

bool price_list_check(const struct price_list_put *put, struct str currency_kept, struct arena *a,
                      struct fault *fault)
{
    if (!reference_check(put->reference, "reference:price_list", fault) ||
        !id_check(put->price_list, STR("/price_list"), fault) || !scope_check(put, fault) ||
        !currency_check(put->currency, STR("/currency"), fault))
        return false;
    if (str_present(currency_kept) && !str_eq(currency_kept, put->currency)) {
        refuse(
            fault, "currency_fixed", STR("/currency"),
            arena_printf(a, "the list is in %.*s and its prices with it", STR_ARG(currency_kept)));
        return cure(fault, STR("make another list for another currency"));
    }
    return window_check(put->valid_from, put->valid_until, STR("/valid_until"), fault) &&
           decimals_check(put, fault) && status_check(put->status, STR("/status"), fault) &&
           prices_check(put, a, fault);
}

/* --- discounts */

static bool threshold_check(const struct discount *d, struct str at, struct arena *a,
                            struct fault *fault)
{
    bool wanted = d->kind == DISCOUNT_THRESHOLD;
    struct str threshold_at = arena_printf(a, "%.*s/threshold", STR_ARG(at));
    struct str currency_at = arena_printf(a, "%.*s/currency", STR_ARG(at));
    if (!wanted && (d->threshold.present || str_present(d->currency))) {
        refuse(fault, "threshold_not_allowed", d->threshold.present ? threshold_at : currency_at,
               STR("a discount of kind always has no threshold"));
        return cure(fault, STR("use kind threshold, or leave threshold and currency out"));
    }
    if (!wanted)
        return true;
    if (!d->threshold.present) {
        refuse(fault, "threshold_missing", threshold_at,
               STR("a discount of kind threshold needs one"));
        return cure(fault, STR("give the amount that the eligible lines must exceed"));
    }
    if (!str_present(d->currency)) {
        refuse(fault, "currency_missing", currency_at, STR("the threshold has no currency"));
        return cure(fault, STR("give the currency of the threshold"));
    }
    return currency_check(d->currency, currency_at, fault);
}

static bool texts_check(const struct str *items, size_t count, struct str at, struct fault *fault)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].size >= 1 && items[i].size <= ID_SIZE_MAX)
            continue;
        refuse(fault, "text_too_long", at, STR("an id is longer than 100 bytes"));
        return cure(fault, STR("give the ids as the catalogue has them"));
    }
    return true;
}

static bool discount_check(const struct discount *d, struct str at, struct arena *a,
                           struct fault *fault)
{
    return id_check(d->discount, arena_printf(a, "%.*s/discount", STR_ARG(at)), fault) &&
           threshold_check(d, at, a, fault) &&
           window_check(d->valid_from, d->valid_until,
                        arena_printf(a, "%.*s/valid_until", STR_ARG(at)), fault) &&
           status_check(d->status, arena_printf(a, "%.*s/status", STR_ARG(at)), fault) &&
           texts_check(d->skus, d->skus_count, arena_printf(a, "%.*s/skus", STR_ARG(at)), fault) &&
           texts_check(d->families, d->families_count,
                       arena_printf(a, "%.*s/families", STR_ARG(at)), fault);
}

bool discounts_check(const struct discount_put *put, struct arena *a, struct fault *fault)
{
    /* The table of prices serves for ids as well: an id is a SKU without unit and minimum. */
    struct seen seen = seen_new(put->items_count, a);
    struct price *ids = arena_array(a, struct price, put->items_count);
    if (!reference_check(put->reference, "reference:discount", fault))
        return false;
    for (size_t i = 0; i < put->items_count; i++) {
        struct str at = arena_printf(a, "/items/%zu", i);
        if (!discount_check(&put->items[i], at, a, fault))
            return false;
        ids[i].sku = put->items[i].discount;
        if (seen_add(&seen, &ids[i]))
            continue;
        refuse(fault, "discount_duplicate", at, STR("the command has this discount twice"));
        return cure(fault, STR("keep one of them"));
    }
    return true;
}
