/* contract_cmd: the documents of the contract, and whether a message keeps it. */
#include "services/cli/contract_cmd.h"

#include "common/json.h"
#include "common/limits.h"
#include "proto/contract.h"
#include "proto/types.h"
#include "services/cli/answer.h"
#include "services/cli/grid.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int run_contract_write(struct cli *c)
{
    static struct contract_file files[CONTRACT_FILE_COUNT_MAX];
    struct str folder = args_word(&c->args, 0);
    struct err e = {0};
    size_t count = contract_files(c->arena, files);
    folder = str_present(folder) ? folder : STR("proto");
    struct str schemas = arena_printf(c->arena, "%.*s/schemas", STR_ARG(folder));
    if (mkdir(schemas.at, 0777) != 0 && errno != EEXIST)
        return cli_end(c, END_USAGE, "cannot make %s: %s", schemas.at, strerror(errno));
    for (size_t i = 0; i < count; i++) {
        struct str path =
            arena_printf(c->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(files[i].name));
        if (!file_write(path.at, files[i].text, &e))
            return cli_end(c, END_FAILED, "%s", e.text);
    }
    printf("%zu files written below %.*s\n", count, STR_ARG(folder));
    return END_OK;
}

static const struct message_type *type_by_name(struct str name)
{
    char full[256];
    snprintf(full, sizeof full, "batuta.%.*s.v1", STR_ARG(name));
    for (size_t i = 0; message_types[i]; i++)
        if (str_is(name, message_types[i]->name) || strcmp(full, message_types[i]->name) == 0)
            return message_types[i];
    return NULL;
}

static bool refuse(struct fault *f, const char *code, const char *path, const char *text,
                   const char *remedy)
{
    *f = (struct fault){
        .code = code, .path = str_of(path), .text = str_of(text), .remedy = str_of(remedy)};
    return false;
}

/* One attribute of the envelope: text, not empty when it is required. */
static bool attribute_check(const struct node *event, const char *name, bool required,
                            struct fault *f)
{
    const struct node *n = node_find(event, name);
    static char path[64]; /* the fault points at it until it is printed */
    snprintf(path, sizeof path, "/%s", name);
    if (n == NULL)
        return !required ||
               refuse(f, "member_missing", path, "the CloudEvent has no such attribute",
                      "add it; CloudEvents 1.0 requires id, source, specversion, type");
    if (n->kind != NODE_TEXT)
        return refuse(f, "member_type", path, "an attribute of a CloudEvent is a string",
                      "send a string");
    if (n->text.size == 0)
        return refuse(f, "text_too_short", path, "the attribute is empty", "give it a value");
    return true;
}

static bool envelope_check(const struct node *event, struct fault *f)
{
    static const char *const needed[] = {"id", "source", "specversion", "type"};
    static const char *const optional[] = {"subject", "dataschema", "datacontenttype", "time"};
    struct instant t;
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        if (!attribute_check(event, needed[i], true, f))
            return false;
    for (size_t i = 0; i < ARRAY_LEN(optional); i++)
        if (!attribute_check(event, optional[i], false, f))
            return false;
    if (!str_is(node_find(event, "specversion")->text, "1.0"))
        return refuse(f, "value_unknown", "/specversion", "the version of CloudEvents is not 1.0",
                      "send 1.0");
    const struct node *time = node_find(event, "time");
    if (time != NULL && !instant_read(time->text, &t))
        return refuse(f, "time_invalid", "/time", "not RFC 3339 in UTC",
                      "write it as 2026-11-24T17:00:00Z");
    const struct node *content = node_find(event, "datacontenttype");
    if (content != NULL && !str_is(content->text, "application/json"))
        return refuse(f, "content_type_unknown", "/datacontenttype", "the data are not JSON",
                      "send application/json");
    return true;
}

static bool data_check(struct arena *a, struct str json, const struct message_type *t,
                       struct fault *f)
{
    void *body = arena_alloc(a, t->shape->size);
    return shape_decode(t->shape, json, t->command ? SHAPE_CLOSED : SHAPE_OPEN, a, body, f);
}

bool contract_check(struct arena *a, struct str json, const struct message_type *type,
                    const struct message_type **found, struct fault *f)
{
    const struct node *root;
    *found = type;
    if (type != NULL)
        return data_check(a, json, type, f);
    if (!node_parse(json, EVENT_SIZE_MAX, a, &root, f))
        return false;
    if (root->kind != NODE_OBJECT)
        return refuse(f, "json_not_object", "", "not a JSON object",
                      "send a structured CloudEvent");
    if (!envelope_check(root, f))
        return false;
    *found = type_by_name(node_find(root, "type")->text);
    if (*found == NULL)
        return refuse(f, "type_unknown", "/type", "the contract has no such type",
                      "see proto/asyncapi.yaml for the types");
    const struct node *data = node_find(root, "data");
    if (data == NULL)
        return refuse(f, "member_missing", "/data", "the CloudEvent has no data", "add the data");
    struct buf text = {.arena = a};
    node_write(data, &text);
    if (data_check(a, buf_done(&text), *found, f))
        return true;
    f->path = arena_printf(a, "/data%.*s", STR_ARG(f->path));
    return false;
}

int run_contract_check(struct cli *c)
{
    struct err e = {0};
    struct str text, name = args_value(&c->args, "type"), path = args_word(&c->args, 0);
    struct fault f = {0};
    const struct message_type *type = str_present(name) ? type_by_name(name) : NULL, *found;
    if (str_present(name) && type == NULL)
        return cli_usage(c, "there is no type %.*s", STR_ARG(name));
    if (!file_read(c->arena, path.at, BATCH_SIZE_MAX, &text, &e))
        return cli_end(c, END_USAGE, "%s", e.text);
    while (text.size > 0 && text.at[text.size - 1] == '\n')
        text.size--;
    if (!contract_check(c->arena, text, type, &found, &f))
        return fault_print(c, path.at, &f);
    if (c->json)
        printf("{\"outcome\":\"accepted\",\"type\":\"%s\"}\n", found->name);
    else
        printf("ok: %s keeps the contract of %s (%s)\n", path.at, found->name,
               found->command ? "command" : "event");
    return END_OK;
}

int run_limits(struct cli *c)
{
    static const struct column columns[] = {
        {"LIMIT", "", false}, {"VALUE", "", true}, {"UNIT", "", false}, {"WHY", "", false}};
    enum { COLUMNS = ARRAY_LEN(columns) };
    struct str *cells = arena_array(c->arena, struct str, (limit_count + 1) * COLUMNS);
    struct buf out = {.arena = c->arena};
    for (size_t i = 0; i < COLUMNS; i++)
        cells[i] = str_of(columns[i].title);
    for (size_t i = 0; i < limit_count; i++) {
        struct str *row = cells + (i + 1) * COLUMNS;
        row[0] = str_of(limits[i].name);
        row[1] = arena_printf(c->arena, "%lld", limits[i].value);
        row[2] = str_of(limits[i].unit);
        row[3] = str_of(limits[i].why);
        buf_printf(&out, "%s\n \"%s\":%lld", i > 0 ? "," : "{", limits[i].name, limits[i].value);
    }
    if (c->json)
        cli_print(arena_printf(c->arena, "%s\n}", buf_done(&out).at));
    else
        grid_cells(columns, COLUMNS, cells, limit_count + 1);
    return END_OK;
}
