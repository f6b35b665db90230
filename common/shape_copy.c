/* shape_copy: a decoded struct, with all that hangs on it, into another arena. */
#include "common/shape.h"

#include <string.h>

static void members_copy(const struct shape *s, void *copy, struct arena *a);

static void *object_copy(const struct shape *s, const void *in, size_t count, struct arena *a)
{
    char *copy = arena_alloc(a, s->size * count);
    memcpy(copy, in, s->size * count);
    for (size_t i = 0; i < count; i++)
        members_copy(s, copy + i * s->size, a);
    return copy;
}

static struct str *texts_copy(const struct str *in, size_t count, struct arena *a)
{
    struct str *copy = arena_array(a, struct str, count);
    for (size_t i = 0; i < count; i++)
        copy[i] = arena_str(a, in[i]);
    return copy;
}

static void pointer_copy(const struct member *m, void *copy, struct arena *a)
{
    char *at = (char *)copy + m->offset;
    void *pointer;
    memcpy(&pointer, at, sizeof(pointer));
    if (pointer == NULL)
        return;
    size_t count = 1;
    if (m->kind != SHAPE_OBJECT)
        count = *(const size_t *)(const void *)((const char *)copy + m->count_offset);
    if (m->kind == SHAPE_TEXTS)
        pointer = texts_copy(pointer, count, a);
    else
        pointer = object_copy(m->shape, pointer, count, a);
    memcpy(at, &pointer, sizeof(pointer));
}

/* `copy` holds the bytes already; whatever points elsewhere is copied and set anew. */
static void members_copy(const struct shape *s, void *copy, struct arena *a)
{
    for (size_t i = 0; i < s->member_count; i++) {
        const struct member *m = &s->members[i];
        void *at = (char *)copy + m->offset;
        if (m->kind == SHAPE_TEXT)
            *(struct str *)at = arena_str(a, *(struct str *)at);
        else if (m->kind == SHAPE_RAW)
            ((struct raw *)at)->json = arena_str(a, ((struct raw *)at)->json);
        else if (m->kind == SHAPE_OBJECT || m->kind == SHAPE_LIST || m->kind == SHAPE_TEXTS)
            pointer_copy(m, copy, a);
    }
}

void *shape_copy(const struct shape *s, const void *in, struct arena *a)
{
    return object_copy(s, in, 1, a);
}
