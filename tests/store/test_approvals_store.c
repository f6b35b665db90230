/* approvals on a real Postgres: every statement prepares, rows come back as they went, and what
 * must never be is refused by the tables themselves. */
#include "common/answer.h"
#include "services/approvals/approvals.h"
#include "services/approvals/rows.h"
#include "tests/store/store.h"

extern const struct sql_file approvals_store, approvals_migrations[];
extern const size_t approvals_migration_count;
extern const struct sql_file runtime_migrations[];
extern const size_t runtime_migration_count;

#define SCHEMA "scratch_approvals"

static const struct sql_file *const stores[] = {&approvals_store, NULL};
static struct pg_settings settings;
static struct pg *pg;
static struct arena arena;

static void tear_down(void)
{
    if (pg != NULL)
        pg_free(pg);
    pg = NULL;
    arena_release(&arena);
    store_admin_run("drop schema if exists " SCHEMA " cascade;"
                    "drop role if exists batuta_" SCHEMA ";"
                    "drop role if exists batuta_" SCHEMA "_read");
}

static struct pg *pg_open(const struct sql_file *const *files)
{
    struct err e = {0};
    settings = (struct pg_settings){.conninfo = store_conninfo(),
                                    .user = store_superuser(),
                                    .schema = SCHEMA,
                                    .stores = files,
                                    .statement_timeout_ms = 3000,
                                    .lock_timeout_ms = 500};
    struct pg *opened = pg_new(&settings);
    store_ok(pg_connect(opened, &e), &e);
    return opened;
}

static void set_up(void)
{
    tear_down();
    store_admin_run("create role batuta_" SCHEMA "; create role batuta_" SCHEMA "_read;"
                    "create schema " SCHEMA);
    struct pg *admin = pg_open(NULL);
    for (size_t i = 0; i < runtime_migration_count; i++)
        store_run(admin, runtime_migrations[i].text);
    for (size_t i = 0; i < approvals_migration_count; i++)
        store_run(admin, approvals_migrations[i].text);
    pg_free(admin);
    arena_init(&arena);
    pg = pg_open(stores);
}

static void save(const struct entity *e, const void *row, int16_t part)
{
    const void *rows[] = {row};
    int64_t batch_no = 7;
    struct pg_call calls[] = {entity_add_call(e, rows, &part, &batch_no, 1, &arena),
                              entity_save_call(e, rows, &part, &batch_no, 1, &arena)};
    struct err err = {0};
    size_t count = strcmp(e->add, e->save) == 0 ? 1 : 2;
    store_ok(pg_do(pg, PG_TRANSACTION, calls, count, NULL, &err), &err);
}

static void save_fails(const struct entity *e, const void *row, int16_t part, enum err_fate fate)
{
    const void *rows[] = {row};
    int64_t batch_no = 7;
    struct pg_call call = entity_save_call(e, rows, &part, &batch_no, 1, &arena);
    struct pg_rows result = {0};
    struct err err = {0};
    ck_assert(!pg_do(pg, PG_TRANSACTION, &call, 1, &result, &err));
    ck_assert_msg(err.fate == fate, "%d %s", (int)err.fate, err.text);
}

static void *load(const struct entity *e, const void *key)
{
    const void *keys[] = {key};
    struct pg_call call = entity_load_call(e, keys, 1, &arena);
    struct pg_rows rows = {0};
    struct err err = {0};
    store_ok(pg_do(pg, PG_PLAIN, &call, 1, &rows, &err), &err);
    void *row = NULL;
    if (rows.count == 1) {
        row = arena_alloc(&arena, e->size);
        store_ok(entity_read(e, &rows, 0, &arena, row, &err), &err);
    }
    pg_rows_release(&rows);
    return row;
}

/* The JSON of a query with up to three parameters, "" when there is no row. */
static const char *ask(const char *statement, size_t count, const char *const *values)
{
    struct pg_params *p = pg_params_new(&arena);
    struct pg_rows rows = {0};
    struct err e = {0};
    for (size_t i = 0; i < count; i++)
        pg_add_text(p, str_of(values[i]));
    store_ok(pg_query(pg, statement, p, &rows, &e), &e);
    const char *json = rows.count == 1 ? arena_cstr(&arena, pg_text(&rows, 0, 0)) : "";
    pg_rows_release(&rows);
    return json;
}

static void says(const char *json, const char *part)
{
    ck_assert_msg(strstr(json, part) != NULL, "%s\nlacks %s", json, part);
}

static struct account account_row(void)
{
    return (struct account){.account = STR("acme"),
                            .name = STR("Acme"),
                            .status = ACCOUNT_ACTIVE,
                            .currency = STR("EUR"),
                            .credit = {.limit = 1000 * MICRO, .reserved = 12340000},
                            .version = 1,
                            .posting_count = 1,
                            .chain = {.sequence = 1, .hash = {{1}}}};
}

static struct charter charter_row(void)
{
    static struct str roles[] = {{"buyer", 5}};
    static struct account_unit units[] = {{.unit = {"hq", 2}}};
    static struct account_user users[] = {{.user = {"ann", 3}, .roles = roles, .roles_count = 1}};
    static struct term terms[] = {{{"net30", 5}}};
    return (struct charter){.account = STR("acme"),
                            .units = units,
                            .units_count = 1,
                            .users = users,
                            .users_count = 1,
                            .payment_terms = terms,
                            .payment_terms_count = 1};
}

static struct authorization authorization_row(void)
{
    static struct str people[] = {{"bob", 3}};
    static struct flow_group groups[] = {{.role = {"approver", 8}}};
    static struct flow_tier tiers[] = {{.tier = 1,
                                        .expire_seconds = 60,
                                        .groups = groups,
                                        .groups_count = 1,
                                        .approvers = people,
                                        .approvers_count = 1}};
    return (struct authorization){.account = STR("acme"),
                                  .order_id = STR("o1"),
                                  .version = 1,
                                  .state = AUTHORIZATION_PENDING,
                                  .total = 12340000,
                                  .currency = STR("EUR"),
                                  .content_hash = STR("abc"),
                                  .buyer = STR("ann"),
                                  .commits = true,
                                  .account_version = 1,
                                  .tiers = tiers,
                                  .tiers_count = 1,
                                  .tier = 1,
                                  .judged_at = {1767225600000000},
                                  .expires_at = {1767225660000000},
                                  .receipt_hash = {{2}},
                                  .receipt_count = 1};
}

static struct posting posting_row(void)
{
    return (struct posting){.account = STR("acme"),
                            .cause = STR("order/o1/1/reserve"),
                            .number = 1,
                            .kind = POSTING_RESERVE,
                            .order_id = STR("o1"),
                            .amount = 12340000,
                            .currency = STR("EUR"),
                            .change = {.reserved = 12340000},
                            .reserved_after = 12340000,
                            .posted_at = {1767225600000000}};
}

static struct receipt_row receipt_of(void)
{
    return (struct receipt_row){.account = STR("acme"),
                                .order_id = STR("o1"),
                                .step = STR("1/request"),
                                .number = 1,
                                .receipt = STR("{\"step\":\"request\"}"),
                                .receipt_hash = {{2}},
                                .decided_at = {1767225600000000}};
}

static void save_all(void)
{
    struct account account = account_row();
    struct charter charter = charter_row();
    struct authorization authorization = authorization_row();
    struct posting posting = posting_row();
    struct receipt_row receipt = receipt_of();
    save(&entity_account, &account, 0);
    save(&entity_charter, &charter, 0);
    save(&entity_authorization, &authorization, 0);
    save(&entity_posting, &posting, 0);
    save(&entity_receipt, &receipt, 0);
    store_run(pg, "insert into timer values (0, 'o1/approval_expiry', now(), 'acme', 'o1',"
                  " 'approval_expiry', '', '')");
}

START_TEST(rows_come_back_as_they_went)
{
    save_all();
    save_fails(&entity_posting, &(struct posting){.account = STR("none")}, 0, ERR_POISON);
    struct account key = {.account = STR("acme")};
    struct account *account = load(&entity_account, &key);
    ck_assert_int_eq(account->credit.reserved, 12340000);
    ck_assert_int_eq(account->chain.hash.bytes[0], 1);
    ck_assert_int_eq(account->status, ACCOUNT_ACTIVE);
    struct charter *charter = load(&entity_charter, &(struct charter){.account = STR("acme")});
    ck_assert(str_is(charter->users[0].roles[0], "buyer"));
    ck_assert(str_is(charter->payment_terms[0].term, "net30"));
    struct authorization wanted = authorization_row();
    struct authorization *authorization = load(&entity_authorization, &wanted);
    ck_assert_int_eq(authorization->state, AUTHORIZATION_PENDING);
    ck_assert(authorization->commits);
    ck_assert(str_is(authorization->tiers[0].approvers[0], "bob"));
    ck_assert_int_eq(authorization->expires_at.at, wanted.expires_at.at);
    struct posting posting = posting_row();
    ck_assert_int_eq(((struct posting *)load(&entity_posting, &posting))->change.reserved,
                     12340000);
    struct receipt_row receipt = receipt_of();
    ck_assert(
        str_eq(((struct receipt_row *)load(&entity_receipt, &receipt))->receipt, receipt.receipt));
    key.account = STR("other");
    ck_assert(load(&entity_account, &key) == NULL);
}
END_TEST

START_TEST(what_must_never_be_is_refused)
{
    save_all();
    struct account account = account_row();
    save_fails(&entity_account, &account, 1, ERR_FENCED); /* another partition's row */
    account.credit.reserved = -1;
    save_fails(&entity_account, &account, 0, ERR_POISON);
    struct posting posting = posting_row();
    save_fails(&entity_posting, &posting, 0, ERR_POISON); /* the same cause twice */
    posting.cause = STR("order/o1/2/reduce");
    posting.kind = POSTING_REDUCE; /* a reduction does not add */
    save_fails(&entity_posting, &posting, 0, ERR_POISON);
    struct authorization authorization = authorization_row();
    authorization.tier = 0; /* pending, and nobody is asked */
    save_fails(&entity_authorization, &authorization, 0, ERR_POISON);
    store_run(pg, "set role batuta_" SCHEMA);
    store_refused(pg, "update " SCHEMA ".posting set amount = 1", "42501");
    store_refused(pg, "delete from " SCHEMA ".receipt", "42501");
    store_run(pg, "reset role");
}
END_TEST

START_TEST(queries_answer)
{
    static const char *const none[5] = {NULL};
    const char *const acme[] = {"acme", NULL, NULL}, *const o1[] = {"o1"}, *const no[] = {"no"};
    const char *const bob[] = {"pending", "acme", "bob", "10", NULL};
    const char *const eve[] = {NULL, NULL, "eve", NULL, NULL};
    const char *const refused[] = {"refused", NULL, NULL, NULL, NULL};
    save_all();
    says(ask("accounts_list", 3, none), "\"reserved\" : {\"amount\" : \"12.34\"");
    says(ask("account_show", 1, acme), "\"available\" : {\"amount\" : \"987.66\"");
    says(ask("account_show", 1, acme), "\"payment_terms\" : [\"net30\"]");
    ck_assert_str_eq(ask("account_show", 1, no), "");
    says(ask("account_statement", 3, acme), "\"cause\" : \"order/o1/1/reserve\"");
    says(ask("approvals_list", 5, bob), "\"roles\" : [\"approver\"]");
    says(ask("approvals_list", 5, bob), "\"content_hash\" : \"abc\"");
    says(ask("approvals_list", 5, none), "\"order\" : \"o1\"");
    says(ask("approvals_list", 5, eve), "\"items\" : []");
    says(ask("approvals_list", 5, refused), "\"items\" : []");
    says(ask("authorization_show", 1, o1), "\"receipt\" : {\"step\":\"request\"}");
    says(ask("authorization_show", 1, o1), "2026-01-01T00:01:00.000000Z");
    ck_assert_str_eq(ask("authorization_show", 1, no), "");
    ck_assert_str_eq(ask("order_timeline", 1, o1), "");
    says(ask("counts", 0, none), "\"differing\" : 0");
    says(ask("counts", 0, none), "\"authorizations\" : { \"pending\" : 1 }");
    store_run(pg, "update " SCHEMA ".account set reserved = 13");
    says(ask("counts", 0, none), "\"differing\" : 1");
}
END_TEST

static Suite *store_suite(void)
{
    const TTest *const tests[] = {rows_come_back_as_they_went, what_must_never_be_is_refused,
                                  queries_answer};
    Suite *suite = suite_create("approvals store");
    TCase *tcase = tcase_create("approvals store");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite;
}
STORE_MAIN(store_suite)
