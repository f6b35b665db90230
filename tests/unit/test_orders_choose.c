/* orders catalogue: who sees what (F01), and which seller and node serve a line; rows come, change
 * and go. */
#include "services/orders/catalogue.h"
#include "tests/unit/unit.h"

static void row(void *c, const char *kind, const char *id, const char *doc)
{
    struct reference_row r = {str_of(kind), str_of(id), str_of(doc), 1};
    catalogue_apply(c, &r);
}

static bool sees(const void *c, const char *account, const char *sku)
{
    return catalogue_product(c, str_of(account), str_of(sku)) != NULL;
}

static void *two_products(void)
{
    void *c = catalogue_new();
    row(c, "product", "A", "{\"sku\":\"A\",\"name\":\"a\",\"family\":\"f\",\"unit\":\"C62\"}");
    row(c, "product", "B", "{\"sku\":\"B\",\"name\":\"b\",\"unit\":\"C62\"}");
    return c;
}

START_TEST(without_assortments_all_is_seen)
{
    void *c = two_products();
    ck_assert(sees(c, "acme", "A") && sees(c, "acme", "B") && !sees(c, "acme", "C"));
    row(c, "product", "B", NULL);
    row(c, "product", "B", NULL);
    row(c, "unheard", "B", "{}");
    ck_assert(!sees(c, "acme", "B"));
    catalogue_free(c);
}
END_TEST

START_TEST(deny_wins_over_allow)
{
    void *c = two_products();
    row(c, "assortment", "1",
        "{\"assortment\":\"1\",\"account\":\"acme\",\"effect\":\"allow\",\"skus\":[\"Z\",\"A\"]}");
    ck_assert(sees(c, "acme", "A") && !sees(c, "acme", "B") && sees(c, "other", "B"));
    row(c, "assortment", "2",
        "{\"assortment\":\"2\",\"effect\":\"deny\",\"families\":[\"f\",\"e\",\"g\"]}");
    ck_assert(!sees(c, "acme", "A") && !sees(c, "other", "A") && sees(c, "other", "B"));
    row(c, "assortment", "2",
        "{\"assortment\":\"2\",\"effect\":\"deny\",\"families\":[\"f\"],\"status\":\"inactive\"}");
    ck_assert(sees(c, "acme", "A"));
    row(c, "assortment", "1", NULL);
    row(c, "assortment", "2", NULL);
    ck_assert(sees(c, "acme", "B"));
    row(c, "assortment", "3", "{\"assortment\":\"3\",\"effect\":\"deny\",\"account\":\"acme\"}");
    ck_assert(!sees(c, "acme", "A") && sees(c, "other", "A"));
    catalogue_free(c);
}
END_TEST

static void node(void *c, const char *id, int priority, const char *status)
{
    char doc[200];
    snprintf(doc, sizeof doc,
             "{\"node\":\"%s\",\"seller\":\"%.1s\",\"priority\":%d,\"status\":\"%s\"}", id, id,
             priority, status);
    row(c, "node", id, doc);
}

static void offer(void *c, const char *node_id, int priority, const char *status)
{
    char doc[200], id[100];
    snprintf(id, sizeof id, "A\n%s", node_id);
    snprintf(doc, sizeof doc, "{\"sku\":\"A\",\"node\":\"%s\",\"priority\":%d,\"status\":\"%s\"}",
             node_id, priority, status);
    row(c, "offer", id, doc);
}

static void seller(void *c, const char *id, const char *status)
{
    char doc[200];
    snprintf(doc, sizeof doc, "{\"seller\":\"%s\",\"name\":\"x\",\"status\":\"%s\"}", id, status);
    row(c, "seller", id, doc);
}

static const char *chosen(const void *c, const char *seller_id, const char *node_id)
{
    static char text[100];
    struct choice choice = {str_of(seller_id), str_of(node_id)};
    switch (catalogue_choose(c, STR("A"), &choice)) {
    case CHOICE_FOUND:
        break;
    case CHOICE_NO_SELLER:
        return "no seller";
    case CHOICE_NO_NODE:
        return "no node";
    }
    snprintf(text, sizeof text, "%.*s", STR_ARG(choice.node));
    ck_assert(choice.seller.at[0] == text[0]);
    return text;
}

START_TEST(the_first_by_priority_serves)
{
    void *c = catalogue_new();
    ck_assert_str_eq(chosen(c, NULL, NULL), "no seller");
    seller(c, "s", "active");
    seller(c, "t", "active");
    node(c, "s/2", 5, "active");
    node(c, "s/1", 5, "active");
    node(c, "t/1", 4, "active");
    offer(c, "s/2", 1, "active");
    offer(c, "t/1", 2, "active");
    offer(c, "x/9", 0, "active"); /* of a node that nobody knows */
    ck_assert_str_eq(chosen(c, NULL, NULL), "s/2");
    offer(c, "s/1", 1, "active"); /* the lower id */
    ck_assert_str_eq(chosen(c, NULL, NULL), "s/1");
    offer(c, "t/1", 1, "active"); /* the node's priority */
    ck_assert_str_eq(chosen(c, NULL, NULL), "t/1");
    ck_assert_str_eq(chosen(c, "s", NULL), "s/1");
    ck_assert_str_eq(chosen(c, "s", "s/2"), "s/2");
    ck_assert_str_eq(chosen(c, NULL, "s/2"), "s/2");
    ck_assert_str_eq(chosen(c, "s", "t/1"), "no node");
    ck_assert_str_eq(chosen(c, NULL, "u/1"), "no node");
    ck_assert_str_eq(chosen(c, "u", NULL), "no seller");
    ck_assert_str_eq(chosen(c, "u", "u/1"), "no seller");
    catalogue_free(c);
}
END_TEST

START_TEST(what_is_not_active_does_not_serve)
{
    void *c = catalogue_new();
    seller(c, "s", "active");
    node(c, "s/1", 1, "active");
    offer(c, "s/1", 1, "active");
    ck_assert_str_eq(chosen(c, NULL, NULL), "s/1");
    offer(c, "s/1", 1, "inactive");
    ck_assert_str_eq(chosen(c, NULL, NULL), "no seller");
    offer(c, "s/1", 1, "active");
    node(c, "s/1", 1, "inactive");
    ck_assert_str_eq(chosen(c, NULL, NULL), "no seller");
    node(c, "s/1", 1, "active");
    seller(c, "s", "inactive");
    ck_assert_str_eq(chosen(c, "s", NULL), "no seller");
    row(c, "seller", "s", NULL);
    ck_assert_str_eq(chosen(c, NULL, NULL), "no seller");
    seller(c, "s", "active");
    row(c, "offer", "A\ns/1", NULL);
    ck_assert_str_eq(chosen(c, NULL, NULL), "no seller");
    catalogue_free(c);
}
END_TEST

static Suite *choose_suite(void)
{
    const TTest *const tests[] = {
        without_assortments_all_is_seen,
        deny_wins_over_allow,
        the_first_by_priority_serves,
        what_is_not_active_does_not_serve,
    };
    return unit_suite("orders choose", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(choose_suite)
