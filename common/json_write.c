/* json_write: values to canonical JSON text. */
#include "common/json.h"

#include <stdlib.h>

static void escape_write(unsigned char c, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    static const char shorts[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    char text[6] = {'\\', (char)c};
    size_t size = 2;
    if (c < 32 && shorts[c] != 0) {
        text[1] = shorts[c];
    } else if (c < 32) {
        text[1] = 'u';
        text[2] = text[3] = '0';
        text[4] = digits[c >> 4];
        text[5] = digits[c & 15];
        size = 6;
    }
    buf_add(out, text, size);
}

void json_write_text(struct str text, struct buf *out)
{
    buf_add(out, "\"", 1);
    size_t from = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c >= 32 && c != '"' && c != '\\')
            continue;
        buf_add(out, text.at + from, i - from);
        escape_write(c, out);
        from = i + 1;
    }
    buf_add(out, text.size > 0 ? text.at + from : "", text.size - from);
    buf_add(out, "\"", 1);
}

void json_write_integer(int64_t value, struct buf *out)
{
    char text[24];
    size_t at = sizeof(text);
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        text[--at] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (value < 0)
        text[--at] = '-';
    buf_add(out, text + at, sizeof(text) - at);
}

static int name_order(const void *a, const void *b)
{
    const struct node *const *x = a, *const *y = b;
    return str_compare((*x)->name, (*y)->name);
}

static void object_write(const struct node *n, struct buf *out)
{
    const struct node **sorted = arena_array(out->arena, const struct node *, n->count);
    for (size_t i = 0; i < n->count; i++)
        sorted[i] = &n->items[i];
    qsort(sorted, n->count, sizeof(*sorted), name_order);
    for (size_t i = 0; i < n->count; i++) {
        buf_add(out, i == 0 ? "{" : ",", 1);
        json_write_text(sorted[i]->name, out);
        buf_add(out, ":", 1);
        node_write(sorted[i], out);
    }
    buf_text(out, n->count == 0 ? "{}" : "}");
}

static void list_write(const struct node *n, struct buf *out)
{
    for (size_t i = 0; i < n->count; i++) {
        buf_add(out, i == 0 ? "[" : ",", 1);
        node_write(&n->items[i], out);
    }
    buf_text(out, n->count == 0 ? "[]" : "]");
}

void node_write(const struct node *n, struct buf *out)
{
    switch (n->kind) {
    case NODE_OBJECT:
        object_write(n, out);
        return;
    case NODE_LIST:
        list_write(n, out);
        return;
    case NODE_TEXT:
        json_write_text(n->text, out);
        return;
    case NODE_INTEGER:
        json_write_integer(n->integer, out);
        return;
    case NODE_REAL:
        buf_str(out, n->text);
        return;
    case NODE_BOOL:
        buf_text(out, n->integer != 0 ? "true" : "false");
        return;
    case NODE_NULL:
        buf_text(out, "null");
        return;
    case NODE_ABSENT:
        break;
    }
    assert(false && "a value");
}
