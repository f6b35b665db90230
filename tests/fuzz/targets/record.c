/* fuzz record: a whole record of Kafka, as a service takes it in: lines of headers (name=value,
 * packed as the journal has them), an empty line, a line with the key, then the value. The first
 * line is the number of the input that it comes from. */
#include "common/intake.h"
#include "services/orders/orders.h"
#include "tests/fuzz/targets/target.h"

#include <string.h>

enum { P = 4 };

static struct stream_plan plan;
static struct parked_set parked;

static struct str headers_text(struct str *rest)
{
    const char *begin = rest->at;
    size_t size = 0;
    while (rest->size > 0) {
        struct str line = target_line(rest);
        if (line.size == 0)
            break;
        size = (size_t)(line.at + line.size - begin);
    }
    return (struct str){begin, size};
}

static struct bus_record record_of(struct arena *a, struct str rest)
{
    struct bus_record r = {.offset = 7, .time = {INT64_C(1750000000000000)}};
    struct str number = target_line(&rest);
    r.input = number.size ? (int)((unsigned char)number.at[0] % plan.input_count) : 0;
    r.partition = number.size > 1 ? (unsigned char)number.at[1] % P : 0;
    struct str text = headers_text(&rest);
    r.header_count = headers_unpack(a, text, r.headers, ARRAY_LEN(r.headers));
    struct str key = target_line(&rest);
    r.key = str_is(key, "-") ? STR_NONE : key;
    r.value = rest;
    return r;
}

static void settled(const struct intake *t, const struct item *it, struct arena *a)
{
    HOLDS(it->fate >= ITEM_SKIP && it->fate <= ITEM_REDRIVE);
    if (it->fate == ITEM_DEAD || it->fate == ITEM_PARK)
        HOLDS(it->error_class && str_present(it->reason));
    if (it->fate == ITEM_DECIDE)
        HOLDS(it->in.type && it->in.body && it->in.key.size <= KEY_SIZE_MAX);
    if (it->fate == ITEM_REFUSE)
        HOLDS(it->fault.code && it->answerable == intake_answerable(&it->in));
    if (it->fate != ITEM_PARK)
        return;
    struct parked_row row = intake_park(it, a);
    struct item again;
    intake_parked(t, &row, a, &again);
    HOLDS(again.fate >= ITEM_SKIP && again.fate <= ITEM_REDRIVE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    if (!plan.service)
        stream_plan_init(&plan, &orders_service, P);
    struct bus_record r = record_of(&a, (struct str){(const char *)data, size});
    struct stream work;
    stream_init(&work, &plan, r.partition, &a);
    struct intake intake = {&plan, NULL, false};
    struct intake_place place = {&work, &parked, &a};
    struct item it;
    memset(&it, 0, sizeof it);
    intake_record(&intake, &place, &r, &it);
    HOLDS(work.in_off[r.input] == r.offset + 1); /* whatever it was, it is not read again */
    settled(&intake, &it, &a);
    arena_release(&a);
    return 0;
}
