/* fuzz mapping: the file that says how a data set becomes commands, over the little tables of
 * tests/fuzz/tables; all texts of it are made as templates, for a row and for none. */
#include "services/cli/mapping.h"
#include "tests/fuzz/targets/target.h"

#include <unistd.h>

static void made(struct mapping *m, const struct source *s, size_t row)
{
    struct scope scope = {.source = s, .row = row, .number = 1};
    struct str out;
    if (skeleton_make(m, &scope, m->root, &out))
        HOLDS(!str_present(out) || out.size > 0);
    else
        HOLDS(m->verdict->count > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct verdict *v = arena_new(&a, struct verdict);
    struct mapping *m = arena_new(&a, struct mapping);
    char path[64];
    int file = target_file((struct str){(const char *)data, size}, path, sizeof path);
    struct err e = {0};
    v->arena = &a;
    m->arena = &a;
    m->verdict = v;
    m->run = STR("run");
    if (!mapping_load(m, path, STR("tests/fuzz/tables"), &e)) {
        HOLDS(e.text[0] || v->count > 0);
    } else {
        made(m, NULL, 0);
        for (size_t i = 0; i < m->source_count; i++)
            if (m->sources[i].table.row_count > 0)
                made(m, &m->sources[i], 0);
    }
    close(file);
    arena_release(&a);
    return 0;
}
