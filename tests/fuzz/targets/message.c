/* fuzz message: every message type. The first line names it ("batuta.orders.order.submit.v1
 * topic"), or is a number of one; the rest is the body. What is read must write, read, copy and
 * compare as the same. */
#include "proto/types.h"
#include "tests/fuzz/targets/target.h"

#include <stdlib.h>

static const struct message_type *type_of(struct str line)
{
    size_t count = 0;
    for (; message_types[count]; count++)
        if (str_is(line, message_types[count]->name))
            return message_types[count];
    HOLDS(count > 0);
    size_t sum = 0; /* any first line is some type, so that every input says something */
    for (size_t i = 0; i < line.size; i++)
        sum = sum * 31 + (unsigned char)line.at[i];
    return message_types[sum % count];
}

static void faulty(const struct fault *f)
{
    HOLDS(f->code && *f->code);
    HOLDS(str_present(f->text));
}

static void whole(const struct shape *s, struct str body, enum shape_mode mode, struct arena *a)
{
    struct fault f = {0};
    void *first = arena_alloc(a, s->size), *second = arena_alloc(a, s->size);
    if (!shape_decode(s, body, mode, a, first, &f)) {
        faulty(&f);
        return;
    }
    struct str text = shape_text(s, first, a);
    HOLDS(shape_decode(s, text, SHAPE_CLOSED, a, second, &f));
    HOLDS(str_eq(shape_text(s, second, a), text));
    HOLDS(shape_equal(s, first, second));
    const struct shape_copying deep = {a, true};
    HOLDS(str_eq(shape_text(s, shape_copy(s, first, 1, &deep), a), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct str rest = {(const char *)data, size};
    const struct message_type *type = type_of(target_line(&rest));
    if (type->shape) {
        whole(type->shape, rest, SHAPE_OPEN, &a);
        whole(type->shape, rest, SHAPE_CLOSED, &a);
    }
    arena_release(&a);
    return 0;
}
