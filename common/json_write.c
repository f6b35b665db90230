/* json_write: values to canonical JSON text. */
#include "common/json.h"
#include "common/json_bytes.h"

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

static void escaped_write(struct str text, struct buf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (!byte_special(c))
            continue;
        buf_append(out, text.at + from, i - from);
        escape_write(c, out);
        from = i + 1;
    }
    buf_append(out, text.at + from, text.size - from);
}

/* Copies up to the first byte that needs an escape; how many that were. */
static size_t plain_copy(char *to, struct str text)
{
    size_t i = 0;
    for (uint64_t word; text.size - i >= sizeof(word); i += sizeof(word)) {
        word = word_at(text.at + i);
        if (special_marks(word) != 0)
            break;
        memcpy(to + i, text.at + i, sizeof(word));
    }
    for (; i < text.size && !byte_special((unsigned char)text.at[i]); i++)
        to[i] = text.at[i];
    return i;
}

void json_write_text(struct str text, struct buf *out)
{
    char *at = buf_room(out, text.size + 2);
    at[0] = '"';
    size_t plain = plain_copy(at + 1, text);
    out->size += plain + 1;
    if (plain < text.size)
        escaped_write((struct str){text.at + plain, text.size - plain}, out);
    buf_add(out, "\"", 1);
}

void json_write_integer(int64_t value, struct buf *out)
{
    char *at = buf_room(out, WHOLE_TEXT_SIZE + 1);
    size_t sign = value < 0;
    at[0] = '-';
    out->size += sign + whole_write(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, at + sign);
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
