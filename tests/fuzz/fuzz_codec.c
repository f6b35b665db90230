/* fuzz_codec: so many documents from a seed through the judge; the first that differs is made as
 * small as it still differs and told in hex. The last line says how many of each kind there were.
 * usage: fuzz-codec DOCUMENTS [SEED] [EXAMPLES [VECTORS]]   fuzz-codec selftest */
#include "tests/fuzz/fuzz.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SELFTEST_COUNT = 20000, SELFTEST_SIZE_MAX = 64, PIECE_SIZE_MAX = 32, TOLD_EVERY = 1000000 };

static const char *const plant_names[PLANT_COUNT] = {
    "none",
    "a digit is read wrongly",
    "a long text loses its last byte",
    "a member twice is taken",
    "escapes are refused",
    "the last member is lost",
};

struct tally {
    int64_t documents, accepted, refused, differing;
    struct document first; /* that differs, made small; its text lives in the arena given */
    uint64_t number;
    const char *why;
};

static bool still_differs(const struct document *d, enum plant plant)
{
    struct arena turn = {0};
    const char *why;
    bool differs = document_judge(d, plant, &turn, &why) == DIFFERING;
    arena_release(&turn);
    return differs;
}

/* Without every piece of that length that can be missing; whether any could. */
static bool pieces_drop(struct document *d, size_t span, enum plant plant, struct arena *a)
{
    bool any = false;
    for (size_t at = 0; at + span <= d->text.size;) {
        struct buf b = {.arena = a};
        buf_append(&b, d->text.at, at);
        buf_append(&b, d->text.at + at + span, d->text.size - at - span);
        struct document less = {buf_done(&b), d->type};
        if (still_differs(&less, plant)) {
            *d = less;
            any = true;
        } else {
            at += span > PIECE_SIZE_MAX ? span : 1;
        }
    }
    return any;
}

/* Takes pieces out, large ones first, as long as the rest still differs. */
static struct document smallest(struct document d, enum plant plant, struct arena *a)
{
    for (bool again = true; again;) {
        again = false;
        for (size_t span = d.text.size; span > 0;) {
            again = pieces_drop(&d, span, plant, a) || again;
            span = span > PIECE_SIZE_MAX ? span / 2 : span - 1;
        }
    }
    return d;
}

static bool document_count(struct tally *t, uint64_t seed, enum plant plant, struct arena *turn)
{
    static struct arena found;
    uint64_t number = (uint64_t)t->documents++;
    struct document d = document_make(seed, number, turn);
    const char *why;
    enum verdict verdict = document_judge(&d, plant, turn, &why);
    t->accepted += verdict == BOTH_ACCEPT;
    t->refused += verdict == BOTH_REFUSE;
    if (verdict != DIFFERING)
        return true;
    if (t->differing++ == 0) {
        arena_reset(&found);
        t->number = number;
        t->first = smallest(d, plant, &found);
        t->why = why;
    }
    return false;
}

static void first_tell(const struct tally *t)
{
    printf("document %" PRIu64 " differs: %s\n", t->number, t->why);
    printf("type %s, %zu bytes, as small as it still differs:\n",
           t->first.type == NULL ? "none" : t->first.type->name, t->first.text.size);
    for (size_t i = 0; i < t->first.text.size; i++)
        printf("%02x%s", (unsigned char)t->first.text.at[i], i % 32 == 31 ? "\n" : " ");
    printf("\n%.*s\n", STR_ARG(t->first.text));
}

static int documents_run(int64_t count, uint64_t seed)
{
    struct tally t = {0};
    struct arena turn = {0};
    printf("fuzz-codec: seed %" PRIu64 "\n", seed);
    for (int64_t i = 0; i < count; i++) {
        if (!document_count(&t, seed, PLANT_NONE, &turn) && t.differing == 1)
            first_tell(&t);
        arena_reset(&turn);
        if ((i + 1) % TOLD_EVERY == 0)
            printf("%" PRId64 " documents\n", i + 1);
        fflush(stdout);
    }
    arena_release(&turn);
    printf("fuzz-codec: documents %" PRId64 " accepted %" PRId64 " refused %" PRId64
           " differing %" PRId64 "\n",
           t.documents, t.accepted, t.refused, t.differing);
    return t.differing == 0 ? 0 : 1;
}

/* Each planted mistake must be found, and shown small. */
static bool plant_found(enum plant plant)
{
    struct tally t = {0};
    struct arena turn = {0};
    while (t.documents < SELFTEST_COUNT && document_count(&t, 1, plant, &turn))
        arena_reset(&turn);
    arena_release(&turn);
    bool found = t.differing == 1 && t.first.text.size <= SELFTEST_SIZE_MAX;
    printf("%s %s: document %" PRIu64 ", %zu bytes: %.*s\n", found ? "ok" : "FAIL",
           plant_names[plant], t.number, t.first.text.size, STR_ARG(t.first.text));
    return found;
}

static int selftest_run(void)
{
    bool all = true;
    for (int plant = PLANT_NONE + 1; plant < PLANT_COUNT; plant++)
        all = plant_found((enum plant)plant) && all;
    return all ? 0 : 1;
}

int main(int argc, char **argv)
{
    int64_t count = 0, seed = 1;
    const char *examples = argc > 3 ? argv[3] : "proto/examples";
    const char *vectors =
        argc > 4 ? argv[4] : "../shared/data/wire_vectors/json_test_parsing.tar.xz";
    bool selftest = argc == 2 && strcmp(argv[1], "selftest") == 0;
    if (!selftest && (argc < 2 || !str_to_int64(str_of(argv[1]), &count) || count < 1 ||
                      (argc > 2 && !str_to_int64(str_of(argv[2]), &seed)))) {
        fprintf(stderr, "usage: fuzz-codec DOCUMENTS [SEED] [EXAMPLES [VECTORS]] | selftest\n");
        return 64;
    }
    if (!sources_read(examples, vectors))
        return 1;
    int code = selftest ? selftest_run() : documents_run(count, (uint64_t)seed);
    sources_free();
    return code;
}
