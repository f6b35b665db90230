/* output: how a run speaks: data on stdout, the rest on stderr; and the files it reads. */
#include "common/json.h"
#include "services/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SENTENCE_SIZE = 2048, READ_SIZE = 64 * 1024, TIMEOUT_SECONDS = 30 };

static void sentence_write(const struct cli *c, int code, const char *text)
{
    if (!c->json) {
        fprintf(stderr, "batuta: %s\n", text);
        return;
    }
    struct buf out = {.arena = c->arena};
    buf_printf(&out, "{\"exit\":%d,\"error\":", code);
    json_write_text(str_of(text), &out);
    fprintf(stderr, "%s}\n", buf_done(&out).at);
}

int cli_end(const struct cli *c, int code, const char *fmt, ...)
{
    char text[SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, fmt);
    vsnprintf(text, sizeof text, fmt, arguments);
    va_end(arguments);
    sentence_write(c, code, text);
    return code;
}

int cli_usage(const struct cli *c, const char *fmt, ...)
{
    char text[SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, fmt);
    vsnprintf(text, sizeof text, fmt, arguments);
    va_end(arguments);
    const char *verb = c->command->verb != NULL ? c->command->verb : "";
    return cli_end(c, END_USAGE, "%s%s%s: %s; see batuta %s%s%s --help", c->command->noun,
                   verb[0] ? " " : "", verb, text, c->command->noun, verb[0] ? " " : "", verb);
}

void cli_note(const char *fmt, ...)
{
    va_list arguments;
    va_start(arguments, fmt);
    vfprintf(stderr, fmt, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

struct arena *cli_arena_swap(struct cli *c, struct arena *a)
{
    struct arena *before = c->arena;
    c->arena = a;
    return before;
}

void cli_print(struct str text)
{
    if (text.size > 0)
        fwrite(text.at, 1, text.size, stdout);
    putchar('\n');
}

int64_t cli_timeout_ms(const struct cli *c)
{
    int64_t seconds = TIMEOUT_SECONDS;
    struct str text = args_value(&c->args, "timeout");
    if (str_present(text) && (!str_to_int64(text, &seconds) || seconds < 0 || seconds > 86400))
        seconds = TIMEOUT_SECONDS;
    return seconds * 1000;
}

static bool descriptor_read(int fd, const char *path, size_t size_max, struct buf *out,
                            struct err *e)
{
    static char chunk[READ_SIZE];
    ssize_t got;
    while ((got = read(fd, chunk, sizeof chunk)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(e, ERR_FATAL, "cannot read %s: %s", path, strerror(errno));
        buf_add(out, chunk, (size_t)got);
        if (out->size > size_max)
            return err_set(e, ERR_FATAL, "%s has more than %zu bytes", path, size_max);
    }
    return true;
}

bool file_read(struct arena *a, const char *path, size_t size_max, struct str *out, struct err *e)
{
    struct buf text = {.arena = a};
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(e, ERR_FATAL, "cannot open %s: %s", path, strerror(errno));
    bool ok = descriptor_read(fd, path, size_max, &text, e);
    if (!is_stdin)
        close(fd);
    if (ok)
        *out = buf_done(&text);
    return ok;
}

bool file_write(const char *path, struct str text, struct err *e)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return err_set(e, ERR_FATAL, "cannot write %s: %s", path, strerror(errno));
    bool ok = text.size == 0 || fwrite(text.at, 1, text.size, file) == text.size;
    ok = fclose(file) == 0 && ok;
    return ok || err_set(e, ERR_FATAL, "cannot write %s: %s", path, strerror(errno));
}
