/* log: one line an event on stderr, written with one write() so that lines of two threads or
 * processes never mix. */
#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/escape.h"

enum { LINE_SIZE_MAX = 8192, TAIL_SIZE = 16, MESSAGE_SIZE_MAX = 2048, SERVICE_SIZE_MAX = 64 };

static struct {
    char service[SERVICE_SIZE_MAX];
    enum log_level level;
    bool json;
} config = {"batuta", LOG_INFO, true};

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};

void log_init(const char *service, const char *level, const char *format)
{
    snprintf(config.service, sizeof(config.service), "%s", service);
    config.level = LOG_INFO;
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++)
        if (strcmp(level, level_names[i]) == 0)
            config.level = (enum log_level)i;
    bool text = strcmp(format, "text") == 0;
    bool choose = strcmp(format, "auto") == 0;
    config.json = !text && !(choose && isatty(STDERR_FILENO));
}

bool log_words_known(const char *level, const char *format)
{
    bool known = false;
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++)
        known = known || strcmp(level, level_names[i]) == 0;
    return known && (strcmp(format, "text") == 0 || strcmp(format, "json") == 0 ||
                     strcmp(format, "auto") == 0);
}

/* A line under construction. What does not fit is cut inside a text or left out as a field, so
 * that the line stays valid. */
struct line {
    size_t size;
    char at[LINE_SIZE_MAX];
};

static size_t line_room(const struct line *l)
{
    return LINE_SIZE_MAX - TAIL_SIZE - l->size;
}

static void line_text(struct line *l, const char *text)
{
    size_t size = strlen(text);
    if (size > line_room(l))
        size = line_room(l);
    memcpy(l->at + l->size, text, size);
    l->size += size;
}

static void line_escaped(struct line *l, const char *text)
{
    size_t room = line_room(l); /* one byte stays for the closing quote */
    l->size += escape_json(str_of(text), l->at + l->size, room > 0 ? room - 1 : 0);
}

static void line_end(struct line *l, const char *end)
{
    size_t size = strlen(end); /* at most TAIL_SIZE, kept free for it */
    memcpy(l->at + l->size, end, size);
    l->size += size;
    const char *at = l->at;
    while (l->size > 0) {
        ssize_t written = write(STDERR_FILENO, at, l->size);
        if (written <= 0)
            return; /* nowhere to complain */
        at += written;
        l->size -= (size_t)written;
    }
}

/* ,"name":"text" when at least the name and an empty text fit. */
static void json_pair(struct line *l, const char *name, const char *text)
{
    if (line_room(l) < ESCAPE_GROWTH_MAX * strlen(name) + 8)
        return;
    line_text(l, l->size == 0 ? "{\"" : ",\"");
    line_escaped(l, name);
    line_text(l, "\":\"");
    line_escaped(l, text);
    line_text(l, "\"");
}

static void write_json(enum log_level level, const char *message, const struct log_field *fields,
                       size_t count)
{
    struct line l;
    l.size = 0;
    char now[INSTANT_TEXT_SIZE];
    instant_write(clock_now(), now);
    json_pair(&l, "ts", now);
    json_pair(&l, "level", level_names[level]);
    json_pair(&l, "service", config.service);
    json_pair(&l, "msg", message);
    for (size_t i = 0; i < count; i++)
        json_pair(&l, fields[i].name, fields[i].text);
    line_end(&l, "}\n");
}

static void write_text(enum log_level level, const char *message, const struct log_field *fields,
                       size_t count)
{
    struct line l;
    l.size = 0;
    char now[INSTANT_TEXT_SIZE];
    instant_write(clock_now(), now);
    now[19] = '\0'; /* whole seconds */
    line_text(&l, now + 11);
    line_text(&l, " ");
    line_text(&l, level_names[level]);
    line_text(&l, strlen(level_names[level]) == 4 ? "  " : " ");
    line_text(&l, config.service);
    line_text(&l, ": ");
    line_escaped(&l, message);
    for (size_t i = 0; i < count; i++) {
        line_text(&l, " ");
        line_escaped(&l, fields[i].name);
        line_text(&l, "=");
        line_escaped(&l, fields[i].text);
    }
    line_end(&l, "\n");
}

void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count)
{
    assert(level >= LOG_DEBUG && level <= LOG_ERROR);
    if (level < config.level)
        return;
    if (config.json)
        write_json(level, message, fields, count);
    else
        write_text(level, message, fields, count);
}

void log_line(enum log_level level, const char *fmt, ...)
{
    char message[MESSAGE_SIZE_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    log_fields(level, message, NULL, 0);
}
