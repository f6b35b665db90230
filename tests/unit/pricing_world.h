/* pricing_world: pricing in memory, with lists, discounts and requests, for tests of its decisions.
 */
#ifndef TESTS_UNIT_PRICING_WORLD_H
#define TESTS_UNIT_PRICING_WORLD_H

#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#include "common/limits.h"
#include "proto/rights.h"
#include "services/pricing/pricing.h"
#include "services/pricing/receipt.h"
#include "services/pricing/rows.h"

static struct world *world;
static int commands_sent;

static inline void setup(void)
{
    world = world_new(&pricing_service);
    commands_sent = 0;
}
static inline void teardown(void)
{
    world_free(world);
}

static inline struct str next_key(void)
{
    return arena_printf(world_arena(world), "k%d", ++commands_sent);
}

static inline struct decimal dec(const char *text)
{
    struct decimal d = {.present = true};
    ck_assert(decimal_read(str_of(text), &d.micro));
    return d;
}

static inline struct money eur(const char *text)
{
    return (struct money){.micro = dec(text).micro, .currency = "EUR"};
}

static inline struct quantity pieces(const char *text)
{
    return (struct quantity){.micro = dec(text).micro, .unit = "C62"};
}

static inline struct price price_of(const char *sku, const char *amount, const char *from)
{
    return (struct price){
        .sku = str_of(sku), .unit = STR("C62"), .amount = dec(amount), .min_quantity = dec(from)};
}

static inline struct price_list_put list_of(const char *id, enum price_level level,
                                            struct price *prices, size_t count)
{
    return (struct price_list_put){.reference = STR("reference:price_list"),
                                   .principal = STR("clerk"),
                                   .idempotency_key = next_key(),
                                   .price_list = str_of(id),
                                   .level = level,
                                   .currency = STR("EUR"),
                                   .prices = prices,
                                   .prices_count = count};
}

static inline const char *put(const struct price_list_put *list)
{
    world_forget(world);
    ck_assert_int_eq(world_command(world, &type_price_list_put, list, RIGHT_PRICING), FOLD_DONE);
    if (world_count(world, &type_pricing_command_accepted) == 1)
        return "accepted";
    const struct command_answer *no = world_last(world, &type_pricing_command_refused);
    ck_assert_ptr_nonnull(no);
    return no->code.at;
}

static inline void base_put(const char *sku, const char *amount)
{
    struct price price = price_of(sku, amount, "0");
    struct price_list_put list = list_of("base", PRICE_LEVEL_BASE, &price, 1);
    ck_assert_str_eq(put(&list), "accepted");
}

static inline void discount_put(struct discount discount)
{
    struct discount_put command = {.reference = STR("reference:discount"),
                                   .principal = STR("clerk"),
                                   .idempotency_key = next_key(),
                                   .items = &discount,
                                   .items_count = 1};
    world_forget(world);
    ck_assert_int_eq(world_command(world, &type_discount_put, &command, RIGHT_PRICING), FOLD_DONE);
    ck_assert_uint_eq(world_count(world, &type_pricing_command_accepted), 1);
}

static inline struct quote_request request_of(const char *order, struct quote_line *lines,
                                              size_t count)
{
    struct quote_request r = {.order = str_of(order),
                              .account = STR("me"),
                              .channel = STR("web"),
                              .currency = STR("EUR"),
                              .version = 1,
                              .lines = lines,
                              .lines_count = count};
    ck_assert(instant_read(STR("2026-03-01T00:00:00Z"), &r.placed_at));
    return r;
}

static inline struct quote_line line_of(int64_t line, const char *sku, const char *quantity)
{
    return (struct quote_line){.line = line, .sku = str_of(sku), .quantity = pieces(quantity)};
}

static inline const struct quote_told *ask(const struct quote_request *r)
{
    world_forget(world);
    ck_assert_int_eq(world_event(world, &type_quote_request, r), FOLD_DONE);
    size_t priced = world_count(world, &type_quote_priced);
    ck_assert_uint_eq(priced + world_count(world, &type_quote_refused), 1);
    return world_last(world, priced ? &type_quote_priced : &type_quote_refused);
}

static inline const struct quote_row *row_of(const char *order, const char *version,
                                             const char *mode)
{
    struct quote_row key = {
        .order_id = str_of(order), .version = str_of(version), .mode = str_of(mode)};
    return world_row(world, &quote_entity, &key);
}

static inline const struct receipt *receipt_read(const struct quote_row *row)
{
    struct receipt *r = arena_new(world_arena(world), struct receipt);
    struct fault fault = {0};
    ck_assert_msg(
        shape_decode(&receipt_shape, row->receipt, SHAPE_CLOSED, world_arena(world), r, &fault),
        "%s at %.*s", fault.code, STR_ARG(fault.path));
    return r;
}

#endif
