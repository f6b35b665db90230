/* replay: runs a target over files, once each, without libFuzzer: its seeds and what was ever found
 * are a test. usage: fuzz-TARGET FILE...|FOLDER... */
#include "tests/fuzz/targets/target.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096, INPUT_SIZE_MAX = 4 * 1024 * 1024 };

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return -1;
    }
    char *bytes = malloc(INPUT_SIZE_MAX);
    HOLDS(bytes != NULL);
    size_t size = fread(bytes, 1, INPUT_SIZE_MAX, file);
    fclose(file);
    /* In room of its own, so that a read past the end is seen. */
    char *exact = malloc(size ? size : 1);
    HOLDS(exact != NULL);
    memcpy(exact, bytes, size);
    free(bytes);
    fprintf(stderr, "%s\n", path); /* the last one named is the one that broke it */
    LLVMFuzzerTestOneInput((const uint8_t *)exact, size);
    free(exact);
    return 1;
}

/* How many were run; -1: one cannot be read. */
static int run_folder(const char *path)
{
    struct dirent **names;
    int count = scandir(path, &names, NULL, alphasort), ran = 0;
    if (count < 0)
        return run_file(path);
    for (int i = 0; i < count; i++) {
        char inner[PATH_SIZE];
        snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
        int one = names[i]->d_name[0] == '.' || ran < 0 ? 0 : run_folder(inner);
        ran = one < 0 || ran < 0 ? -1 : ran + one;
        free(names[i]);
    }
    free(names);
    return ran;
}

int main(int argc, char **argv)
{
    int ran = 0;
    for (int i = 1; i < argc && ran >= 0; i++) {
        int more = run_folder(argv[i]);
        ran = more < 0 ? -1 : ran + more;
    }
    if (ran <= 0) {
        fprintf(stderr, "replay: nothing was run\n");
        return 1;
    }
    printf("replayed %d\n", ran);
    return 0;
}
