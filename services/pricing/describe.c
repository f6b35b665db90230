/* describe: the levels, verdicts and steps, as receipts name them. */
#include "services/pricing/kernel/price.h"
#include "services/pricing/pricing.h"

#include <stdio.h>

static void names_print(const char *title, const char *const *names, const char *const *docs,
                        size_t count)
{
    printf("%s\n", title);
    for (size_t i = 1; i < count; i++)
        printf("  %-16s %s\n", names[i], docs != NULL ? docs[i] : "");
    printf("\n");
}

static const char *const source_docs[PRICE_SOURCE_COUNT] = {
    [PRICE_SOURCE_AGREED] = "given with the order line (a quote lock); no discount rule takes more",
    [PRICE_SOURCE_CONTRACT] = "a list of level contract for this account",
    [PRICE_SOURCE_ACCOUNT] = "a list of level account for this account",
    [PRICE_SOURCE_CHANNEL] = "a list of level channel for the order's channel",
    [PRICE_SOURCE_BASE] = "a list for everybody",
};

static const char *const step_docs[PRICE_STEP_COUNT] = {
    [PRICE_STEP_EXTEND] = "unit price x quantity, exact (point unit: the unit price)",
    [PRICE_STEP_AGREED] = "less the agreed line discount, exact",
    [PRICE_STEP_PERCENT] = "less an always-discount of its base, exact",
    [PRICE_STEP_ROUND] = "the one rounding of the net line (point unit: of the net unit price)",
    [PRICE_STEP_MULTIPLY] = "point unit: net unit price x quantity, rounded",
    [PRICE_STEP_ORDER_DISCOUNT] = "this line's share of a threshold discount",
    [PRICE_STEP_ORDER_ROUND] = "this line's share of the order's rounding difference",
};

void pricing_describe(void)
{
    names_print("levels, first with a candidate wins", price_source_names, source_docs,
                PRICE_SOURCE_COUNT);
    names_print("verdicts on a price, in the order in which they are asked", price_verdict_names,
                price_verdict_docs, PRICE_VERDICT_COUNT);
    names_print("verdicts on a discount rule", price_rule_verdict_names, price_rule_verdict_docs,
                PRICE_RULE_VERDICT_COUNT);
    names_print("steps of a line", price_step_names, step_docs, PRICE_STEP_COUNT);
}
