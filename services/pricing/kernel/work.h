/* work: what the files of the kernel share while one order is priced. Inside the kernel only. */
#ifndef PRICING_KERNEL_WORK_H
#define PRICING_KERNEL_WORK_H

#include "services/pricing/kernel/price.h"

struct price_work {
    const struct price_input *in;
    struct price_result *out;
    struct price_step *steps; /* step_room for each line */
    size_t step_room;
    int *digits;    /* of each line's net as it stands: what its shares may be cut to */
    int32_t *slots; /* slot_count (a power of two): lines by SKU and unit */
    size_t slot_count;
    int32_t *members; /* indexes of the lines that a rule of the order speaks of */
    int64_t *weights, *shares;
    struct prorate_claim *claims;
};

/* choose.c */
enum price_window { PRICE_WINDOW_IN = 0, PRICE_WINDOW_BEFORE, PRICE_WINDOW_AFTER };
enum price_window price_window_of(int64_t at_us, int64_t from_us, int64_t until_us);

/* tiers.c: the quantity of each SKU and unit over the order. */
void tiers_sum(struct price_work *w);

/* The winner of a line, and why the others lost. */
void line_choose(struct price_work *w, size_t line);

/* rules.c */
enum price_rule_verdict rule_filter(const struct price_input *in, const struct price_rule *rule);
bool rule_speaks_of(const struct price_rule *rule, const struct price_line *line);

/* line.c: gross and net of a line before rules of the order. */
void line_extend(struct price_work *w, size_t line);
void line_step(struct price_work *w, size_t line, struct price_step step);

/* order.c: thresholds and rounding of the order; false on overflow of a sum. */
bool order_thresholds(struct price_work *w) MUST_CHECK;
bool order_round(struct price_work *w) MUST_CHECK;

int64_t price_step_of(int digits); /* 10^(6 - digits) */

#endif
