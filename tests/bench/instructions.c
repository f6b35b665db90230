/* instructions: reads and writes one message of each type so often that a run under callgrind says
 * how many instructions each takes: a count, the same on any machine and under any load.
 * usage: valgrind --tool=callgrind instructions [FOLDER]   FOLDER: proto/examples */
#include <stdio.h>
#include <stdlib.h>

#include <valgrind/callgrind.h>

#include "proto/types.h"

enum { EXAMPLE_SIZE_MAX = 64 * 1024, TIMES = 100 };

struct example {
    const struct message_type *type;
    struct str json;
    struct arena *arena;
    void *body;
};

static bool read_once(struct example *x)
{
    struct fault f = {0};
    enum shape_mode mode = x->type->command ? SHAPE_CLOSED : SHAPE_OPEN;
    x->body = arena_alloc(x->arena, x->type->shape->size);
    return shape_decode(x->type->shape, x->json, mode, x->arena, x->body, &f);
}

static bool write_once(struct example *x)
{
    return shape_text(x->type->shape, x->body, x->arena).size > 0;
}

/* The arena is warm before what counts begins; the dump carries what was counted as its name. */
static void count(struct example *x, bool (*once)(struct example *), const char *what)
{
    char name[256];
    for (int i = 0; i < TIMES + 1; i++) {
        if (i == 1)
            CALLGRIND_ZERO_STATS;
        if (!once(x)) {
            fprintf(stderr, "instructions: %s %s is refused\n", what, x->type->name);
            exit(1);
        }
    }
    snprintf(name, sizeof name, "%s %s %d", what, x->type->name, TIMES);
    CALLGRIND_DUMP_STATS_AT(name);
}

static bool example_read(struct example *x, const char *folder)
{
    static char room[EXAMPLE_SIZE_MAX];
    char path[512];
    snprintf(path, sizeof path, "%s/%s.json", folder, x->type->name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    x->json = (struct str){room, fread(room, 1, sizeof room, file)};
    fclose(file);
    while (x->json.size > 0 && room[x->json.size - 1] == '\n')
        x->json.size--;
    return true;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "proto/examples";
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; message_types[i]; i++) {
        struct example x = {.type = message_types[i], .arena = &arena};
        arena_reset(&arena);
        if (!example_read(&x, folder)) {
            printf("absent: %s\n", x.type->name);
            continue;
        }
        count(&x, read_once, "read");
        count(&x, write_once, "write");
    }
    arena_release(&arena);
    return 0;
}
