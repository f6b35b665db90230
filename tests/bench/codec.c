/* codec: nanoseconds to read and to write one message of each type, by its golden example: through
 * the shape tables (text to struct, all bounds checked, and back) and by jansson (text to tree and
 * back, nothing checked but JSON), and by yyjson in the same way where `make deps-bench` has
 * fetched it. The best of several rounds, for the machine may be shared. usage: codec [FOLDER
 * [ROUNDS]]   FOLDER: proto/examples */
#include <jansson.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "proto/types.h"
#ifdef HAVE_YYJSON
#include <yyjson.h>
#endif

enum { EXAMPLE_SIZE_MAX = 64 * 1024, ROUND_US = 20000 };

struct example {
    const struct message_type *type;
    struct str json;
    struct arena *arena;
    void *body;    /* decoded */
    json_t *tree;  /* the same by jansson */
    void *other;   /* the same by yyjson */
    size_t wasted; /* so that nothing is optimised away */
};

static bool shape_read_once(struct example *x)
{
    struct fault f = {0};
    void *body = arena_alloc(x->arena, x->type->shape->size);
    enum shape_mode mode = x->type->command ? SHAPE_CLOSED : SHAPE_OPEN;
    bool ok = shape_decode(x->type->shape, x->json, mode, x->arena, body, &f);
    if (!ok)
        fprintf(stderr, "codec: %s: %s %.*s\n", x->type->name, f.code, STR_ARG(f.path));
    return ok;
}

static bool shape_write_once(struct example *x)
{
    x->wasted += shape_text(x->type->shape, x->body, x->arena).size;
    return true;
}

static bool jansson_read_once(struct example *x)
{
    json_error_t e;
    json_t *tree = json_loadb(x->json.at, x->json.size, JSON_REJECT_DUPLICATES, &e);
    json_decref(tree);
    return tree != NULL;
}

static bool jansson_write_once(struct example *x)
{
    static char out[EXAMPLE_SIZE_MAX];
    x->wasted += json_dumpb(x->tree, out, sizeof out, JSON_COMPACT);
    return true;
}

/* --- yyjson */

#ifdef HAVE_YYJSON
static bool yyjson_read_once(struct example *x)
{
    yyjson_doc *doc = yyjson_read(x->json.at, x->json.size, YYJSON_READ_NOFLAG);
    x->wasted += doc != NULL;
    yyjson_doc_free(doc);
    return doc != NULL;
}

static bool yyjson_write_once(struct example *x)
{
    size_t size = 0;
    char *text = yyjson_write(x->other, YYJSON_WRITE_NOFLAG, &size);
    x->wasted += size;
    free(text);
    return size > 0;
}

static void other_read(struct example *x)
{
    x->other = yyjson_read(x->json.at, x->json.size, YYJSON_READ_NOFLAG);
}

static void other_free(struct example *x)
{
    yyjson_doc_free(x->other);
}
#else
static void other_read(struct example *x)
{
    (void)x;
}

static void other_free(struct example *x)
{
    (void)x;
}
#endif

static bool (*const ways[])(struct example *) = {
    shape_read_once,  shape_write_once,  jansson_read_once, jansson_write_once,
#ifdef HAVE_YYJSON
    yyjson_read_once, yyjson_write_once,
#endif
};

static void hundred_times(struct example *x, bool (*once)(struct example *x))
{
    for (int i = 0; i < 100; i++) {
        arena_reset(x->arena);
        if (!once(x))
            exit(1);
    }
}

/* The best of `rounds` rounds of about 20 ms each, in nanoseconds. */
static int64_t nanoseconds(struct example *x, bool (*once)(struct example *x), int64_t rounds)
{
    int64_t best = INT64_MAX;
    for (int64_t i = 0; i < rounds; i++) {
        int64_t began = clock_monotonic_us(), count = 0, took = 0;
        for (; took < ROUND_US; took = clock_monotonic_us() - began, count += 100)
            hundred_times(x, once);
        int64_t each = took * 1000 / count;
        best = each < best ? each : best;
    }
    return best;
}

static bool example_read(struct example *x, const char *folder, char *room)
{
    char path[512];
    struct fault f = {0};
    static struct arena kept;
    snprintf(path, sizeof path, "%s/%s.json", folder, x->type->name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    x->json = (struct str){room, fread(room, 1, EXAMPLE_SIZE_MAX, file)};
    fclose(file);
    while (x->json.size > 0 && room[x->json.size - 1] == '\n')
        x->json.size--;
    x->body = arena_alloc(&kept, x->type->shape->size);
    enum shape_mode mode = x->type->command ? SHAPE_CLOSED : SHAPE_OPEN;
    x->tree = json_loadb(x->json.at, x->json.size, 0, NULL);
    return x->tree && shape_decode(x->type->shape, x->json, mode, &kept, x->body, &f);
}

static void row_print(const char *name, int64_t bytes, const int64_t *took)
{
    printf("%-52s %6" PRId64, name, bytes);
    for (size_t k = 0; k < ARRAY_LEN(ways); k++)
        printf("%s%8" PRId64, k % 2 == 0 ? " | " : " ", took[k]);
    printf("\n");
}

static void totals_print(int64_t count, int64_t bytes, const int64_t *total)
{
    static const char *const names[] = {"", "; jansson", "; yyjson"};
    printf("codec: %" PRId64 " types, %" PRId64 " bytes on average:", count, bytes / count);
    for (size_t k = 0; k < ARRAY_LEN(ways); k += 2)
        printf("%s read %" PRId64 " ns, write %" PRId64 " ns", names[k / 2], total[k] / count,
               total[k + 1] / count);
    printf("\n");
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "proto/examples";
    int64_t rounds = 3, total[ARRAY_LEN(ways)] = {0}, bytes = 0, count = 0;
    static char room[EXAMPLE_SIZE_MAX];
    struct arena arena;
    if (argc > 2 && !str_to_int64(str_of(argv[2]), &rounds))
        return 64;
    arena_init(&arena);
    printf("%-52s %6s | %8s %8s | jansson: read and write%s | ns\n", "type", "bytes", "read",
           "write", ARRAY_LEN(ways) > 4 ? " | yyjson: read and write" : "");
    for (size_t i = 0; message_types[i]; i++) {
        struct example x = {.type = message_types[i], .arena = &arena};
        int64_t took[ARRAY_LEN(ways)];
        if (!example_read(&x, folder, room)) {
            printf("absent: %s\n", x.type->name);
            continue;
        }
        other_read(&x);
        for (size_t k = 0; k < ARRAY_LEN(ways); k++) {
            took[k] = nanoseconds(&x, ways[k], rounds);
            total[k] += took[k];
        }
        row_print(x.type->name, (int64_t)x.json.size, took);
        bytes += (int64_t)x.json.size;
        count++;
        other_free(&x);
        json_decref(x.tree);
    }
    if (ARRAY_LEN(ways) == 4)
        printf("absent: yyjson (`make deps-bench` fetches its source)\n");
    if (count == 0)
        return 1;
    totals_print(count, bytes, total);
    arena_release(&arena);
    return 0;
}
