/* dlq: dead letters, and what is parked behind them, as the services tell them. */
#include "services/cli/dlq.h"

#include "common/headers.h"
#include "services/cli/answer.h"
#include "services/cli/field.h"
#include "services/cli/grid.h"

#include <stdio.h>
#include <string.h>

enum { LETTER_COUNT_MAX = 500, TEXT_WIDTH = 70 };

static struct str text_of(const struct node *object, const char *name)
{
    const struct node *n = node_find(object, name);
    return n != NULL && n->kind == NODE_TEXT ? n->text : STR("");
}

static struct str header(struct cli *c, const struct node *letter, const char *name)
{
    struct str found = headers_find(c->arena, text_of(letter, "headers"), name);
    return str_present(found) ? found : STR("");
}

/* "orders/2/17": service, part, sequence in its stream. */
static struct str letter_name(struct cli *c, const char *service, const struct node *letter)
{
    return arena_printf(c->arena, "%s/%.*s/%.*s", service,
                        STR_ARG(grid_text(c->arena, letter, "part")),
                        STR_ARG(grid_text(c->arena, letter, "seq")));
}

static void letter_line(struct cli *c, const char *service, const struct node *letter)
{
    struct str why = header(c, letter, "dlq-error-message");
    struct str at = grid_text(c->arena, letter, "recorded_at");
    why.size = why.size > TEXT_WIDTH ? TEXT_WIDTH : why.size;
    printf("%-22.*s %.19s  %.*s  key %.*s: %.*s: %.*s\n", STR_ARG(letter_name(c, service, letter)),
           at.size >= 19 ? at.at : "", STR_ARG(header(c, letter, "ce_type")),
           STR_ARG(text_of(letter, "key")), STR_ARG(header(c, letter, "dlq-error-class")),
           STR_ARG(why));
}

/* Postgres writes a backslash as two, and bytes that are no ASCII as a backslash and three octal
 * digits. */
static void bytes_print(struct str text)
{
    for (size_t i = 0; i < text.size; i++) {
        const char *at = text.at + i;
        bool octal = *at == '\\' && i + 3 < text.size && at[1] >= '0' && at[1] <= '3';
        if (octal)
            putchar((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
        else
            putchar(*at);
        i += octal ? 3 : *at == '\\' ? 1 : 0;
    }
    putchar('\n');
}

static void json_print(struct cli *c, const struct node *n)
{
    struct buf out = {.arena = c->arena};
    node_write(n, &out);
    cli_print(buf_done(&out));
}

static int letters_load(struct cli *c, const char *service, struct node_list *out)
{
    return fetch_list(c, service, STR("/dead_letters"), LETTER_COUNT_MAX, out);
}

static int parked_print(struct cli *c, const char *service)
{
    static const struct column columns[] = {
        {"KEY", "key", false},         {"ORDER", "subject", false}, {"N", "n", true},
        {"SINCE", "parked_at", false}, {"TOPIC", "topic", false},   {"WHY", "reason", false},
    };
    struct node_list list;
    int code = fetch_list(c, service, STR("/parked"), LETTER_COUNT_MAX, &list);
    if (code != END_OK || list.count == 0)
        return code;
    for (size_t i = 0; c->json && i < list.count; i++)
        json_print(c, list.items[i]);
    if (!c->json) {
        printf("\nparked in %s (batuta dlq redrive|discard %s KEY)\n", service, service);
        grid_print(c, columns, ARRAY_LEN(columns), &list);
    }
    return END_OK;
}

static int service_print(struct cli *c, const char *service)
{
    struct node_list list;
    int code = letters_load(c, service, &list);
    for (size_t i = 0; code == END_OK && i < list.count; i++) {
        if (c->json)
            json_print(c, list.items[i]);
        else
            letter_line(c, service, list.items[i]);
    }
    return code != END_OK ? code : parked_print(c, service);
}

int run_dlq_list(struct cli *c)
{
    struct str only = args_word(&c->args, 0);
    int code = END_OK;
    if (str_present(only) && service_index(only.at) < 0)
        return cli_end(c, END_NOT_FOUND, "there is no service %.*s", STR_ARG(only));
    for (size_t i = 0; i < SERVICE_COUNT && code == END_OK; i++)
        if (!str_present(only) || str_is(only, service_names[i]))
            code = service_print(c, service_names[i]);
    return code;
}

static int letter_whole(struct cli *c, const struct node *letter)
{
    if (c->json) {
        json_print(c, letter);
        return END_OK;
    }
    printf("recorded: %.*s\nkey: %.*s\n%.*s\n", STR_ARG(text_of(letter, "recorded_at")),
           STR_ARG(text_of(letter, "key")), STR_ARG(text_of(letter, "headers")));
    bytes_print(text_of(letter, "value"));
    return END_OK;
}

int run_dlq_show(struct cli *c)
{
    struct str name = args_word(&c->args, 0);
    struct node_list list;
    size_t slash = strcspn(name.at, "/");
    char service[32];
    snprintf(service, sizeof service, "%.*s", (int)(slash < 31 ? slash : 31), name.at);
    if (service_index(service) < 0)
        return cli_usage(c, "wants SERVICE/PART/SEQUENCE as batuta dlq list shows it");
    int code = letters_load(c, service, &list);
    for (size_t i = 0; code == END_OK && i < list.count; i++)
        if (str_eq(letter_name(c, service, list.items[i]), name))
            return letter_whole(c, list.items[i]);
    if (code != END_OK)
        return code;
    return cli_end(c, END_NOT_FOUND, "there is no dead letter %.*s among the newest %d",
                   STR_ARG(name), LETTER_COUNT_MAX);
}

/* The one queue of a key that is meant: the one named with --order, else the only one there is. */
static int queue_find(struct cli *c, const char *service, struct str key, struct str *subject)
{
    struct node_list list;
    struct str order = args_value(&c->args, "order");
    struct str path =
        arena_printf(c->arena, "/parked?key=%.*s", STR_ARG(url_escape(c->arena, key)));
    size_t found = 0;
    int code = fetch_list(c, service, path, LETTER_COUNT_MAX, &list);
    for (size_t i = 0; code == END_OK && i < list.count; i++) {
        struct str own = text_of(list.items[i], "subject");
        bool meant = !str_present(order) || str_eq(order, own);
        if (!meant || (found > 0 && str_eq(own, *subject)))
            continue;
        *subject = own;
        found++;
    }
    if (code != END_OK)
        return code;
    if (found == 0)
        return cli_end(c, END_NOT_FOUND, "nothing is parked under %.*s in %s", STR_ARG(key),
                       service);
    if (found > 1)
        return cli_end(c, END_USAGE, "several orders are parked under %.*s: name one with --order",
                       STR_ARG(key));
    return END_OK;
}

static int parked_command(struct cli *c, const char *verb)
{
    struct str service = args_word(&c->args, 0), key = args_word(&c->args, 1), subject = STR("");
    struct draft d = draft_new(c->arena);
    if (service_index(service.at) < 0)
        return cli_end(c, END_NOT_FOUND, "there is no service %.*s", STR_ARG(service));
    int code = queue_find(c, service.at, key, &subject);
    if (code != END_OK)
        return code;
    draft_open(&d, NULL, "{");
    draft_text(&d, "key", key);
    draft_text(&d, "subject", str_blank(subject) ? STR_NONE : subject);
    sender_write(c, &d);
    draft_close(&d, "}");
    return command_run(c, arena_printf(c->arena, "%.*s.parked.%s", STR_ARG(service), verb).at,
                       draft_done(&d));
}

int run_dlq_redrive(struct cli *c)
{
    return parked_command(c, "redrive");
}

int run_dlq_discard(struct cli *c)
{
    return parked_command(c, "discard");
}
