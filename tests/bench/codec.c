/* codec: nanoseconds to read and to write one message of each type, by its golden example: through
 * the shape tables (text to struct, all bounds checked, and back) and by jansson (text to tree and
 * back, nothing checked but JSON). The best of several rounds, for the machine may be shared.
 * usage: codec [FOLDER [ROUNDS]]   FOLDER: proto/examples */
#include <jansson.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "proto/types.h"

enum { EXAMPLE_SIZE_MAX = 64 * 1024, ROUND_US = 20000 };

struct example {
    const struct message_type *type;
    struct str json;
    struct arena *arena;
    void *body;    /* decoded */
    json_t *tree;  /* the same by jansson */
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

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "proto/examples";
    int64_t rounds = 3, total[4] = {0}, bytes = 0;
    static char room[EXAMPLE_SIZE_MAX];
    struct arena arena;
    int count = 0;
    if (argc > 2 && !str_to_int64(str_of(argv[2]), &rounds))
        return 64;
    arena_init(&arena);
    printf("%-52s %6s | %8s %8s | %8s %8s | ns\n", "type", "bytes", "read", "write", "jansson",
           "write");
    for (size_t i = 0; message_types[i]; i++) {
        struct example x = {.type = message_types[i], .arena = &arena};
        bool (*const ways[])(struct example *) = {shape_read_once, shape_write_once,
                                                  jansson_read_once, jansson_write_once};
        int64_t took[4];
        if (!example_read(&x, folder, room)) {
            printf("absent: %s\n", x.type->name);
            continue;
        }
        for (size_t k = 0; k < ARRAY_LEN(ways); k++) {
            took[k] = nanoseconds(&x, ways[k], rounds);
            total[k] += took[k];
        }
        printf("%-52s %6zu | %8" PRId64 " %8" PRId64 " | %8" PRId64 " %8" PRId64 " |\n",
               x.type->name, x.json.size, took[0], took[1], took[2], took[3]);
        bytes += (int64_t)x.json.size;
        count++;
        json_decref(x.tree);
    }
    printf("absent: yyjson (no package of it in Debian 12)\n");
    if (!count)
        return 1;
    printf("codec: %d types, %" PRId64 " bytes on average: read %" PRId64 " ns, write %" PRId64
           " ns; jansson read %" PRId64 " ns, write %" PRId64 " ns\n",
           count, bytes / count, total[0] / count, total[1] / count, total[2] / count,
           total[3] / count);
    arena_release(&arena);
    return 0;
}
