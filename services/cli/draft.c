/* draft: JSON text written member by member. */
#include "services/cli/draft.h"

#include "common/json.h"

#include <string.h>

struct draft draft_new(struct arena *a)
{
    return (struct draft){.out = {.arena = a}};
}

static void key_write(struct draft *d, const char *key)
{
    if (d->comma)
        buf_text(&d->out, ",");
    d->comma = true;
    if (key == NULL)
        return;
    json_write_text(str_of(key), &d->out);
    buf_text(&d->out, ":");
}

void draft_open(struct draft *d, const char *key, const char *bracket)
{
    key_write(d, key);
    buf_text(&d->out, bracket);
    d->comma = false;
}

void draft_close(struct draft *d, const char *bracket)
{
    buf_text(&d->out, bracket);
    d->comma = true;
}

void draft_text(struct draft *d, const char *key, struct str value)
{
    if (!str_present(value))
        return;
    key_write(d, key);
    json_write_text(value, &d->out);
}

void draft_integer(struct draft *d, const char *key, int64_t value)
{
    key_write(d, key);
    json_write_integer(value, &d->out);
}

void draft_true(struct draft *d, const char *key, bool value)
{
    if (!value)
        return;
    key_write(d, key);
    buf_text(&d->out, "true");
}

void draft_json(struct draft *d, const char *key, struct str json)
{
    if (!str_present(json))
        return;
    key_write(d, key);
    buf_str(&d->out, json);
}

struct pair {
    const char *first, *second;
};

static void pair_write(struct draft *d, const char *key, struct pair names, struct str first,
                       struct str second)
{
    if (!str_present(first))
        return;
    draft_open(d, key, "{");
    draft_text(d, names.first, first);
    draft_text(d, names.second, second);
    draft_close(d, "}");
}

void draft_money(struct draft *d, const char *key, struct str amount, struct str currency)
{
    pair_write(d, key, (struct pair){"amount", "currency"}, amount, currency);
}

void draft_quantity(struct draft *d, const char *key, struct str value, struct str unit)
{
    pair_write(d, key, (struct pair){"value", "unit"}, value, unit);
}

void draft_texts(struct draft *d, const char *key, struct str commas)
{
    if (!str_present(commas))
        return;
    draft_open(d, key, "[");
    while (commas.size > 0) {
        const char *comma = memchr(commas.at, ',', commas.size);
        size_t size = comma != NULL ? (size_t)(comma - commas.at) : commas.size;
        if (size > 0)
            draft_text(d, NULL, (struct str){commas.at, size});
        size_t step = comma != NULL ? size + 1 : size;
        commas = (struct str){commas.at + step, commas.size - step};
    }
    draft_close(d, "]");
}

struct str draft_done(struct draft *d)
{
    return buf_done(&d->out);
}
