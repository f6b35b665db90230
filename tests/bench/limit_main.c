/* limit_main: arguments, the statements (the product's own), the topics. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/limit.h"

static char *file_text(const char *path)
{
    FILE *file = path ? fopen(path, "rb") : NULL;
    long size = -1;
    if (file && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    if (size < 0 || fseek(file, 0, SEEK_SET) != 0) {
        fprintf(stderr, "limit: cannot read %s\n", path ? path : "(no --store)");
        exit(1);
    }
    char *text = calloc((size_t)size + 1, 1);
    assert(text);
    if (fread(text, 1, (size_t)size, file) != (size_t)size)
        fprintf(stderr, "limit: %s is shorter than it was\n", path);
    fclose(file);
    return text;
}

struct pg *limit_database(struct limit *l)
{
    static struct sql_file files[2];
    static const struct sql_file *stores[3] = {&files[0], &files[1], NULL};
    static char user[64];
    static struct pg_settings settings;
    files[0] = (struct sql_file){"runtime", file_text(l->runtime_store)};
    files[1] = (struct sql_file){"store", file_text(l->store)};
    snprintf(user, sizeof user, "batuta_%s", l->service);
    settings = (struct pg_settings){.conninfo = l->postgres,
                                    .user = user,
                                    .schema = l->service,
                                    .stores = stores,
                                    .statement_timeout_ms = 60000,
                                    .lock_timeout_ms = 60000};
    return pg_new(&settings);
}

static void topic_make(struct limit *l, const char *name, int partitions, bool compacted)
{
    struct err e = {0};
    bool created, forget = strcmp(l->service, "forget") == 0;
    char full[160];
    snprintf(full, sizeof full, "%s%s", l->prefix, name);
    struct bus_topic t = {.name = full,
                          .partition_count = partitions,
                          .replication = 1,
                          .retention_ms = compacted ? -1 : 7 * 24 * 3600 * INT64_C(1000),
                          .compacted = compacted,
                          .message_size_max = 1024 * 1024};
    bool ok =
        forget ? bus_topic_delete(l->bus, full, &e) : bus_topic_create(l->bus, &t, &created, &e);
    if (!ok && !forget) {
        fprintf(stderr, "limit: %s\n", e.text);
        exit(1);
    }
}

/* All that the recipe reads or tells; topics outside the chains by walking its events. */
static void topics_make(struct limit *l)
{
    struct err e = {0};
    struct bus_settings bus = {.brokers = l->brokers, .client_id = "limit"};
    struct recipe *r = &l->recipe;
    recipe_load(r, l->recipe_path, &l->kept);
    l->bus = bus_open(&bus, NULL, NULL, &e);
    assert(l->bus);
    for (int i = 0; i < r->inputs.count; i++)
        topic_make(l, arena_cstr(&l->kept, r->inputs.items[i]), LIMIT_PARTS, false);
    for (int i = 0; i < r->outputs.count; i++)
        topic_make(l, arena_cstr(&l->kept, r->outputs.items[i]), LIMIT_PARTS, false);
    const char *known[RECIPE_LIST_MAX] = {NULL};
    int known_count = 0;
    for (int i = 0; i < RECIPE_SAMPLES * r->types.count; i++)
        for (int k = 0; k < r->effects[i].event_count; k++) {
            const struct recipe_event *ev = &r->effects[i].events[k];
            int at = 0;
            while (at < known_count && strcmp(known[at], ev->topic) != 0)
                at++;
            if (ev->output != RECIPE_ABSENT || at < known_count || at == RECIPE_LIST_MAX)
                continue;
            known[known_count++] = ev->topic;
            bool partner = strncmp(ev->topic, "partners.", 9) == 0;
            topic_make(l, ev->topic, partner ? 1 : LIMIT_PARTS, !partner);
        }
    bus_close(l->bus, 0);
}

static bool argument_take(struct limit *l, const char *name, const char *value)
{
    const struct {
        const char *name, **text;
    } texts[] = {{"--brokers", &l->brokers}, {"--postgres", &l->postgres},
                 {"--prefix", &l->prefix},   {"--recipe", &l->recipe_path},
                 {"--store", &l->store},     {"--runtime-store", &l->runtime_store}};
    int64_t number;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].text = value;
            return true;
        }
    if (!str_to_int64(str_of(value), &number) || number < 0)
        return false;
    if (strcmp(name, "--batch-records") == 0 && number > 0 && number <= 2000)
        l->batch_max = (size_t)number;
    else if (strcmp(name, "--pace-ms") == 0 && number < 1000)
        l->pace_us = number * 1000;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    static struct limit l = {.prefix = "limit.", .batch_max = 256, .pace_us = 8000};
    bool sound = argc >= 2 && argc % 2 == 0;
    for (int i = 2; sound && i + 1 < argc; i += 2)
        sound = argument_take(&l, argv[i], argv[i + 1]);
    if (!sound || !l.brokers || !l.recipe_path) {
        fprintf(stderr, "usage: limit topics|forget|SERVICE --brokers A --recipe FILE [--prefix P] "
                        "[--postgres CONNINFO --store FILE --runtime-store FILE] "
                        "[--batch-records N] [--pace-ms N]\n");
        return 64;
    }
    l.service = argv[1];
    arena_init(&l.arena);
    arena_init(&l.kept);
    if (strcmp(argv[1], "topics") == 0 || strcmp(argv[1], "forget") == 0)
        topics_make(&l);
    else
        limit_run(&l);
    return 0;
}
