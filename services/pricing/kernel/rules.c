/* rules: which discount rules speak in an order, of which lines, and in which order (F03). */
#include "services/pricing/kernel/work.h"

#include <string.h>

bool price_rule_before(const struct price_rule *a, const struct price_rule *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    return str_compare(a->id, b->id) < 0;
}

enum price_rule_verdict rule_filter(const struct price_input *in, const struct price_rule *rule)
{
    if (!rule->active)
        return PRICE_RULE_INACTIVE;
    if (rule->kind == PRICE_RULE_THRESHOLD &&
        strncmp(rule->currency, in->currency, CURRENCY_SIZE) != 0)
        return PRICE_RULE_CURRENCY;
    if (str_present(rule->account) && !str_eq(rule->account, in->account))
        return PRICE_RULE_ACCOUNT;
    switch (price_window_of(in->at_us, rule->valid_from_us, rule->valid_until_us)) {
    case PRICE_WINDOW_BEFORE:
        return PRICE_RULE_NOT_YET_VALID;
    case PRICE_WINDOW_AFTER:
        return PRICE_RULE_EXPIRED;
    case PRICE_WINDOW_IN:
        break;
    }
    return PRICE_RULE_VERDICT_ABSENT;
}

static bool sorted_has(const struct str *items, size_t count, struct str wanted)
{
    size_t low = 0, high = str_present(wanted) ? count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(items[middle], wanted);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool rule_speaks_of(const struct price_rule *rule, const struct price_line *line)
{
    /* A price lock is what the two sides agreed on: no rule takes from it. */
    if (line->agreed)
        return false;
    if (rule->sku_count == 0 && rule->family_count == 0)
        return true;
    return sorted_has(rule->skus, rule->sku_count, line->sku) ||
           sorted_has(rule->families, rule->family_count, line->family);
}
