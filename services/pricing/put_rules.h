/* put_rules: what a command that changes reference data must fulfil. Pure. All is checked before
 * anything is changed; the first fault is told. */
#ifndef PRICING_PUT_RULES_H
#define PRICING_PUT_RULES_H

#include "proto/pricing.h"

/* currency_kept: of the list as it is; STR_NONE when it is new. Texts of the fault live in `a`. */
bool price_list_check(const struct price_list_put *put, struct str currency_kept, struct arena *a,
                      struct fault *fault) MUST_CHECK;
bool discounts_check(const struct discount_put *put, struct arena *a,
                     struct fault *fault) MUST_CHECK;

#endif
