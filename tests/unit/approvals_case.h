/* approvals_case: the company that the tests of approvals order for. Units: hq > sales > lab, and
 * old (inactive, below hq). People: ann and eve buy in sales; bob approves in hq, cat approves and
 * has finance anywhere, dan has finance in hq, leo approves in lab (below sales), ivy is inactive.
 */
#ifndef TESTS_UNIT_APPROVALS_CASE_H
#define TESTS_UNIT_APPROVALS_CASE_H

#include "common/answer.h"
#include "proto/rights.h"
#include "services/approvals/approvals.h"
#include "services/approvals/rows.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define PERHAPS_UNUSED __attribute__((unused))
#define EUROS(n)       ((int64_t)(n)*MICRO)
#define HASH           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_NEW       "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static inline struct money eur(int64_t euros)
{
    return (struct money){.micro = EUROS(euros), .currency = "EUR"};
}

static struct account_unit case_units[] = {
    {.unit = {"hq", 2}},
    {.unit = {"sales", 5}, .parent = {"hq", 2}, .status = {"active", 6}},
    {.unit = {"lab", 3}, .parent = {"sales", 5}},
    {.unit = {"old", 3}, .parent = {"hq", 2}, .status = {"inactive", 8}},
};
PERHAPS_UNUSED static struct str role_buyer[] = {{"buyer", 5}}, role_approver[] = {{"approver", 8}},
                                 role_finance[] = {{"finance", 7}}, role_owner[] = {{"owner", 5}},
                                 roles_both[] = {{"approver", 8}, {"finance", 7}},
                                 roles_buyer_too[] = {{"buyer", 5}, {"approver", 8}};
static struct account_user case_users[] = {
    {.user = {"ann", 3}, .unit = {"sales", 5}, .roles = role_buyer, .roles_count = 1},
    {.user = {"eve", 3}, .unit = {"sales", 5}, .roles = roles_buyer_too, .roles_count = 2},
    {.user = {"cat", 3}, .roles = roles_both, .roles_count = 2},
    {.user = {"bob", 3}, .unit = {"hq", 2}, .roles = role_approver, .roles_count = 1},
    {.user = {"dan", 3}, .unit = {"hq", 2}, .roles = role_finance, .roles_count = 1},
    {.user = {"leo", 3}, .unit = {"lab", 3}, .roles = role_approver, .roles_count = 1},
    {.user = {"ivy", 3}, .status = {"inactive", 8}, .roles = roles_buyer_too, .roles_count = 2},
    {.user = {"sam", 3}, .roles = role_buyer, .roles_count = 1},
};

PERHAPS_UNUSED static struct charter case_charter = {.account = {"acme", 4},
                                                     .units = case_units,
                                                     .units_count = ARRAY_LEN(case_units),
                                                     .users = case_users,
                                                     .users_count = ARRAY_LEN(case_users)};

static inline struct account_put case_put(const char *key)
{
    return (struct account_put){.account = STR("acme"),
                                .principal = STR("office"),
                                .idempotency_key = str_of(key),
                                .name = STR("Acme"),
                                .currency = STR("EUR"),
                                .credit_limit = eur(1000),
                                .units = case_units,
                                .units_count = ARRAY_LEN(case_units),
                                .users = case_users,
                                .users_count = ARRAY_LEN(case_users)};
}

static inline struct authorization_request case_request(const char *order, int64_t euros)
{
    return (struct authorization_request){.account = STR("acme"),
                                          .order = str_of(order),
                                          .version = 1,
                                          .buyer = STR("ann"),
                                          .principal = STR("ann"),
                                          .total = eur(euros),
                                          .content_hash = STR(HASH)};
}

static inline struct authorization_request case_step(const char *order, int64_t version,
                                                     const char *cause)
{
    return (struct authorization_request){
        .account = STR("acme"), .order = str_of(order), .version = version, .cause = str_of(cause)};
}

/* --- a world with the company in it */

static inline struct world *case_world(struct account_put put)
{
    struct world *w = world_new(&approvals_service);
    ck_assert_int_eq(world_command(w, &type_account_put, &put, RIGHT_ACCOUNTS), FOLD_DONE);
    ck_assert_uint_eq(world_count(w, &type_account_changed), 1);
    world_forget(w);
    return w;
}

static inline const struct account *case_account(struct world *w)
{
    struct account key = {.account = STR("acme")};
    return world_row(w, &entity_account, &key);
}

static inline const struct authorization *case_row(struct world *w, const char *order)
{
    struct authorization key = {.account = STR("acme"), .order_id = str_of(order)};
    return world_row(w, &entity_authorization, &key);
}

static inline const struct posting *case_posting(struct world *w, const char *cause)
{
    struct posting key = {.account = STR("acme"), .cause = str_of(cause)};
    return world_row(w, &entity_posting, &key);
}

/* The account's figures in euros. */
static inline void case_figures(struct world *w, int64_t reserved, int64_t committed,
                                int64_t posted)
{
    const struct credit *credit = &case_account(w)->credit;
    ck_assert_int_eq(credit->reserved, EUROS(reserved));
    ck_assert_int_eq(credit->committed, EUROS(committed));
    ck_assert_int_eq(credit->posted, EUROS(posted));
}

static inline const struct authorization_told *case_ask(struct world *w,
                                                        const struct message_type *type,
                                                        struct authorization_request r,
                                                        const struct message_type *answer)
{
    size_t before = world_count(w, answer);
    ck_assert_int_eq(world_event(w, type, &r), FOLD_DONE);
    ck_assert_msg(world_count(w, answer) == before + 1, "%s was not told once", answer->name);
    return world_last(w, answer);
}

#define ASK(w, verb, request, answer)                                                              \
    case_ask(w, &type_authorization_##verb, request, &type_authorization_##answer)

/* The code of the refusal, "" when accepted. */
static inline struct str case_say(struct world *w, const struct message_type *type,
                                  struct approval_decide d)
{
    size_t yes = world_count(w, &type_approvals_command_accepted);
    size_t no = world_count(w, &type_approvals_command_refused);
    ck_assert_int_eq(world_command(w, type, &d, RIGHT_DECIDE), FOLD_DONE);
    if (world_count(w, &type_approvals_command_accepted) == yes + 1)
        return STR("");
    ck_assert_uint_eq(world_count(w, &type_approvals_command_refused), no + 1);
    return ((const struct command_answer *)world_last(w, &type_approvals_command_refused))->code;
}

static inline struct approval_decide case_decision(const char *order, const char *who,
                                                   const char *key)
{
    return (struct approval_decide){.account = STR("acme"),
                                    .order = str_of(order),
                                    .principal = str_of(who),
                                    .idempotency_key = str_of(key),
                                    .content_hash = STR(HASH)};
}

static inline struct str case_yes(struct world *w, const char *order, const char *who,
                                  const char *key)
{
    return case_say(w, &type_approval_approve, case_decision(order, who, key));
}

static inline struct str case_no(struct world *w, const char *order, const char *who,
                                 const char *key)
{
    return case_say(w, &type_approval_reject, case_decision(order, who, key));
}

#endif
