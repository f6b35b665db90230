/* pricing: the kernel against tests/reference/price.py, an independent implementation in exact
 * fractions, on random worlds; every verdict, step and amount must be the same. */
#include "tests/unit/unit.h"

#include "common/limits.h"
#include "common/shape.h"
#include "services/pricing/kernel/price.h"

struct world_list {
    struct str id, account, channel, currency;
    int64_t level, priority, policy, point, mode, digits, from, until;
    bool active;
};
struct world_candidate {
    int64_t list, amount, min;
    struct str unit;
};
struct world_line {
    struct str sku, family, unit;
    int64_t quantity, agreed_price, agreed_ppm;
    bool agreed;
    struct world_candidate *candidates;
    size_t candidates_count;
};
struct world_rule {
    struct str id, account, currency;
    int64_t kind, base, rate, threshold, priority, from, until;
    bool active;
    struct str *skus, *families;
    size_t skus_count, families_count;
};
struct world_charge {
    int64_t micro;
};
struct world {
    struct str account, channel, currency;
    int64_t at;
    struct world_list *lists;
    size_t lists_count;
    struct world_rule *rules;
    size_t rules_count;
    struct world_line *lines;
    size_t lines_count;
    struct world_charge *charges;
    size_t charges_count;
};
struct world_case {
    struct world *world;
    struct str expected;
};

#define TEXT(T, m)    MEMBER(T, m, OPTIONAL, 0, BATCH_SIZE_MAX, NULL)
#define INTEGER(T, m) MEMBER(T, m, OPTIONAL, 0, INT64_MAX, NULL)
#define FLAG(T, m)    MEMBER(T, m, OPTIONAL, 0, 0, NULL)

static const struct member list_members[] = {
    TEXT(struct world_list, id),        TEXT(struct world_list, account),
    TEXT(struct world_list, channel),   TEXT(struct world_list, currency),
    INTEGER(struct world_list, level),  INTEGER(struct world_list, priority),
    INTEGER(struct world_list, policy), INTEGER(struct world_list, point),
    INTEGER(struct world_list, mode),   INTEGER(struct world_list, digits),
    INTEGER(struct world_list, from),   INTEGER(struct world_list, until),
    FLAG(struct world_list, active),
};
static const struct shape list_shape = SHAPE("list", struct world_list, list_members, NULL);
static const struct member candidate_members[] = {
    INTEGER(struct world_candidate, list),
    INTEGER(struct world_candidate, amount),
    INTEGER(struct world_candidate, min),
    TEXT(struct world_candidate, unit),
};
static const struct shape candidate_shape =
    SHAPE("candidate", struct world_candidate, candidate_members, NULL);
static const struct member line_members[] = {
    TEXT(struct world_line, sku),
    TEXT(struct world_line, family),
    TEXT(struct world_line, unit),
    INTEGER(struct world_line, quantity),
    INTEGER(struct world_line, agreed_price),
    INTEGER(struct world_line, agreed_ppm),
    FLAG(struct world_line, agreed),
    MEMBER_LIST(struct world_line, candidates, OPTIONAL, 0, 1000, &candidate_shape, NULL),
};
static const struct shape line_shape = SHAPE("line", struct world_line, line_members, NULL);
static const struct member rule_members[] = {
    TEXT(struct world_rule, id),
    TEXT(struct world_rule, account),
    TEXT(struct world_rule, currency),
    INTEGER(struct world_rule, kind),
    INTEGER(struct world_rule, base),
    INTEGER(struct world_rule, rate),
    INTEGER(struct world_rule, threshold),
    INTEGER(struct world_rule, priority),
    INTEGER(struct world_rule, from),
    INTEGER(struct world_rule, until),
    FLAG(struct world_rule, active),
    MEMBER_TEXTS(struct world_rule, skus, OPTIONAL, 0, 9, 0),
    MEMBER_TEXTS(struct world_rule, families, OPTIONAL, 0, 9, 0),
};
static const struct shape rule_shape = SHAPE("rule", struct world_rule, rule_members, NULL);
static const struct member charge_members[] = {INTEGER(struct world_charge, micro)};
static const struct shape charge_shape_ =
    SHAPE("charge", struct world_charge, charge_members, NULL);
static const struct member world_members[] = {
    TEXT(struct world, account),
    TEXT(struct world, channel),
    TEXT(struct world, currency),
    INTEGER(struct world, at),
    MEMBER_LIST(struct world, lists, OPTIONAL, 0, 1000, &list_shape, NULL),
    MEMBER_LIST(struct world, rules, OPTIONAL, 0, 1000, &rule_shape, NULL),
    MEMBER_LIST(struct world, lines, OPTIONAL, 0, 1000, &line_shape, NULL),
    MEMBER_LIST(struct world, charges, OPTIONAL, 0, 1000, &charge_shape_, NULL),
};
static const struct shape world_shape = SHAPE("world", struct world, world_members, NULL);
static const struct member case_members[] = {
    MEMBER_OBJECT(struct world_case, world, REQUIRED, &world_shape, NULL),
    TEXT(struct world_case, expected),
};
static const struct shape case_shape = SHAPE("case", struct world_case, case_members, NULL);

static void code_copy(char *out, size_t room, struct str text)
{
    ck_assert_uint_lt(text.size, room);
    memset(out, 0, room);
    memcpy(out, text.at, text.size);
}

static struct price_tariff *lists_of(const struct world *w, struct arena *a)
{
    struct price_tariff *lists = arena_array(a, struct price_tariff, w->lists_count);
    for (size_t i = 0; i < w->lists_count; i++) {
        const struct world_list *l = &w->lists[i];
        lists[i] = (struct price_tariff){
            .id = l->id,
            .level = (enum price_source)l->level,
            .account = l->account,
            .channel = l->channel,
            .priority = l->priority,
            .policy = (enum price_policy)l->policy,
            .valid_from_us = l->from,
            .valid_until_us = l->until,
            .rounding = {(enum price_point)l->point, (enum rounding)l->mode, (int)l->digits},
            .active = l->active};
        code_copy(lists[i].currency, CURRENCY_SIZE, l->currency);
    }
    return lists;
}

static void lines_of(const struct world *w, struct price_input *in, struct arena *a)
{
    const struct price_tariff *lists = lists_of(w, a);
    struct price_line *lines = arena_array(a, struct price_line, w->lines_count);
    for (size_t i = 0; i < w->lines_count; i++)
        in->candidate_count += w->lines[i].candidates_count;
    struct price_candidate *items = arena_array(a, struct price_candidate, in->candidate_count);
    size_t used = 0;
    for (size_t i = 0; i < w->lines_count; i++) {
        const struct world_line *l = &w->lines[i];
        lines[i] = (struct price_line){.sku = l->sku,
                                       .family = l->family,
                                       .quantity = {.micro = l->quantity},
                                       .agreed = l->agreed,
                                       .agreed_micro = l->agreed_price,
                                       .agreed_ppm = (ppm_t)l->agreed_ppm,
                                       .candidate_first = used,
                                       .candidate_count = l->candidates_count};
        code_copy(lines[i].quantity.unit, UNIT_SIZE, l->unit);
        for (size_t j = 0; j < l->candidates_count; j++, used++) {
            const struct world_candidate *c = &l->candidates[j];
            items[used] = (struct price_candidate){
                .tariff = &lists[c->list], .amount_micro = c->amount, .min_quantity_micro = c->min};
            code_copy(items[used].unit, UNIT_SIZE, c->unit);
        }
    }
    in->lines = lines;
    in->line_count = w->lines_count;
    in->candidates = items;
}

static void rules_of(const struct world *w, struct price_input *in, struct arena *a)
{
    const struct price_rule **rules = arena_array(a, const struct price_rule *, w->rules_count);
    for (size_t i = 0; i < w->rules_count; i++) {
        const struct world_rule *r = &w->rules[i];
        struct price_rule *rule = arena_new(a, struct price_rule);
        *rule = (struct price_rule){.id = r->id,
                                    .kind = (enum price_rule_kind)r->kind,
                                    .rate_ppm = (ppm_t)r->rate,
                                    .base = (enum price_rule_base)r->base,
                                    .threshold_micro = r->threshold,
                                    .account = r->account,
                                    .skus = r->skus,
                                    .families = r->families,
                                    .sku_count = r->skus_count,
                                    .family_count = r->families_count,
                                    .priority = r->priority,
                                    .valid_from_us = r->from,
                                    .valid_until_us = r->until,
                                    .active = r->active};
        code_copy(rule->currency, CURRENCY_SIZE, r->currency);
        rules[i] = rule;
    }
    in->rules = rules;
    in->rule_count = w->rules_count;
}

static struct price_input input_of(const struct world *w, struct arena *a)
{
    struct price_input in = {.account = w->account, .channel = w->channel, .at_us = w->at};
    code_copy(in.currency, CURRENCY_SIZE, w->currency);
    lines_of(w, &in, a);
    rules_of(w, &in, a);
    int64_t *charges = arena_array(a, int64_t, w->charges_count);
    for (size_t i = 0; i < w->charges_count; i++)
        charges[i] = w->charges[i].micro;
    in.charges_micro = charges;
    in.charge_count = w->charges_count;
    return in;
}

static void line_tell(const struct price_input *in, const struct price_result *r, size_t i,
                      struct buf *b)
{
    const struct price_line_result *l = &r->lines[i];
    buf_printf(b, "; line %d %d %lld [", l->fault, l->source, (long long)l->tier_quantity_micro);
    for (size_t j = 0; j < in->lines[i].candidate_count; j++)
        buf_printf(b, "%s%d", j > 0 ? "," : "", r->verdicts[in->lines[i].candidate_first + j]);
    buf_text(b, "]");
    if (!r->priced)
        return;
    buf_printf(b, "; %lld %lld %lld %lld above %lld [", (long long)l->unit_price_micro,
               (long long)l->gross_micro, (long long)l->discount_micro, (long long)l->net_micro,
               (long long)l->above_base_micro);
    for (size_t j = 0; j < l->step_count; j++)
        buf_printf(b, "%s%d:%d:%lld", j > 0 ? "," : "", l->steps[j].kind, l->steps[j].rule,
                   (long long)l->steps[j].value_micro);
    buf_text(b, "]");
}

static struct str result_text(const struct price_input *in, const struct price_result *r,
                              struct arena *a)
{
    struct buf b = {.arena = a};
    buf_printf(&b, "priced %d fault %d", r->priced, r->fault);
    for (size_t i = 0; i < in->line_count; i++)
        line_tell(in, r, i, &b);
    for (size_t i = 0; i < in->rule_count && r->priced; i++) {
        const struct price_rule_result *rule = &r->rules[i];
        buf_printf(&b, "; rule %d %zu %lld %lld %lld %lld", rule->verdict, rule->line_count,
                   (long long)rule->tested_micro, (long long)rule->base_micro,
                   (long long)rule->discount_micro, (long long)rule->missing_micro);
    }
    buf_printf(&b, "; total %lld %lld %lld", (long long)r->subtotal_micro,
               (long long)r->charges_micro, (long long)r->total_micro);
    return buf_done(&b);
}

static void case_check(char *json, size_t size, struct arena *a)
{
    struct world_case c;
    struct fault fault = {0};
    ck_assert_msg(shape_decode(&case_shape, (struct str){json, size}, SHAPE_OPEN, a, &c, &fault),
                  "%s %.*s %.*s", fault.code, STR_ARG(fault.path), STR_ARG(fault.text));
    struct price_input in = input_of(c.world, a);
    size_t room = price_scratch_size(&in);
    struct price_result result;
    bool priced = price_order(&in, arena_alloc(a, room), room, &result);
    ck_assert_int_eq(priced, result.priced);
    struct str got = result_text(&in, &result, a);
    ck_assert_msg(str_eq(got, c.expected), "world %.*s\n got %.*s\nwant %.*s", (int)size, json,
                  STR_ARG(got), STR_ARG(c.expected));
}

START_TEST(kernel_equals_python)
{
    const char *count = getenv("BATUTA_TEST_PRICE_CASES");
    char command[256];
    snprintf(command, sizeof(command), "exec python3 tests/reference/price.py %ld 20261124",
             count != NULL ? strtol(count, NULL, 10) : 2500);
    /* tidy: allow banned because the reference is a program of its own, in another language */
    FILE *worlds = popen(command, "r");
    ck_assert_ptr_nonnull(worlds);
    struct arena arena;
    arena_init(&arena);
    char *line = NULL;
    size_t room = 0, cases = 0;
    for (ssize_t size; (size = getline(&line, &room, worlds)) > 0; cases++) {
        arena_reset(&arena);
        case_check(line, (size_t)size, &arena);
    }
    ck_assert_int_eq(pclose(worlds), 0);
    ck_assert_uint_ge(cases, count != NULL ? 1 : 2000);
    printf("price-diff: cases %zu differing 0\n", cases);
    free(line);
    arena_release(&arena);
}
END_TEST

static bool python_present(void)
{
    /* tidy: allow banned because only a shell can say whether there is such a program */
    FILE *asked = popen("python3 -c 'print(1)' 2>/dev/null", "r");
    bool present = asked != NULL && fgetc(asked) == '1';
    if (asked != NULL)
        pclose(asked);
    return present;
}

static Suite *suite(void)
{
    if (!python_present()) {
        printf("absent: python3\n");
        return unit_suite("pricing_reference", NULL, 0);
    }
    const TTest *const tests[] = {kernel_equals_python};
    return unit_suite("pricing_reference", tests, ARRAY_LEN(tests));
}

UNIT_MAIN(suite)
