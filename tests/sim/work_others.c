/* work_others: what goes on beside the orders: payments, goods received, a price list put again.
 * Each may be sent twice with the same key, and counts once. */
#include "tests/sim/work.h"

static void pay(int n)
{
    const char *account = accounts[choose(ACCOUNT_COUNT)];
    parcel_send(&(struct parcel){
        .topic = "approvals.commands.v1",
        .type = "batuta.approvals.payment.record.v1",
        .key = str_of(account),
        .body = arena_printf(&sim->arena,
                             "{\"account\":\"%s\",\"principal\":\"ops\",\"idempotency_key\":"
                             "\"pay-%d\",\"amount\":{\"amount\":\"%d.00\",\"currency\":\"EUR\"}}",
                             account, n, 1 + (int)choose(90))});
}

static void receive(int n)
{
    int sku = (int)choose(SKU_COUNT), pieces = 1 + (int)choose(5);
    struct parcel p = {
        .topic = "catalog.commands.v1",
        .type = "batuta.catalog.stock.receive.v1",
        .key = str_of(nodes[skus[sku].node]),
        .body = arena_printf(&sim->arena,
                             "{\"node\":\"%s\",\"principal\":\"ops\",\"idempotency_key\":\"in-%d\","
                             "\"items\":[{\"sku\":\"%s\",\"quantity\":{\"value\":\"%d\",\"unit\":"
                             "\"C62\"}}]}",
                             nodes[skus[sku].node], n, skus[sku].sku, pieces)};
    parcel_send(&p);
    work->received[sku] += pieces;
    if (choose(3) == 1)
        parcel_send(&p);
}

static void put_prices(int n)
{
    parcel_send(&(struct parcel){
        .topic = "pricing.commands.v1",
        .type = "batuta.pricing.price_list.put.v1",
        .key = STR("reference:price_list"),
        .body =
            arena_printf(&sim->arena,
                         "{\"reference\":\"reference:price_list\",\"principal\":\"ops\","
                         "\"idempotency_key\":\"list-%d\",\"price_list\":\"base\",\"level\":"
                         "\"base\",\"currency\":\"EUR\",\"prices\":[{\"sku\":\"ANVIL\",\"unit\":"
                         "\"C62\",\"amount\":\"10\"}]}",
                         n)});
}

bool others_step(void)
{
    if (work->others == 0)
        return false;
    work->others--;
    int n = ++work->other_count;
    switch (choose(3)) {
    case 1:
        pay(n);
        break;
    case 2:
        put_prices(n);
        break;
    default:
        receive(n);
    }
    return true;
}
