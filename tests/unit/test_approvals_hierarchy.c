/* approvals hierarchy: units, people, who may order for whom (F10, F11). */
#include "services/approvals/hierarchy.h"
#include "tests/unit/approvals_case.h"

START_TEST(a_path_leads_up_to_the_top)
{
    struct unit_path path;
    ck_assert(unit_path_of(&case_charter, STR("lab"), &path));
    ck_assert_uint_eq(path.count, 3);
    ck_assert_view(path.units[0], "lab");
    ck_assert_view(path.units[2], "hq");
    ck_assert(unit_path_has(&path, STR("sales")) && !unit_path_has(&path, STR("old")));
    ck_assert(!unit_path_of(&case_charter, STR("moon"), &path));
    ck_assert(unit_find(&case_charter, STR("hq")) == &case_units[0]);
}
END_TEST

static const char *tree_fault(struct account_unit *units, size_t count, size_t *at)
{
    struct charter c = {.units = units, .units_count = count};
    const char *code = "";
    *at = count;
    return unit_tree_check(&c, at, &code) ? "" : code;
}

START_TEST(no_tree_is_refused_by_name)
{
    size_t at = 0;
    struct account_unit own[] = {{.unit = {"a", 1}, .parent = {"a", 1}}};
    struct account_unit round[] = {{.unit = {"a", 1}},
                                   {.unit = {"b", 1}, .parent = {"c", 1}},
                                   {.unit = {"c", 1}, .parent = {"b", 1}}};
    struct account_unit orphan[] = {{.unit = {"a", 1}, .parent = {"z", 1}}};
    ck_assert_str_eq(tree_fault(case_units, ARRAY_LEN(case_units), &at), "");
    ck_assert_str_eq(tree_fault(own, 1, &at), "unit_cycle");
    ck_assert_uint_eq(at, 0);
    ck_assert_str_eq(tree_fault(round, 3, &at), "unit_cycle");
    ck_assert_uint_eq(at, 1);
    ck_assert_str_eq(tree_fault(orphan, 1, &at), "unit_unknown");
    ck_assert_str_eq(tree_fault(NULL, 0, &at), "");
}
END_TEST

START_TEST(sixteen_levels_and_no_more)
{
    static const char names[] = "abcdefghijklmnopq";
    struct account_unit chain[17] = {0};
    size_t at = 0;
    for (size_t i = 0; i < ARRAY_LEN(chain); i++) {
        chain[i].unit = (struct str){names + i, 1};
        if (i > 0)
            chain[i].parent = (struct str){names + i - 1, 1};
    }
    ck_assert_str_eq(tree_fault(chain, 16, &at), "");
    ck_assert_str_eq(tree_fault(chain, 17, &at), "unit_too_deep");
    ck_assert_uint_eq(at, 16);
}
END_TEST

START_TEST(users_have_roles)
{
    ck_assert(user_find(&case_charter, STR("nobody")) == NULL);
    const struct account_user *cat = user_find(&case_charter, STR("cat"));
    ck_assert(user_has_role(cat, STR("finance")) && !user_has_role(cat, STR("buyer")));
    ck_assert(status_is_active(STR_NONE) && status_is_active(STR("active")));
    ck_assert(!status_is_active(STR("inactive")));
}
END_TEST

START_TEST(each_wrong_person_has_a_code)
{
    static const struct {
        const char *unit, *buyer, *principal, *rep;
        const char *buyer_code, *unit_code, *principal_code;
        size_t path_count;
    } rows[] = {
        {NULL, "ann", "ann", NULL, NULL, NULL, NULL, 2},
        {"sales", "ann", "ann", NULL, NULL, NULL, NULL, 2},
        {"lab", "ann", "ann", NULL, NULL, NULL, NULL, 3},
        {"hq", "ann", "ann", NULL, NULL, "unit_denied", NULL, 1},
        {"hq", "sam", "sam", NULL, NULL, NULL, NULL, 1},
        {NULL, "sam", "sam", NULL, NULL, NULL, NULL, 0},
        {"", "sam", "sam", NULL, NULL, NULL, NULL, 0},
        {"moon", "sam", "sam", NULL, NULL, "unit_unknown", NULL, 0},
        {"old", "sam", "sam", NULL, NULL, "unit_inactive", NULL, 2},
        {"hq", "who", "who", NULL, "user_unknown", NULL, NULL, 1},
        {NULL, NULL, NULL, NULL, "user_unknown", NULL, "principal_denied", 0},
        {NULL, "bob", "bob", NULL, "buyer_denied", NULL, NULL, 1},
        {NULL, "ivy", "ivy", NULL, "buyer_denied", NULL, NULL, 0},
        {NULL, "ann", "rep", "rep", NULL, NULL, NULL, 2},
        {NULL, "ann", "bob", "rep", NULL, NULL, "principal_denied", 2},
        {NULL, "ann", "bob", NULL, NULL, NULL, "principal_denied", 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct order_people people = {str_of(rows[i].unit), str_of(rows[i].buyer),
                                      str_of(rows[i].principal), str_of(rows[i].rep)};
        struct people_check checks[PEOPLE_CHECK_COUNT];
        struct unit_path path;
        people_judge(&case_charter, &people, checks, &path);
        ck_assert_view(str_of(checks[0].code), rows[i].buyer_code);
        ck_assert_view(str_of(checks[1].code), rows[i].unit_code);
        ck_assert_view(str_of(checks[2].code), rows[i].principal_code);
        ck_assert_msg(path.count == rows[i].path_count, "row %zu: %zu units", i, path.count);
    }
}
END_TEST

static Suite *hierarchy_suite(void)
{
    const TTest *const tests[] = {a_path_leads_up_to_the_top, no_tree_is_refused_by_name,
                                  sixteen_levels_and_no_more, users_have_roles,
                                  each_wrong_person_has_a_code};
    return unit_suite("approvals hierarchy", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(hierarchy_suite)
