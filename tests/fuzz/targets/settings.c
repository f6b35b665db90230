/* fuzz settings: each line is an argument of a service; and the file of systems. */
#include "common/settings.h"
#include "common/systems.h"
#include "tests/fuzz/targets/target.h"

#include <string.h>
#include <unistd.h>

enum { ARGUMENT_COUNT_MAX = 64 };

struct read {
    const char *text, *file;
    int64_t number;
    bool flag;
};

static const struct setting table[] = {
    {"text", SETTING_TEXT, "x", 1, 64, offsetof(struct read, text), "a text"},
    {"some_number", SETTING_INT, "5", 1, 10, offsetof(struct read, number), "a number"},
    {"flag", SETTING_BOOL, "false", 0, 0, offsetof(struct read, flag), "yes or no"},
    {"file", SETTING_FILE, "", 0, 0, offsetof(struct read, file), "a file"},
};
static const struct right_name rights[] = {
    {"submit", 1, "may order"}, {"approve", 2, "may say yes"}, {NULL, 0, NULL}};

static void arguments(struct arena *a, struct str rest)
{
    char *list[ARGUMENT_COUNT_MAX];
    int count = 0;
    while (rest.size > 0 && count < ARGUMENT_COUNT_MAX)
        list[count++] = arena_cstr(a, target_line(&rest));
    struct read out = {0};
    struct err e = {0};
    if (settings_read(table, ARRAY_LEN(table), count, list, &out, &e))
        HOLDS(out.text && strlen(out.text) <= 64 && out.number >= 1 && out.number <= 10);
    else
        HOLDS(e.fate == ERR_FATAL && e.text[0]);
}

static void systems(struct arena *a, struct str text)
{
    char path[64];
    int file = target_file(text, path, sizeof path);
    struct err e = {0};
    struct systems *s = systems_load(path, rights, &e);
    HOLDS(s || (e.fate == ERR_FATAL && e.text[0]));
    if (s) {
        struct str id = STR_NONE, rest = text, parts[3] = {STR("id"), STR("key"), text};
        unsigned has = 0;
        enum auth found = systems_verify(s, target_line(&rest), parts, &id, &has);
        HOLDS(found != AUTH_GOOD); /* nobody signed it */
    }
    systems_free(s);
    close(file);
    (void)a;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    arguments(&a, (struct str){(const char *)data, size});
    systems(&a, (struct str){(const char *)data, size});
    arena_release(&a);
    return 0;
}
