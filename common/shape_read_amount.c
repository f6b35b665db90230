/* shape_read_amount: decimals, money and quantities, which travel as strings. */
#include "common/shape_read.h"

#include <string.h>

static bool amount_read(struct reader *r, const struct place *p, struct str text, int digits,
                        int64_t *micro)
{
    assert(str_present(text));
    int places = decimal_places(text);
    if (places < 0)
        return shape_refuse(
            r, p, "decimal_invalid", STR("It is no decimal number."),
            STR("Write digits with a point, such as \"1234.50\"; no exponent, sign + or "
                "spaces."));
    if (places > digits)
        return shape_refuse(
            r, p, "too_many_decimals",
            arena_printf(r->arena, "It has %d decimals; at most %d are taken.", places, digits),
            STR("Round it before sending."));
    if (decimal_read(text, micro))
        return true;
    bool negative = text.at[0] == '-';
    return shape_refuse(r, p, negative ? "amount_too_small" : "amount_too_large",
                        STR("It does not fit an amount."), STR("Send an amount nearer to zero."));
}

static struct str decimal_text(struct arena *a, int64_t micro)
{
    char text[DECIMAL_TEXT_SIZE];
    size_t size = decimal_write(micro, 0, text);
    return arena_str(a, (struct str){text, size});
}

static bool amount_range_ok(struct reader *r, const struct place *p, const struct member *m,
                            struct str text, int64_t micro)
{
    assert(str_present(text));
    /* "-0" is refused where nothing negative is taken, so that the schema can say so. */
    if (micro < m->min || (m->min >= 0 && text.at[0] == '-')) {
        struct str lowest = decimal_text(r->arena, m->min);
        return shape_refuse(r, p, "amount_too_small",
                            arena_printf(r->arena, "It is below %.*s.", STR_ARG(lowest)),
                            arena_printf(r->arena, "Send at least %.*s.", STR_ARG(lowest)));
    }
    if (micro > m->max) {
        struct str highest = decimal_text(r->arena, m->max);
        return shape_refuse(r, p, "amount_too_large",
                            arena_printf(r->arena, "It is above %.*s.", STR_ARG(highest)),
                            arena_printf(r->arena, "Send at most %.*s.", STR_ARG(highest)));
    }
    return true;
}

/* An object of two texts: {"amount","currency"} or {"value","unit"}. */
struct pair {
    const char *names[2];
    struct str texts[2];
};

static bool pair_member_read(struct reader *r, const struct place *p, const struct node *n,
                             struct pair *pair)
{
    for (size_t i = 0; i < 2; i++) {
        if (!str_is(n->name, pair->names[i]))
            continue;
        struct place here = {.up = p, .name = n->name};
        if (n->kind != NODE_TEXT)
            return shape_refuse_kind(r, &here, n, i == 0 ? "a decimal as a string" : "a string");
        pair->texts[i] = n->text;
        return true;
    }
    return r->mode == SHAPE_OPEN || shape_refuse_unknown(r, p, n->name);
}

static bool pair_read(struct reader *r, const struct place *p, const struct node *n,
                      struct pair *pair)
{
    if (n->kind != NODE_OBJECT)
        return shape_refuse_kind(r, p, n,
                                 arena_printf(r->arena, "an object with \"%s\" and \"%s\"",
                                              pair->names[0], pair->names[1])
                                     .at);
    for (size_t i = 0; i < n->count; i++) {
        if (!pair_member_read(r, p, &n->items[i], pair))
            return false;
    }
    for (size_t i = 0; i < 2; i++) {
        if (!str_present(pair->texts[i]))
            return shape_refuse_missing(r, p, pair->names[i]);
    }
    return true;
}

bool shape_money_read(struct reader *r, const struct place *p, const struct member *m,
                      const struct node *n, void *out)
{
    struct pair pair = {.names = {"amount", "currency"}};
    if (!pair_read(r, p, n, &pair))
        return false;
    struct money *money = out;
    struct place amount = {.up = p, .name = STR("amount")};
    struct place currency = {.up = p, .name = STR("currency")};
    int exponent =
        pair.texts[1].size == CURRENCY_SIZE - 1 ? currency_exponent(pair.texts[1].at) : -1;
    if (exponent < 0)
        return shape_refuse(r, &currency, "currency_unknown", STR("It is no currency of ISO 4217."),
                            STR("Send a code of three capital letters, such as \"EUR\"."));
    memcpy(money->currency, pair.texts[1].at, pair.texts[1].size);
    int digits = m->digits == DIGITS_OF_CURRENCY ? exponent : m->digits;
    return amount_read(r, &amount, pair.texts[0], digits, &money->micro) &&
           amount_range_ok(r, &amount, m, pair.texts[0], money->micro);
}

static bool unit_ok(struct str unit)
{
    if (unit.size == 0 || unit.size >= UNIT_SIZE)
        return false;
    for (size_t i = 0; i < unit.size; i++) {
        char c = unit.at[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            return false;
    }
    return true;
}

bool shape_quantity_read(struct reader *r, const struct place *p, const struct member *m,
                         const struct node *n, void *out)
{
    struct pair pair = {.names = {"value", "unit"}};
    if (!pair_read(r, p, n, &pair))
        return false;
    struct quantity *quantity = out;
    struct place value = {.up = p, .name = STR("value")};
    struct place unit = {.up = p, .name = STR("unit")};
    if (!unit_ok(pair.texts[1]))
        return shape_refuse(
            r, &unit, "unit_invalid", STR("It is no code of a unit."),
            STR("Send a code of UN/ECE Recommendation 20, such as \"C62\" for pieces."));
    assert(str_present(pair.texts[1]));
    memcpy(quantity->unit, pair.texts[1].at, pair.texts[1].size);
    return amount_read(r, &value, pair.texts[0], m->digits, &quantity->micro) &&
           amount_range_ok(r, &value, m, pair.texts[0], quantity->micro);
}

bool shape_decimal_read(struct reader *r, const struct place *p, const struct member *m,
                        const struct node *n, void *out)
{
    struct decimal *decimal = out;
    if (n->kind != NODE_TEXT)
        return shape_refuse_kind(r, p, n, "a decimal as a string, such as \"1.50\"");
    decimal->present = true;
    return amount_read(r, p, n->text, m->digits, &decimal->micro) &&
           amount_range_ok(r, p, m, n->text, decimal->micro);
}
