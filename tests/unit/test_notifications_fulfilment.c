/* test_notifications_fulfilment: how far a sub-order has come at its seller: the table and the
 * quantities. */
#include "services/notifications/fulfilment_rules.h"
#include "tests/unit/unit.h"

static struct arena arena;
static struct progress lines[3];

static struct quantity pieces(int64_t count)
{
    return (struct quantity){count * MICRO, "C62"};
}

/* Lines 1 (5 pieces), 2 (2 pieces) and 3 (1 piece). */
static struct fulfilment_row row_in(enum fulfilment_state state)
{
    static const int64_t counts[] = {5, 2, 1};
    for (size_t i = 0; i < 3; i++)
        lines[i] = (struct progress){
            .line = (int64_t)i + 1, .sku = STR("a"), .quantity = pieces(counts[i])};
    return (struct fulfilment_row){.state = state, .lines = lines, .lines_count = 3};
}

/* Plans and, when it fits, carries out; returns the code of the refusal or "". */
static const char *answer(struct fulfilment_row *r, enum fulfilment_cause cause,
                          struct line_quantity *named, size_t count)
{
    struct fulfilment_response response = {.lines = named, .lines_count = count};
    struct fulfilment_plan plan = {
        .row = r, .cause = cause, .response = &response, .arena = &arena};
    if (!fulfilment_plan(&plan))
        return plan.fault.code;
    fulfilment_apply(r, cause, plan.told, plan.told_count);
    return "";
}

static const char *answer_line(struct fulfilment_row *r, enum fulfilment_cause cause, int64_t line,
                               int64_t count)
{
    struct line_quantity named = {.line = line, .quantity = pieces(count)};
    return answer(r, cause, &named, 1);
}

static const char *answer_all(struct fulfilment_row *r, enum fulfilment_cause cause)
{
    return answer(r, cause, NULL, 0);
}

START_TEST(table_is_total)
{
    for (int s = 0; s < FULFILMENT_STATE_COUNT; s++)
        for (int c = CAUSE_ACCEPT; c < FULFILMENT_CAUSE_COUNT; c++) {
            const struct fulfilment_rule *rule =
                fulfilment_rule((enum fulfilment_state)s, (enum fulfilment_cause)c);
            ck_assert_int_ne(rule->move, MOVE_ABSENT);
            ck_assert_ptr_nonnull(rule->code);
            if (rule->move != MOVE_REFUSE || c == CAUSE_CANCEL)
                continue;
            struct fulfilment_row r = row_in((enum fulfilment_state)s);
            ck_assert_str_eq(answer_all(&r, (enum fulfilment_cause)c), rule->code);
            ck_assert_int_eq(r.state, s);
        }
}
END_TEST

START_TEST(straight_through)
{
    struct fulfilment_row r = row_in(FULFILMENT_NEW);
    ck_assert_str_eq(answer_all(&r, CAUSE_SHIP), "not_accepted");
    ck_assert_str_eq(answer_all(&r, CAUSE_ACCEPT), "");
    ck_assert_int_eq(r.state, FULFILMENT_ACCEPTED);
    ck_assert_str_eq(answer_all(&r, CAUSE_SHIP), "");
    ck_assert_int_eq(r.state, FULFILMENT_SHIPPED);
    ck_assert_str_eq(answer_all(&r, CAUSE_DELIVER), "");
    ck_assert_int_eq(r.state, FULFILMENT_DELIVERED);
    ck_assert_int_eq(r.lines[0].delivered.micro, 5 * MICRO);
}
END_TEST

START_TEST(in_parts)
{
    struct fulfilment_row r = row_in(FULFILMENT_ACCEPTED);
    ck_assert_str_eq(answer_line(&r, CAUSE_REJECT, 2, 1), "");
    ck_assert_int_eq(r.state, FULFILMENT_ACCEPTED);
    ck_assert_str_eq(answer_line(&r, CAUSE_SHIP, 1, 3), "");
    ck_assert_int_eq(r.state, FULFILMENT_PARTLY_SHIPPED);
    ck_assert_str_eq(answer_line(&r, CAUSE_DELIVER, 1, 4), "over_delivery");
    ck_assert_str_eq(answer_line(&r, CAUSE_DELIVER, 1, 3), "");
    ck_assert_int_eq(r.state, FULFILMENT_PARTLY_SHIPPED);
    ck_assert_str_eq(answer_all(&r, CAUSE_DELIVER), "over_delivery");
    ck_assert_str_eq(answer_line(&r, CAUSE_SHIP, 1, 3), "over_shipment");
    ck_assert_str_eq(answer_line(&r, CAUSE_REJECT, 1, 1), "already_shipped");
    ck_assert_str_eq(answer_line(&r, CAUSE_REJECT, 3, 1), "");
    ck_assert_str_eq(answer_line(&r, CAUSE_SHIP, 3, 1), "over_shipment");
    ck_assert_str_eq(answer_all(&r, CAUSE_SHIP), ""); /* 2 of line 1 and 1 of line 2 */
    ck_assert_int_eq(r.state, FULFILMENT_SHIPPED);
    ck_assert_int_eq(r.lines[1].shipped.micro, MICRO);
    ck_assert_str_eq(answer_line(&r, CAUSE_DELIVER, 1, 2), "");
    ck_assert_int_eq(r.state, FULFILMENT_SHIPPED);
    ck_assert_str_eq(answer_all(&r, CAUSE_DELIVER), "");
    ck_assert_int_eq(r.state, FULFILMENT_DELIVERED);
}
END_TEST

START_TEST(rejected_to_the_end)
{
    struct fulfilment_row r = row_in(FULFILMENT_NEW);
    ck_assert_str_eq(answer_line(&r, CAUSE_REJECT, 1, 6), "over_rejection");
    ck_assert_str_eq(answer_line(&r, CAUSE_REJECT, 1, 5), "");
    ck_assert_int_eq(r.state, FULFILMENT_NEW);
    ck_assert_str_eq(answer_all(&r, CAUSE_REJECT), "");
    ck_assert_int_eq(r.state, FULFILMENT_REJECTED);
    r = row_in(FULFILMENT_ACCEPTED);
    ck_assert_str_eq(answer_line(&r, CAUSE_SHIP, 1, 5), "");
    ck_assert_str_eq(answer_line(&r, CAUSE_SHIP, 2, 2), "");
    ck_assert_str_eq(answer_all(&r, CAUSE_REJECT), ""); /* line 3, of which nothing left */
    ck_assert_int_eq(r.state, FULFILMENT_SHIPPED);
    r = row_in(FULFILMENT_ACCEPTED);
    for (int64_t line = 1; line <= 3; line++)
        ck_assert_str_eq(answer_line(&r, CAUSE_SHIP, line, 1), "");
    ck_assert_int_eq(r.state, FULFILMENT_PARTLY_SHIPPED);
    ck_assert_str_eq(answer_all(&r, CAUSE_REJECT), "already_shipped");
}
END_TEST

START_TEST(names_refused)
{
    struct fulfilment_row r = row_in(FULFILMENT_ACCEPTED);
    struct line_quantity named[] = {
        {.line = 1}, {.line = 2, .quantity = pieces(1)}, {.line = 1}, {.line = 3}};
    ck_assert_str_eq(answer(&r, CAUSE_SHIP, named, 4), "line_repeated");
    named[1].line = 7;
    ck_assert_str_eq(answer(&r, CAUSE_SHIP, named, 2), "line_unknown");
    named[1] = (struct line_quantity){.line = 2, .quantity = {MICRO, "KGM"}};
    struct fulfilment_response response = {.lines = named, .lines_count = 2};
    struct fulfilment_plan plan = {
        .row = &r, .cause = CAUSE_SHIP, .response = &response, .arena = &arena};
    ck_assert(!fulfilment_plan(&plan));
    ck_assert_str_eq(plan.fault.code, "unit_mismatch");
    ck_assert_view(plan.fault.path, "/lines/1/quantity/unit");
    ck_assert_int_eq(r.lines[0].shipped.micro, 0); /* all or nothing */
    ck_assert_str_eq(answer(&r, CAUSE_SHIP, named, 1), "");
    ck_assert_int_eq(r.lines[0].shipped.micro, 5 * MICRO);
    ck_assert_str_eq(answer(&r, CAUSE_SHIP, named, 1), "over_shipment");
    r = row_in(FULFILMENT_NEW);
    ck_assert_str_eq(answer(&r, CAUSE_ACCEPT, named, 1), "lines_not_taken");
}
END_TEST

static struct money euros(int64_t cents)
{
    return (struct money){cents * 10000, "EUR"};
}

START_TEST(payables_add_up)
{
    struct share shares[] = {{.amount = euros(100)}, {.amount = euros(50)}};
    struct instalment schedule[] = {{.amount = euros(150)}};
    struct payable p = {.total = euros(150),
                        .shares = shares,
                        .shares_count = 2,
                        .schedule = schedule,
                        .schedule_count = 1};
    ck_assert_ptr_null(payable_fault(&p));
    shares[1].amount = euros(51);
    ck_assert_str_eq(payable_fault(&p), "its shares are not the total");
    memcpy(shares[1].amount.currency, "USD", 4);
    ck_assert_str_eq(payable_fault(&p), "its shares cannot be added");
    p.shares_count = 0;
    schedule[0].amount = euros(149);
    ck_assert_str_eq(payable_fault(&p), "its instalments are not the total");
    schedule[0].amount.micro = INT64_MAX;
    p.schedule_count = 0;
    ck_assert_ptr_null(payable_fault(&p));
    memcpy(schedule[0].amount.currency, "USD", 4);
    p.schedule_count = 1;
    ck_assert_str_eq(payable_fault(&p), "its instalments cannot be added");
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {table_is_total,      straight_through, in_parts,
                                  rejected_to_the_end, names_refused,    payables_add_up};
    arena_init(&arena);
    return unit_suite("notifications_fulfilment", tests, ARRAY_LEN(tests));
}

int main(void)
{
    int code = unit_run(suite());
    arena_release(&arena);
    return code;
}
