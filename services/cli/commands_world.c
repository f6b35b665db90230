/* commands_world: the table of what concerns the world that orders live in: prices, products,
 * sellers, accounts, stock. */
#include "services/cli/world.h"

#define EXAMPLES(...)                                                                              \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define OPTIONS(...)                                                                               \
    (const struct option[])                                                                        \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, NULL, NULL                                                                       \
        }                                                                                          \
    }
#define STATUS                                                                                     \
    {                                                                                              \
        "status", "STATUS", "active or inactive"                                                   \
    }

static const struct option price_set_options[] = {
    {"unit", "CODE", "unit of measure; the product's when absent"},
    {"min-quantity", "N", "a tier: from this quantity on"},
    {"remove", NULL, "take the price out"},
    {"level", "LEVEL", "of a new list: contract, account, channel or base (base when absent)"},
    {"account", "ID", "of a new list: whose it is"},
    {"currency", "CODE", "of a new list"},
    {NULL, NULL, NULL}};
static const struct option discount_options[] = {
    {"kind", "always|threshold", "threshold when --threshold is given, else always"},
    {"percent", "N", "how much, up to 4 decimals"},
    {"base", "running|list", "what it is taken of; running when absent"},
    {"threshold", "AMOUNT", "the order's eligible net must be more than this"},
    {"currency", "CODE", "of the threshold"},
    {"account", "ID", "whose it is; every account when absent"},
    {"skus", "A,B", "only these SKUs"},
    {"families", "A,B", "only these families"},
    {"priority", "N", "higher first"},
    {"from", "TIME", "valid from, a day or an instant"},
    {"until", "TIME", "valid until, exclusive"},
    STATUS,
    {NULL, NULL, NULL}};
static const struct option account_options[] = {
    {"name", "TEXT", "what it is called; needed when new"},
    {"currency", "CODE", "of the credit; needed when new, then fixed"},
    {"limit", "AMOUNT", "credit limit; 0 when new"},
    {"tolerance", "AMOUNT", "allowed above the limit"},
    {"unlimited", NULL, "no limit is judged"},
    {"terms", "A,B", "payment terms that it may use; every one when absent"},
    {"status", "STATUS", "active, hold or closed"},
    {NULL, NULL, NULL}};

const struct command price_commands[] = {
    {"price", "explain", "ID|PO|REFERENCE LINE", 2, 2, NULL,
     "why a line costs what it costs: candidates, why each lost, the arithmetic", NULL,
     EXAMPLES("batuta price explain PO-2026-1187 1"), run_price_explain},
    {"price", "set", "LIST SKU [AMOUNT]", 2, 3, price_set_options,
     "set a price of a list; a list that is new is made", NULL,
     EXAMPLES("batuta price set base ESP-1000 19.90 --currency EUR",
              "batuta price set base ESP-1000 17.95 --min-quantity 48"),
     run_price_set},
    {"price", "create", "LIST", 1, 1, list_options, "create a price list, or change its head", NULL,
     EXAMPLES("batuta price create hofmann-2026 --level contract --account hofmann-catering "
              "--currency EUR --from 2026-01-01 --until 2027-01-01"),
     run_price_create},
    {"price", "list", NULL, 0, 0, NULL, "list the price lists", NULL, NULL, run_price_list},
    {"price", "show", "LIST", 1, 1, NULL, "list the prices of a list", NULL,
     EXAMPLES("batuta price show base"), run_price_show},
    {"discount", "create", "ID", 1, 1, discount_options, "create or replace a discount rule", NULL,
     EXAMPLES("batuta discount create coffee-weeks --percent 5 --families coffee",
              "batuta discount create big-basket --percent 2 --threshold 1000 --currency EUR"),
     run_discount_put},
    {"discount", "set", "ID", 1, 1, discount_options, "create or replace a discount rule", NULL,
     NULL, run_discount_put},
    {"discount", "list", NULL, 0, 0, NULL, "list the discount rules", NULL, NULL,
     run_discount_list},
    {.noun = NULL},
};

#define LIMIT_OPTION OPTIONS({"limit", "N", "at most so many"})
#define KIND(noun_, words_, count_, options_, what_, example_)                                     \
    {noun_, "create",           words_,         count_, count_, options_, "create " what_,         \
     NULL,  EXAMPLES(example_), run_kind_create},                                                  \
        {noun_,                                                                                    \
         "set",                                                                                    \
         words_,                                                                                   \
         count_,                                                                                   \
         count_,                                                                                   \
         options_,                                                                                 \
         "change " what_ "; what is not named stays",                                              \
         NULL,                                                                                     \
         NULL,                                                                                     \
         run_kind_set},                                                                            \
        {noun_, "show", words_, count_, count_, NULL, "show " what_, NULL, NULL, run_kind_show},   \
    {                                                                                              \
        noun_, "list", NULL, 0, 0, LIMIT_OPTION, "list them", NULL, NULL, run_kind_list            \
    }

#define STOCK_OPTIONS                                                                              \
    OPTIONS({"unit", "CODE", "unit of measure; the product's when absent"},                        \
            {"backorder", "N", "how far below zero stock may be promised"})

const struct command world_commands[] = {
    {"account", "create", "ACCOUNT", 1, 1, account_options, "create an account", NULL,
     EXAMPLES("batuta account create hofmann-catering --name 'Hofmann Catering GmbH' "
              "--currency EUR --limit 25000"),
     run_account_create},
    {"account", "set", "ACCOUNT", 1, 1, account_options,
     "change an account; what is not named stays", NULL,
     EXAMPLES("batuta account set hofmann-catering --limit 40000"), run_account_set},
    {"account", "show", "ACCOUNT", 1, 1, NULL, "show an account: money, units, users, rules", NULL,
     NULL, run_account_show},
    {"account", "list", NULL, 0, 0, NULL, "list accounts", NULL, NULL, run_account_list},
    {"account", "pay", "ACCOUNT AMOUNT", 2, 2, OPTIONS({"reference", "TEXT", "of the payment"}),
     "record a payment", NULL, EXAMPLES("batuta account pay hofmann-catering 1240.80"),
     run_account_pay},
    {"unit", "create", "ACCOUNT UNIT", 2, 2,
     OPTIONS({"name", "TEXT", "what it is called"}, {"parent", "UNIT", "above it; top when absent"},
             STATUS),
     "create or change a unit of an account", NULL,
     EXAMPLES("batuta unit create hofmann-catering kitchen-linz --parent hofmann"), run_unit_put},
    {"user", "create", "ACCOUNT USER", 2, 2,
     OPTIONS({"name", "TEXT", "what they are called"}, {"unit", "UNIT", "where they belong"},
             {"roles", "A,B", "buyer may order; others are yours"}, STATUS),
     "create or change a user of an account", NULL,
     EXAMPLES("batuta user create hofmann-catering lena.hofmann --roles buyer --unit kitchen-linz"),
     run_user_put},
    {"user", "set", "ACCOUNT USER", 2, 2,
     OPTIONS({"name", "TEXT", "what they are called"}, {"unit", "UNIT", "where they belong"},
             {"roles", "A,B", "buyer may order; others are yours"}, STATUS),
     "create or change a user of an account", NULL, NULL, run_user_put},
    {"user", "list", "ACCOUNT", 1, 1, NULL, "list the users of an account", NULL, NULL,
     run_user_list},
    {"rule", "create", "ACCOUNT RULE", 2, 2,
     OPTIONS({"over", "AMOUNT", "the order's total must be more than this"},
             {"tier", "ROLES", "roles that must say yes; several times = one after the other"},
             {"unit", "UNIT", "this unit and those below; all when absent"},
             {"expire-seconds", "N", "per tier; 72 h when absent"}, STATUS),
     "create or change an approval rule of an account", NULL,
     EXAMPLES("batuta rule create hofmann-catering over-400 --over 400 --tier finance"),
     run_rule_put},
    KIND("product", "SKU", 1, product_options, "a product",
         "batuta product create ESP-1000 --name 'Espresso beans 1 kg' --family coffee"),
    KIND("seller", "SELLER", 1, seller_options, "a seller",
         "batuta seller create alpen-gross --name 'Alpen Gross KG'"),
    KIND("node", "SELLER/SITE", 1, node_options, "a stock site",
         "batuta node create alpen-gross/linz --priority 20"),
    KIND("offer", "SKU SELLER/SITE", 2, offer_options, "an offer: this site sells this SKU",
         "batuta offer create ESP-1000 alpen-gross/linz --priority 1"),
    KIND("assortment", "ID", 1, assortment_options, "an assortment",
         "batuta assortment create no-spirits --effect deny --families spirits"),
    {"stock", "set", "SELLER/SITE SKU QUANTITY", 3, 3, STOCK_OPTIONS,
     "a count: so much is on hand and not promised", NULL,
     EXAMPLES("batuta stock set alpen-gross/linz ESP-1000 310 --backorder 50"), run_stock_set},
    {"stock", "receive", "SELLER/SITE SKU QUANTITY", 3, 3, STOCK_OPTIONS, "goods came in", NULL,
     EXAMPLES("batuta stock receive alpen-gross/linz ESP-1000 480"), run_stock_receive},
    {"stock", "list", NULL, 0, 0,
     OPTIONS({"node", "SELLER/SITE", "of this site"}, {"sku", "SKU", "of this product"}),
     "list stock by site and SKU", NULL, EXAMPLES("batuta stock list --sku ESP-1000"),
     run_stock_list},
    {.noun = NULL},
};
