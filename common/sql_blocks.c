/* sql_blocks: cuts a store file into its named statements. */
#include "common/pg.h"

#include <string.h>

static const char mark[] = "-- name:";

/* The next line that starts with the mark, or the end of the text. */
static const char *mark_find(const char *at)
{
    while (*at != '\0' && strncmp(at, mark, sizeof(mark) - 1) != 0) {
        const char *end = strchr(at, '\n');
        at = end != NULL ? end + 1 : at + strlen(at);
    }
    return at;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct str text_trim(const char *at, const char *end)
{
    while (at < end && is_space(*at))
        at++;
    while (end > at && is_space(end[-1]))
        end--;
    return (struct str){at, (size_t)(end - at)};
}

bool sql_next(const char **cursor, struct sql_block *out)
{
    const char *at = mark_find(*cursor);
    if (*at == '\0') {
        *cursor = at;
        return false;
    }
    const char *line_end = strchr(at, '\n');
    if (line_end == NULL)
        line_end = at + strlen(at);
    out->name = text_trim(at + sizeof(mark) - 1, line_end);
    const char *end = mark_find(*line_end != '\0' ? line_end + 1 : line_end);
    out->text = text_trim(line_end, end);
    *cursor = end;
    return true;
}
