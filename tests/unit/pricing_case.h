/* pricing_case: one order under construction, for tests of the pricing kernel. */
#ifndef TESTS_UNIT_PRICING_CASE_H
#define TESTS_UNIT_PRICING_CASE_H

#include "tests/unit/unit.h"

#include "common/limits.h"
#include "services/pricing/kernel/price.h"

enum { CASE_LINE_COUNT_MAX = 8, NOW = 1000 };

/* One order under construction; `price` fills `out`. */
static struct arena arena;
static struct price_tariff tariffs[8];
static struct price_candidate candidates[32];
static struct price_line lines[CASE_LINE_COUNT_MAX];
static struct price_rule rules[20];
static const struct price_rule *rule_list[20];
static struct price_input in;
static struct price_result out;

static inline void setup(void)
{
    arena_init(&arena);
    memset(tariffs, 0, sizeof(tariffs));
    memset(candidates, 0, sizeof(candidates));
    memset(lines, 0, sizeof(lines));
    memset(rules, 0, sizeof(rules));
    in = (struct price_input){.account = STR("me"),
                              .channel = STR("web"),
                              .currency = "EUR",
                              .at_us = NOW,
                              .lines = lines,
                              .candidates = candidates,
                              .rules = rule_list};
}
static inline void teardown(void)
{
    arena_release(&arena);
}

static inline int64_t micro(const char *text)
{
    int64_t value;
    ck_assert(decimal_read(str_of(text), &value));
    return value;
}

static inline struct price_tariff *tariff(size_t i, const char *id, enum price_source level)
{
    tariffs[i] = (struct price_tariff){
        .id = str_of(id),
        .level = level,
        .currency = "EUR",
        .policy = PRICE_POLICY_PRIORITY,
        .rounding = {PRICE_POINT_LINE, ROUNDING_HALF_AWAY, 2},
        .active = true,
    };
    return &tariffs[i];
}

/* Candidates come line by line: after line() those that belong to it. */
static inline struct price_line *line(const char *sku, const char *quantity)
{
    struct price_line *l = &lines[in.line_count++];
    *l = (struct price_line){.sku = str_of(sku),
                             .quantity = {.micro = micro(quantity), .unit = "C62"},
                             .candidate_first = in.candidate_count};
    return l;
}

static inline struct price_candidate *offer(size_t list, const char *amount, const char *from)
{
    struct price_candidate *c = &candidates[in.candidate_count++];
    *c = (struct price_candidate){.tariff = &tariffs[list],
                                  .unit = "C62",
                                  .amount_micro = micro(amount),
                                  .min_quantity_micro = micro(from)};
    lines[in.line_count - 1].candidate_count++;
    return c;
}

static inline struct price_rule *rule(const char *id, enum price_rule_kind kind, ppm_t rate,
                                      enum price_rule_base base)
{
    struct price_rule *r = &rules[in.rule_count];
    *r = (struct price_rule){.id = str_of(id),
                             .kind = kind,
                             .rate_ppm = rate,
                             .base = base,
                             .currency = "EUR",
                             .active = true};
    rule_list[in.rule_count++] = r;
    return r;
}

static inline bool price(void)
{
    size_t size = price_scratch_size(&in);
    return price_order(&in, arena_alloc(&arena, size), size, &out);
}

#define ck_assert_amount(got, text) ck_assert_int_eq(got, micro(text))

#endif
