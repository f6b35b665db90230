/* shape_refuse: the refusals that all readers share, and the JSON Pointer to where they happened.
 */
#include "common/limits.h"
#include "common/shape_read.h"

/* Names of unknown members come from outside: only so many bytes of them are repeated. */
enum { NAME_ECHO_SIZE_MAX = ID_SIZE_MAX };

/* Cut between characters, never inside one. */
static void pointer_name(struct str name, struct buf *out)
{
    size_t size = name.size < NAME_ECHO_SIZE_MAX ? name.size : NAME_ECHO_SIZE_MAX;
    while (size < name.size && ((unsigned char)name.at[size] & 0xc0) == 0x80)
        size--;
    for (size_t i = 0; i < size; i++) {
        if (name.at[i] == '~')
            buf_text(out, "~0");
        else if (name.at[i] == '/')
            buf_text(out, "~1");
        else
            buf_add(out, name.at + i, 1);
    }
}

static void pointer_write(const struct place *p, struct buf *out)
{
    if (p->up == NULL)
        return;
    pointer_write(p->up, out);
    buf_text(out, "/");
    if (str_present(p->name))
        pointer_name(p->name, out);
    else
        buf_printf(out, "%zu", p->index);
}

bool shape_refuse(struct reader *r, const struct place *p, const char *code, struct str text,
                  struct str remedy)
{
    struct buf path = {.arena = r->arena};
    pointer_write(p, &path);
    *r->fault =
        (struct fault){.code = code, .path = buf_done(&path), .text = text, .remedy = remedy};
    return false;
}

bool shape_refuse_kind(struct reader *r, const struct place *p, const struct node *n,
                       const char *wanted)
{
    if (n->kind == NODE_NULL)
        return shape_refuse(r, p, "member_null", STR("It is null."),
                            arena_printf(r->arena, "Send %s, or leave the member out.", wanted));
    return shape_refuse(r, p, "member_type", STR("It is of another JSON type."),
                        arena_printf(r->arena, "Send %s.", wanted));
}

bool shape_refuse_unknown(struct reader *r, const struct place *up, struct str name)
{
    struct place p = {.up = up, .name = name};
    return shape_refuse(
        r, &p, "member_unknown", STR("No such member is known here."),
        STR("Check its spelling, leave it out, or put it under \"extensions\" where there "
            "is such a member."));
}

bool shape_refuse_missing(struct reader *r, const struct place *up, const char *name)
{
    struct place p = {.up = up, .name = str_of(name)};
    return shape_refuse(r, &p, "member_missing", STR("It is required and missing."),
                        STR("Send it."));
}
