/* main: sim [--seeds N] [--first N] [--tape FILE] [--story] : runs seeds, or one tape. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/sim/sim.h"

int main(int argc, char **argv)
{
    long seeds = 10, first = 1;
    bool story = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc)
            seeds = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--first") == 0 && i + 1 < argc)
            first = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--story") == 0)
            story = true;
    }
    setvbuf(stdout, NULL, story ? _IOLBF : _IOFBF, 65536);
    uint64_t steps = 0;
    int failures = 0;
    clock_t begun = clock();
    struct tape tape = {0};
    for (long seed = first; seed < first + seeds; seed++) {
        struct sim_result r;
        tape_seed(&tape, (uint64_t)seed);
        sim_run(&tape, story, &r);
        steps += r.steps;
        if (r.check[0]) {
            failures++;
            printf("seed %ld: %s: %s\n", seed, r.check, r.wrong);
        }
    }
    double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
    for (int i = 1; i < FAULT_COUNT; i++)
        printf("  %-12s %llu\n", fault_names[i], (unsigned long long)sim_happened[i]);
    for (int i = 0; i < MARK_COUNT; i++)
        printf("  %9llu %s\n", (unsigned long long)marks[i], mark_docs[i]);
    printf("%llu steps %.1f s %.0f/s failures %d\n", (unsigned long long)steps, seconds,
           (double)steps / seconds, failures);
    return failures != 0;
}
