/* fuzz_judge: one document, read by us and by jansson, which stays the oracle: the same verdict and
 * the same tree; and a message read from its bytes and from jansson's own text of it (other
 * escapes, other white space) must be the same message or be refused for the same reason. */
#include "tests/fuzz/fuzz.h"

#include "common/json.h"
#include "common/limits.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t depth_of(json_t *from)
{
    size_t below = 0, i;
    const char *name;
    json_t *child;
    if (json_is_object(from)) {
        json_object_foreach(from, name, child)
        {
            size_t depth = depth_of(child);
            below = depth > below ? depth : below;
        }
        return below + 1;
    }
    if (!json_is_array(from))
        return 0;
    json_array_foreach(from, i, child)
    {
        size_t depth = depth_of(child);
        below = depth > below ? depth : below;
    }
    return below + 1;
}

static bool tree_same(const struct node *n, json_t *from);

static bool list_same(const struct node *n, json_t *from)
{
    if (n->kind != NODE_LIST || n->count != json_array_size(from))
        return false;
    for (size_t i = 0; i < n->count; i++)
        if (!tree_same(&n->items[i], json_array_get(from, i)))
            return false;
    return true;
}

static bool object_same(const struct node *n, json_t *from)
{
    if (n->kind != NODE_OBJECT || n->count != json_object_size(from))
        return false;
    size_t i = 0;
    for (void *at = json_object_iter(from); at != NULL; at = json_object_iter_next(from, at)) {
        struct str name = {json_object_iter_key(at), json_object_iter_key_len(at)};
        if (!str_eq(n->items[i].name, name) || !tree_same(&n->items[i], json_object_iter_value(at)))
            return false;
        i++;
    }
    return true;
}

static bool real_same(const struct node *n, json_t *from)
{
    double ours, theirs = json_real_value(from);
    if (n->kind != NODE_REAL)
        return false;
    ours = strtod(n->text.at, NULL);
    return ours == theirs && signbit(ours) == signbit(theirs);
}

static bool tree_same(const struct node *n, json_t *from)
{
    switch (json_typeof(from)) {
    case JSON_OBJECT:
        return object_same(n, from);
    case JSON_ARRAY:
        return list_same(n, from);
    case JSON_STRING:
        return n->kind == NODE_TEXT && n->text.at[n->text.size] == '\0' &&
               str_eq(n->text, (struct str){json_string_value(from), json_string_length(from)});
    case JSON_INTEGER:
        return n->kind == NODE_INTEGER && n->integer == json_integer_value(from);
    case JSON_REAL:
        return real_same(n, from);
    case JSON_TRUE:
    case JSON_FALSE:
        return n->kind == NODE_BOOL && (n->integer != 0) == json_is_true(from);
    case JSON_NULL:
        return n->kind == NODE_NULL;
    }
    return false;
}

/* --- planted mistakes, in the first node that has what the mistake needs */

static bool node_spoil(struct node *n, enum plant plant)
{
    if (plant == PLANT_DIGIT && n->kind == NODE_INTEGER && n->integer > 9) {
        n->integer -= 1;
        return true;
    }
    if (plant == PLANT_TEXT && n->kind == NODE_TEXT && n->text.size > 7) {
        n->text.size--;
        return true;
    }
    if (plant == PLANT_MEMBER && n->kind == NODE_OBJECT && n->count > 1) {
        n->count--;
        return true;
    }
    for (size_t i = 0; i < n->count; i++)
        if (node_spoil(&n->items[i], plant))
            return true;
    return false;
}

/* What node_parse says, spoiled as asked. */
static bool tree_read(const struct document *d, enum plant plant, struct arena *a,
                      const struct node **root)
{
    struct fault f = {0};
    bool ok = node_parse(d->text, BATCH_SIZE_MAX, a, root, &f);
    if (plant == PLANT_ACCEPT && !ok && f.code != NULL && strcmp(f.code, "json_duplicate_key") == 0)
        return true;
    if (plant == PLANT_REFUSE && ok && memchr(d->text.at, '\\', d->text.size) != NULL)
        return false;
    if (ok && plant != PLANT_NONE)
        node_spoil((struct node *)*root, plant);
    return ok;
}

/* --- messages */

struct reading {
    bool ok;
    struct fault fault;
    struct str text; /* what was read, written again */
};

static struct reading message_read(const struct message_type *type, struct str json,
                                   struct arena *a)
{
    struct reading r = {0};
    void *body = arena_alloc(a, type->shape->size);
    enum shape_mode mode = type->command ? SHAPE_CLOSED : SHAPE_OPEN;
    r.ok = shape_decode(type->shape, json, mode, a, body, &r.fault);
    if (r.ok)
        r.text = shape_text(type->shape, body, a);
    return r;
}

/* Read, written and read again: nothing may be lost or changed on the way. */
static bool round_same(const struct message_type *type, struct str text, struct arena *a)
{
    struct reading again = message_read(type, text, a);
    return again.ok && str_eq(again.text, text);
}

static const char *message_differs(const struct document *d, json_t *tree, struct arena *a)
{
    struct reading ours = message_read(d->type, d->text, a), theirs;
    if (tree == NULL)
        return ours.ok ? "the message is read, though jansson refuses the text" : NULL;
    size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(17);
    size_t size = json_dumpb(tree, NULL, 0, flags);
    struct str text = {arena_alloc(a, size + 1), size};
    json_dumpb(tree, (char *)text.at, size, flags);
    theirs = message_read(d->type, text, a);
    if (ours.ok != theirs.ok)
        return "the message is read from one text and refused from the other";
    if (!ours.ok && (strcmp(ours.fault.code, theirs.fault.code) != 0 ||
                     !str_eq(ours.fault.path, theirs.fault.path)))
        return "the message is refused for another reason than jansson's text of it";
    if (ours.ok && !str_eq(ours.text, theirs.text))
        return "the message has other values than jansson's text of it";
    if (ours.ok && !round_same(d->type, ours.text, a))
        return "the message written and read again is another";
    return NULL;
}

enum verdict document_judge(const struct document *d, enum plant plant, struct arena *a,
                            const char **why)
{
    const struct node *root = NULL;
    bool ours = tree_read(d, plant, a, &root);
    json_t *tree = json_loadb(str_present(d->text) ? d->text.at : "", d->text.size,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    /* Two rules are ours alone: no byte NUL (jansson ends a text there) and no deeper nesting. */
    bool nul = d->text.size > 0 && memchr(d->text.at, '\0', d->text.size) != NULL;
    if (tree != NULL && (nul || depth_of(tree) > DEPTH_MAX)) {
        json_decref(tree);
        tree = NULL;
    }
    *why = NULL;
    if (ours != (tree != NULL))
        *why = ours ? "we take it, jansson refuses it" : "we refuse it, jansson takes it";
    else if (tree != NULL && !tree_same(root, tree))
        *why = "the trees differ";
    else if (d->type != NULL)
        *why = message_differs(d, tree, a);
    json_decref(tree);
    return *why != NULL ? DIFFERING : ours ? BOTH_ACCEPT : BOTH_REFUSE;
}
