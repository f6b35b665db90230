/* references: refreshing the picture, writing what changed. */
#include "common/references.h"

#include <string.h>

void references_init(struct references *r, const struct service *s)
{
    memset(r, 0, sizeof *r);
    r->service = s;
    while (s->reference_kinds && s->reference_kinds[r->kind_count])
        r->kind_count++;
    assert(r->kind_count <= FOLD_KIND_COUNT_MAX);
    if (s->snapshot_new)
        r->snapshot = s->snapshot_new();
}

void references_release(struct references *r)
{
    if (r->snapshot)
        r->service->snapshot_free(r->snapshot);
    r->snapshot = NULL;
}

static bool reload(struct references *r, size_t kind, int64_t version, struct pg *pg,
                   struct arena *a,
                   struct err *e) /* tidy: allow params because a change is (kind, version) */
{
    struct pg_params *p = pg_params_new(a);
    struct pg_rows rows = {0};
    pg_add_text(p, str_of(r->service->reference_kinds[kind]));
    pg_add_int8(p, r->versions[kind]);
    pg_add_int8(p, version);
    if (!pg_query(pg, "reference_changes", p, &rows, e))
        return err_in(e, "reading changes of %s", r->service->reference_kinds[kind]);
    for (size_t i = 0; i < rows.count; i++) {
        struct reference_row row = {str_of(r->service->reference_kinds[kind]), pg_text(&rows, i, 1),
                                    pg_text(&rows, i, 3), pg_int(&rows, i, 2)};
        r->service->snapshot_apply(r->snapshot, &row);
    }
    pg_rows_release(&rows);
    r->versions[kind] = version;
    return true;
}

bool references_refresh(struct references *r, struct pg *pg, struct arena *a, struct err *e)
{
    struct pg_rows rows = {0};
    if (r->kind_count == 0)
        return true;
    if (!pg_query(pg, "reference_versions", NULL, &rows, e))
        return false;
    bool ok = true;
    for (size_t i = 0; i < rows.count && ok; i++)
        for (size_t k = 0; k < r->kind_count && ok; k++)
            if (str_is(pg_text(&rows, i, 0), r->service->reference_kinds[k]) &&
                pg_int(&rows, i, 1) > r->versions[k])
                ok = reload(r, k, pg_int(&rows, i, 1), pg, a, e);
    pg_rows_release(&rows);
    return ok;
}

void references_give(const struct references *r, struct fold *f)
{
    f->snapshot = r->snapshot;
    for (size_t i = 0; i < r->kind_count; i++)
        fold_kind_add(f, r->service->reference_kinds[i], r->versions[i]);
}

size_t references_calls(const struct fold *f, struct arena *a, struct pg_call calls[2])
{
    size_t count = f->references.count, changed = 0;
    struct str *kinds = arena_array(a, struct str, count + 1);
    struct str *ids = arena_array(a, struct str, count + 1);
    struct str *docs = arena_array(a, struct str, count + 1);
    int64_t *versions = arena_array(a, int64_t, count + 1);
    for (size_t i = 0; i < count; i++) {
        kinds[i] = str_of(f->references.items[i].kind);
        ids[i] = f->references.items[i].id;
        docs[i] = f->references.items[i].doc;
        versions[i] = f->references.items[i].version;
    }
    struct str names[FOLD_KIND_COUNT_MAX];
    int64_t bumped[FOLD_KIND_COUNT_MAX];
    int16_t parts[FOLD_KIND_COUNT_MAX];
    for (size_t i = 0; i < f->kind_count; i++) {
        if (!f->kinds[i].changed)
            continue;
        names[changed] = str_of(f->kinds[i].kind);
        bumped[changed] = f->kinds[i].version;
        parts[changed++] = (int16_t)f->kinds[i].part;
    }
    if (changed == 0)
        return 0;
    struct pg_params *add = pg_params_new(a), *bump = pg_params_new(a);
    pg_add_text_array(add, kinds, count);
    pg_add_text_array(add, ids, count);
    pg_add_int8_array(add, versions, count);
    pg_add_text_array(add, docs, count);
    pg_add_text_array(bump, names, changed);
    pg_add_int8_array(bump, bumped, changed);
    pg_add_int2_array(bump, parts, changed);
    calls[0] = (struct pg_call){"reference_add", add};
    calls[1] = (struct pg_call){"reference_bump", bump};
    return 2;
}
