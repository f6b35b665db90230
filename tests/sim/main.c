/* main: runs seeds and tapes, each twice; a failure is shrunk and told as a story. The last line is
 * "sim: steps N failures N marks all", or which marks stayed 0. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/sim/shrink.h"

enum { TOLD_FAILURES_MAX = 5 };

struct options {
    long seeds, first;
    const char *tape, *tapes, *failures; /* one; a folder of them; where new ones go */
    bool story, once, any_marks, quiet, stop;
    uint64_t steps; /* 0: by seeds */
};

struct totals {
    uint64_t steps, runs, hash;
    int failures;
};

static void usage(void)
{
    printf(
        "sim [--seeds N] [--first N] [--steps N] [--tapes FOLDER] [--failures FOLDER] [--once]\n"
        "    [--any-marks] [--hashes] [--stop]\n"
        "                               seeds first .. first+N-1 (or until so many steps), then\n"
        "                               the tapes of a folder; each run twice but for --once\n"
        "sim [--story] --tape FILE      one tape\n");
}

static bool flag(const char *argument, const char *name, bool *value)
{
    *value = *value || strcmp(argument, name) == 0;
    return strcmp(argument, name) == 0;
}

static bool options_read(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        const struct {
            const char *name, **text;
            long *number;
        } values[] = {{"--seeds", NULL, &o->seeds},       {"--first", NULL, &o->first},
                      {"--tape", &o->tape, NULL},         {"--tapes", &o->tapes, NULL},
                      {"--failures", &o->failures, NULL}, {"--steps", NULL, (long *)&o->steps}};
        bool known = flag(argv[i], "--story", &o->story) || flag(argv[i], "--once", &o->once) ||
                     flag(argv[i], "--any-marks", &o->any_marks) ||
                     flag(argv[i], "--hashes", &o->quiet) || flag(argv[i], "--stop", &o->stop);
        for (size_t k = 0; k < ARRAY_LEN(values) && !known && i + 1 < argc; k++) {
            if (strcmp(argv[i], values[k].name) != 0)
                continue;
            known = true;
            i++;
            if (values[k].text)
                *values[k].text = argv[i];
            else
                *values[k].number = strtol(argv[i], NULL, 10);
        }
        if (!known)
            return false;
    }
    return true;
}

/* What the loops counted is as good as a mark of our own. */
static void marks_of_loops(void)
{
    static const struct {
        enum mark mark;
        enum loop_metric metric;
    } same[] = {{MARK_FENCED, METRIC_FENCED},
                {MARK_HOLE_OPENED, METRIC_HOLES},
                {MARK_ROUTED, METRIC_ROUTED},
                {MARK_DEAD_LETTER, METRIC_DEAD_LETTERS}};
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        marks[same[i].mark] = (uint64_t)metric_value(&loop_metrics[same[i].metric]);
}

/* ---- a failure */

static void failure_tell(struct tape *tape, const char *name, const struct sim_result *r,
                         const struct options *o)
{
    struct sim_result again;
    char path[512];
    size_t runs = shrink(tape, r->check), left = tape_count(tape);
    printf("\n==== %s, shrunk in %zu runs to %zu choices:\n", name, runs, left);
    sim_run(tape, true, &again);
    printf("==== %s: %s\n", again.check, again.wrong);
    if (!o->failures)
        return;
    mkdir(o->failures, 0777);
    snprintf(path, sizeof path, "%s/%s-%s.tape", o->failures, name, again.check);
    printf("==== sim --story --tape %s%s\n", path,
           tape_write(tape, path) ? "" : " (which cannot be written)");
}

static void run_twice(struct tape *tape, const char *name, const struct options *o,
                      struct totals *t)
{
    struct sim_result r, again;
    sim_run(tape, false, &r);
    t->steps += r.steps;
    t->runs++;
    if (!o->once) {
        tape_rewind(tape);
        sim_run(tape, false, &again);
        t->steps += again.steps;
        if (again.hash != r.hash || again.steps != r.steps) {
            printf("%s: two runs of one tape differ: %016llx %016llx\n", name,
                   (unsigned long long)r.hash, (unsigned long long)again.hash);
            t->failures++;
        }
    }
    t->hash = (t->hash ^ r.hash) * UINT64_C(0x9e3779b97f4a7c15);
    if (o->quiet)
        printf("%s %016llx\n", name, (unsigned long long)r.hash);
    if (!r.check[0])
        return;
    t->failures++;
    printf("FAIL %s: %s: %s\n", name, r.check, r.wrong);
    fflush(stdout);
    if (t->failures <= TOLD_FAILURES_MAX && !o->quiet)
        failure_tell(tape, name, &r, o);
}

/* ---- all of them */

static void run_seeds(const struct options *o, struct totals *t)
{
    struct tape tape = {0};
    char name[64];
    for (long seed = o->first;; seed++) {
        bool enough = o->steps ? t->steps >= o->steps : seed >= o->first + o->seeds;
        if (enough || (o->stop && t->failures))
            break;
        snprintf(name, sizeof name, "seed-%ld", seed);
        tape_seed(&tape, (uint64_t)seed);
        run_twice(&tape, name, o, t);
    }
    tape_release(&tape);
}

static void run_tapes(const struct options *o, struct totals *t)
{
    glob_t found;
    char pattern[512];
    snprintf(pattern, sizeof pattern, "%s/*.tape", o->tapes);
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct tape tape = {0};
        const char *slash = strrchr(found.gl_pathv[i], '/');
        if (tape_read(&tape, found.gl_pathv[i]))
            run_twice(&tape, slash + 1, o, t);
        else
            t->failures++;
        tape_release(&tape);
    }
    globfree(&found);
}

static int run_one(const struct options *o)
{
    struct tape tape = {0};
    struct sim_result r;
    if (!tape_read(&tape, o->tape)) {
        fprintf(stderr, "sim: %s cannot be read\n", o->tape);
        return 2;
    }
    sim_run(&tape, o->story, &r);
    printf("%s%s%s\n", r.check[0] ? r.check : "nothing is wrong", r.check[0] ? ": " : "", r.wrong);
    tape_release(&tape);
    return r.check[0] ? 1 : 0;
}

static int summary(const struct options *o, const struct totals *t, clock_t begun)
{
    int missing = 0;
    int64_t ms = (int64_t)(clock() - begun) * 1000 / CLOCKS_PER_SEC;
    marks_of_loops();
    printf("faults:\n");
    for (int i = 1; i < FAULT_COUNT; i++)
        printf("  %9llu %s\n", (unsigned long long)sim_happened[i], fault_names[i]);
    printf("marks:\n");
    for (int i = 0; i < MARK_COUNT; i++) {
        printf("  %9llu %s\n", (unsigned long long)marks[i], mark_docs[i]);
        missing += marks[i] == 0;
    }
    printf("%llu runs, %lld ms, %lld steps a second, hash %016llx\n", (unsigned long long)t->runs,
           (long long)ms, (long long)(t->steps * 1000 / (uint64_t)(ms ? ms : 1)),
           (unsigned long long)t->hash);
    printf("sim: steps %llu failures %d marks ", (unsigned long long)t->steps, t->failures);
    printf(missing ? "%d missing\n" : "all\n", missing);
    return t->failures || (missing && !o->any_marks);
}

int main(int argc, char **argv)
{
    struct options o = {.seeds = 100, .first = 1};
    struct totals t = {0};
    if (!options_read(argc, argv, &o)) {
        usage();
        return 2;
    }
    if (o.tape)
        return run_one(&o);
    clock_t begun = clock();
    run_seeds(&o, &t);
    if (o.tapes)
        run_tapes(&o, &t);
    return summary(&o, &t, begun);
}
