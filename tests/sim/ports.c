/* ports: the rest of what the runtime asks of the machine: clocks, the log, who may speak. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "proto/rights.h"
#include "tests/sim/sim.h"

struct instant clock_now(void)
{
    int64_t skew = sim->current ? sim->current->skew_us : 0;
    return (struct instant){sim->now_us + skew};
}

int64_t clock_monotonic_us(void)
{
    return sim->now_us;
}

/* What the product says is how some rare branches show that they were taken. */
static const struct {
    const char *words;
    enum mark mark;
} said[] = {
    {"deciding again over rows", MARK_ASKS_ALL},
    {"going on one by one", MARK_ONE_BY_ONE},
    {"is set aside", MARK_SET_ASIDE},
};

void log_line(enum log_level level, const char *fmt, ...)
{
    (void)level;
    for (size_t i = 0; i < ARRAY_LEN(said); i++)
        if (strstr(fmt, said[i].words))
            mark(said[i].mark);
    if (!sim->story)
        return;
    char text[600];
    va_list arguments;
    va_start(arguments, fmt);
    vsnprintf(text, sizeof text, fmt, arguments);
    va_end(arguments);
    tell("says: %s", text);
}

void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count)
{
    (void)fields, (void)count;
    log_line(level, "%s", message);
}

/* Everybody who signs may do everything; signatures themselves are tested in tests/unit. */
enum auth systems_verify(const struct systems *s, struct str text, const struct str signed_parts[3],
                         struct str *id, unsigned *rights)
{
    (void)s, (void)signed_parts;
    if (!str_present(text))
        return AUTH_NONE;
    *id = STR("simulated");
    *rights = ~0u;
    return AUTH_GOOD;
}

void tell(const char *fmt, ...)
{
    if (!sim->story)
        return;
    va_list arguments;
    const struct process *p = sim->current;
    int64_t ms = sim->now_us / 1000;
    printf("%9lld.%03d  ", (long long)(ms / 1000 % 100000000), (int)(ms % 1000));
    if (p)
        printf("%s/%d ", sim_services[p->service]->name, p->index);
    va_start(arguments, fmt);
    vprintf(fmt, arguments);
    va_end(arguments);
    printf("\n");
}

void fail(const char *check, const char *fmt, ...)
{
    if (sim->wrong[0])
        return;
    va_list arguments;
    va_start(arguments, fmt);
    vsnprintf(sim->wrong, sizeof sim->wrong, fmt, arguments);
    va_end(arguments);
    snprintf(sim->check, sizeof sim->check, "%s", check);
    tell("WRONG (%s): %s", sim->check, sim->wrong);
}

void hash_text(struct str s)
{
    const char *at = s.at;
    size_t left = s.size;
    uint64_t word;
    hash_add(left);
    for (; left >= sizeof word; at += sizeof word, left -= sizeof word) {
        memcpy(&word, at, sizeof word);
        hash_add(word);
    }
    for (; left > 0; at++, left--)
        hash_add((unsigned char)*at);
}
