/* stack_cmd: the local stack as a whole. The work is done by the scripts of deploy/local and by
 * Postgres' own programs; here they are found and started. */
#include "services/cli/stack_cmd.h"

#include "services/cli/fetch.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENT_COUNT_MAX = ARGS_WORD_COUNT_MAX + 8 };

struct str program_folder(struct arena *a)
{
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    while (size > 1 && path[size - 1] != '/')
        size--;
    return size > 1 ? arena_str(a, (struct str){path, (size_t)size - 1}) : STR(".");
}

/* A script of deploy/local: installed beside the program, or in the source tree above it or here.
 */
static struct str script_find(struct cli *c, const char *name)
{
    struct str bin = program_folder(c->arena);
    struct str path = arena_printf(c->arena, "%s/../share/batuta/deploy/local/%s", bin.at, name);
    if (access(path.at, X_OK) == 0)
        return path;
    for (struct str up = bin; up.size > 1; up = arena_printf(c->arena, "%s/..", up.at)) {
        path = arena_printf(c->arena, "%s/deploy/local/%s", up.at, name);
        if (access(path.at, X_OK) == 0)
            return path;
        if (up.size > bin.size + 6 * 3)
            break;
    }
    path = arena_printf(c->arena, "deploy/local/%s", name);
    return access(path.at, X_OK) == 0 ? path : STR_NONE;
}

static int script_run(struct cli *c, const char *name)
{
    char *arguments[ARGUMENT_COUNT_MAX] = {NULL};
    struct str path = script_find(c, name), broker = args_value(&c->args, "broker");
    struct str bin = program_folder(c->arena);
    if (!str_present(path))
        return cli_end(c, END_FAILED,
                       "deploy/local/%s is neither installed nor in a source tree "
                       "above this program",
                       name);
    size_t count = 0;
    arguments[count++] = arena_cstr(c->arena, path);
    if (args_has(&c->args, "kill"))
        arguments[count++] = arena_cstr(c->arena, STR("--kill"));
    if (args_has(&c->args, "no-services"))
        arguments[count++] = arena_cstr(c->arena, STR("--no-services"));
    for (size_t i = 0; i < c->args.word_count; i++)
        arguments[count++] = arena_cstr(c->arena, c->args.words[i]);
    setenv("BATUTA_BIN", bin.at, 0);
    if (str_present(broker))
        setenv("BROKER", arena_cstr(c->arena, broker), 1);
    fflush(NULL);
    execv(arguments[0], arguments);
    return cli_end(c, END_FAILED, "cannot run %s: %s", arguments[0], strerror(errno));
}

int run_up(struct cli *c)
{
    return script_run(c, "up");
}

int run_down(struct cli *c)
{
    return script_run(c, "down");
}

int run_status(struct cli *c)
{
    return script_run(c, "status");
}

/* A program of Postgres: in PATH, else of the newest version that Debian has installed. */
static const char *postgres_program(struct cli *c, const char *name)
{
    glob_t found;
    const char *path = name;
    struct str pattern = arena_printf(c->arena, "/usr/lib/postgresql/*/bin/%s", name);
    if (glob(pattern.at, 0, NULL, &found) == 0 && found.gl_pathc > 0)
        path = arena_cstr(c->arena, str_of(found.gl_pathv[found.gl_pathc - 1]));
    globfree(&found);
    return path;
}

int program_run(struct cli *c, char *const *arguments)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        execvp(arguments[0], arguments);
        fprintf(stderr, "batuta: cannot run %s: %s\n", arguments[0], strerror(errno));
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return cli_end(c, END_FAILED, "cannot run %s: %s", arguments[0], strerror(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return cli_end(c, END_FAILED, "%s failed", arguments[0]);
    return END_OK;
}

/* The whole database, all schemas; the owner of the cluster does it, because services may read only
 * what is theirs. */
static struct str owner_connection(struct cli *c)
{
    struct str user = args_value(&c->args, "user");
    return arena_printf(c->arena, "--dbname=%.*s user=%.*s", STR_ARG(c->stack.postgres),
                        STR_ARG(str_present(user) ? user : STR("postgres")));
}

int run_backup(struct cli *c)
{
    struct str file = args_word(&c->args, 0);
    if (!str_present(c->stack.postgres))
        return cli_end(c, END_UNAVAILABLE,
                       "BATUTA_POSTGRES is not known: batuta up, or --stack-env");
    char *const arguments[] = {
        arena_cstr(c->arena, str_of(postgres_program(c, "pg_dump"))),
        arena_cstr(c->arena, STR("--format=custom")),
        arena_cstr(c->arena, arena_printf(c->arena, "--file=%.*s", STR_ARG(file))),
        arena_cstr(c->arena, owner_connection(c)),
        NULL,
    };
    int code = program_run(c, arguments);
    if (code == END_OK)
        cli_note("written: %.*s, every schema at one moment. Topics are not in it: the journals "
                 "are, and events are sent again from them.",
                 STR_ARG(file));
    return code;
}

/* Restoring under a running service would be fenced at best. */
bool any_service_runs(struct cli *c)
{
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        struct reply r;
        struct err e = {0};
        if (str_present(c->stack.http[i]) && fetch(c, service_names[i], STR("/livez"), &r, &e))
            return true;
    }
    return false;
}

/* The dump as SQL beside it, then old schemas out and new ones in, in one transaction. (pg_restore
 * --clean cannot drop the keys of partitions.) */
static int dump_restore(struct cli *c, struct str file)
{
    struct arena *a = c->arena;
    struct str sql = arena_printf(a, "%.*s.sql", STR_ARG(file));
    struct buf drop = {.arena = a};
    buf_text(&drop, "set client_min_messages = warning;");
    for (size_t i = 0; i < SERVICE_COUNT; i++)
        buf_printf(&drop, "drop schema if exists %s cascade;", service_names[i]);
    char *const unpack[] = {
        arena_cstr(a, str_of(postgres_program(c, "pg_restore"))),
        arena_cstr(a, arena_printf(a, "--file=%s", sql.at)),
        arena_cstr(a, file),
        NULL,
    };
    char *const apply[] = {
        arena_cstr(a, str_of(postgres_program(c, "psql"))),
        arena_cstr(a, STR("-Xq")),
        arena_cstr(a, STR("--single-transaction")),
        arena_cstr(a, STR("--output=/dev/null")),
        arena_cstr(a, STR("--set=ON_ERROR_STOP=1")),
        arena_cstr(a, owner_connection(c)),
        arena_cstr(a, arena_printf(a, "--command=%s", buf_done(&drop).at)),
        arena_cstr(a, arena_printf(a, "--file=%s", sql.at)),
        NULL,
    };
    int code = program_run(c, unpack);
    if (code == END_OK)
        code = program_run(c, apply);
    unlink(sql.at);
    return code;
}

int run_restore(struct cli *c)
{
    struct str file = args_word(&c->args, 0);
    if (!str_present(c->stack.postgres))
        return cli_end(c, END_UNAVAILABLE,
                       "BATUTA_POSTGRES is not known: batuta up, or --stack-env");
    if (!args_has(&c->args, "yes"))
        return cli_usage(c, "this replaces the whole database: say --yes");
    if (any_service_runs(c))
        return cli_end(c, END_CONFLICT,
                       "services are running: stop them first (batuta down "
                       "catalog pricing approvals orders notifications)");
    int code = dump_restore(c, file);
    if (code == END_OK)
        cli_note(
            "restored. What was sent since the dump was made puts Kafka ahead of it: a service "
            "that finds that refuses to start until batuta-<service> reconcile has run.");
    return code;
}
