/* shape_copy: a decoded struct, with all that hangs on it, into another arena; or into the same
 * one, to be changed there, with its texts shared. */
#include "common/shape.h"

#include <string.h>

void *shape_copy(const struct shape *s, const void *in, size_t count,
                 const struct shape_copying *how)
{
    char *copy = arena_take(how->arena, s->size * count);
    memcpy(copy, in, s->size * count);
    for (size_t i = 0; i < count; i++)
        shape_own(s, copy + i * s->size, how);
    return copy;
}

static struct str text_copy(struct str text, const struct shape_copying *how)
{
    return how->texts ? arena_str(how->arena, text) : text;
}

static struct str *texts_copy(const struct str *in, size_t count, const struct shape_copying *how)
{
    struct str *copy = arena_array(how->arena, struct str, count);
    for (size_t i = 0; i < count; i++)
        copy[i] = text_copy(in[i], how);
    return copy;
}

static void pointer_copy(const struct member *m, void *copy, const struct shape_copying *how)
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
        pointer = texts_copy(pointer, count, how);
    else
        pointer = shape_copy(m->shape, pointer, count, how);
    memcpy(at, &pointer, sizeof(pointer));
}

/* `copy` holds the bytes already; whatever points elsewhere is copied and set anew. */
void shape_own(const struct shape *s, void *copy, const struct shape_copying *how)
{
    for (size_t i = 0; i < s->member_count; i++) {
        const struct member *m = &s->members[i];
        void *at = (char *)copy + m->offset;
        if (m->kind == SHAPE_TEXT)
            *(struct str *)at = text_copy(*(struct str *)at, how);
        else if (m->kind == SHAPE_RAW)
            ((struct raw *)at)->json = text_copy(((struct raw *)at)->json, how);
        else if (m->kind == SHAPE_OBJECT || m->kind == SHAPE_LIST || m->kind == SHAPE_TEXTS)
            pointer_copy(m, copy, how);
    }
}
