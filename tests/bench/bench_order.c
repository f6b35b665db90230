/* bench_order: ids and texts of the bench's orders. */
#include "tests/bench/bench_order.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void hex_write(uint64_t value, int digits, char *out)
{
    static const char letters[] = "0123456789abcdef";
    for (int i = digits - 1; i >= 0; i--, value >>= 4)
        out[i] = letters[value & 15];
}

static bool hex_read(const char *at, int digits, uint64_t *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++) {
        char c = at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        *out = *out << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return true;
}

/* Spreads the bits of an index, so that ids do not only differ at their ends. */
static uint64_t mixed(uint64_t x)
{
    x = (x ^ x >> 16) * UINT64_C(0x9e3779b97f4a7c15);
    return x ^ x >> 29;
}

void bench_id_write(unsigned run, uint32_t index, int64_t ms, char out[UUID_TEXT_SIZE])
{
    uint64_t mix = mixed(index);
    hex_write((uint64_t)ms >> 16, 8, out);
    out[8] = '-';
    hex_write((uint64_t)ms & 0xffff, 4, out + 9);
    out[13] = '-';
    hex_write(0x7000 | (run & 0xfff), 4, out + 14);
    out[18] = '-';
    hex_write(0x8000 | (mix & 0x3fff), 4, out + 19);
    out[23] = '-';
    hex_write(mix >> 20 & 0xffff, 4, out + 24);
    hex_write(index, 8, out + 28);
}

bool bench_id_read(struct str id, unsigned run, uint32_t *index)
{
    uint64_t version, low;
    if (id.size != UUID_TEXT_SIZE || !hex_read(id.at + 14, 4, &version) ||
        version != (0x7000 | (run & 0xfff)) || !hex_read(id.at + 28, 8, &low))
        return false;
    *index = (uint32_t)low;
    return true;
}

struct text {
    char *at;
    size_t size;
};

static void text_add(struct text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void text_add(struct text *t, const char *fmt, ...)
{
    va_list list;
    va_start(list, fmt);
    int size = vsnprintf(t->at + t->size, BENCH_ORDER_SIZE_MAX - t->size, fmt, list);
    va_end(list);
    assert(size > 0 && t->size + (size_t)size < BENCH_ORDER_SIZE_MAX);
    t->size += (size_t)size;
}

/* SKU number n of partner p is 1 + p * 50 + n; account a is served by partner a % 20 and its own
 * list begins at number a / 20. */
static unsigned sku_of(const struct bench_flow *f, uint32_t index, int line)
{
    enum { SKUS_EACH = BENCH_SKUS / BENCH_PARTNERS };
    unsigned account = index % BENCH_ACCOUNTS;
    if (f->one_sku && line == 0)
        return 1 + account % BENCH_PARTNERS * SKUS_EACH;
    return 1 + account % BENCH_PARTNERS * SKUS_EACH +
           (account / BENCH_PARTNERS + (unsigned)line) % SKUS_EACH;
}

static void lines_add(const struct bench_flow *f, uint32_t index, struct text *t)
{
    for (int i = 0; i < f->line_count; i++) {
        unsigned quantity = 1 + (index * 7 + (unsigned)i * 5) % 12;
        if (f->plain)
            text_add(t, "%s{\"sku\":\"sku-%05u\",\"qty\":%u}", i ? "," : "", sku_of(f, index, i),
                     1 + quantity % 9);
        else
            text_add(t,
                     "%s{\"line\":%d,\"sku\":\"sku-%05u\",\"quantity\":{\"value\":\"%u\","
                     "\"unit\":\"C62\"}}",
                     i ? "," : "", i + 1, sku_of(f, index, i), quantity);
    }
}

static void plain_add(const struct bench_flow *f, uint32_t index, struct text *t)
{
    unsigned account = index % BENCH_ACCOUNTS;
    text_add(t,
             "\"account\":\"acc-%04u\",\"partner\":\"p-%02u\",\"node\":\"n-%u\",\"placed_at\":"
             "\"2026-11-24T17:00:00.000Z\",\"currency\":\"EUR\",\"lines\":[",
             account + 1, account % BENCH_PARTNERS + 1, account % 8 + 1);
    lines_add(f, index, t);
    text_add(t,
             "],\"po\":\"PO-%06u\",\"ship_to\":\"Hofmann Catering GmbH, Hafenstrasse %u, 4020 "
             "Linz, Austria, deliver to the rear gate before ten\"}",
             account, account % 97 + 1);
}

size_t bench_order_write(const struct bench_flow *f, uint32_t index, const char id[UUID_TEXT_SIZE],
                         char out[BENCH_ORDER_SIZE_MAX])
{
    struct text t = {out, 0};
    unsigned account = f->one_account ? 0 : index % BENCH_ACCOUNTS;
    text_add(&t, "{\"order\":\"%.36s\",", id);
    if (f->plain) {
        plain_add(f, index, &t);
        return t.size;
    }
    text_add(&t,
             "\"account\":\"acc-%04u\",\"buyer\":\"bea\",\"principal\":\"bea\",\"currency\":"
             "\"EUR\",%s\"lines\":[",
             account + 1, f->early ? "\"commit_at\":\"reserve\"," : "");
    lines_add(f, index, &t);
    text_add(&t,
             "],\"ship_to\":{\"name\":\"Hofmann Catering GmbH\",\"street\":\"Hafenstrasse %u\","
             "\"postal_code\":\"4020\",\"city\":\"Linz\",\"country\":\"AT\"},"
             "\"purchase_order\":\"PO-%06u\"}",
             account % 97 + 1, index % BENCH_ACCOUNTS);
    return t.size;
}
