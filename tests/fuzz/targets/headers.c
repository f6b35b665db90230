/* fuzz headers: packed headers, as the journal keeps them and a backup may bring them back; stream
 * marks; targets of HTTP requests. */
#include "common/headers.h"
#include "common/http_target.h"
#include "tests/fuzz/targets/target.h"

#include <string.h>

static void packed_text(struct arena *a, struct str text)
{
    struct bus_header first[BUS_HEADER_COUNT_MAX], second[BUS_HEADER_COUNT_MAX];
    size_t count = headers_unpack(a, text, first, ARRAY_LEN(first));
    HOLDS(count <= ARRAY_LEN(first));
    /* Unpacked, packed and unpacked again the values are the same; a name that could not be ours is
     * made harmless once, and then stays as it is. */
    struct str packed = headers_pack(a, first, count);
    size_t again = headers_unpack(a, packed, second, ARRAY_LEN(second));
    HOLDS(again == count);
    for (size_t i = 0; i < count; i++)
        HOLDS(str_eq(first[i].value, second[i].value));
    HOLDS(str_eq(headers_pack(a, second, again), packed));
}

static void mark(struct arena *a, struct str text)
{
    struct stream_mark read, again;
    if (!stream_mark_read(text, &read))
        return;
    HOLDS(stream_mark_read(stream_mark_write(a, &read), &again));
    HOLDS(str_eq(read.service, again.service) && read.part == again.part);
    HOLDS(read.incarnation == again.incarnation && read.seq == again.seq);
    HOLDS(read.prev == again.prev);
}

static void target(struct arena *a, struct str text)
{
    struct http_request r = {.arena = a};
    const char *why = NULL;
    int status = http_target_read(text, &r, &why);
    HOLDS(status == 0 || ((status == 400 || status == 414) && why));
    HOLDS(status != 0 || (r.path.size > 0 && !memchr(r.path.at, 0, r.path.size)));
    HOLDS(r.argument_count <= HTTP_ARGUMENT_COUNT_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct str rest = {(const char *)data, size};
    packed_text(&a, rest);
    while (rest.size > 0) {
        struct str line = target_line(&rest);
        mark(&a, line);
        target(&a, line);
    }
    arena_release(&a);
    return 0;
}
