/* csv: RFC 4180 text to a table. */
#include "services/cli/csv.h"

#include "common/json.h"

#include <string.h>

struct reader {
    struct str file, text;
    size_t at, line;
    char delimiter;
    struct verdict *verdict;
    struct str *row; /* cells of the record at hand; CSV_COLUMN_COUNT_MAX + 1 */
    size_t cell_count;
    size_t row_line;
    bool broken; /* nothing behind this place can be trusted */
};

static bool refuse(struct reader *r, size_t line, const char *code, const char *text)
{
    return verdict_add(r->verdict, r->file, line, code, str_of(text));
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static void line_end_skip(struct reader *r)
{
    if (r->at >= r->text.size)
        return;
    if (r->text.at[r->at] == '\r' && r->at + 1 < r->text.size && r->text.at[r->at + 1] == '\n')
        r->at++;
    r->at++;
    r->line++;
}

static struct str bare_read(struct reader *r)
{
    size_t from = r->at;
    bool quote = false;
    while (r->at < r->text.size && r->text.at[r->at] != r->delimiter &&
           !is_line_end(r->text.at[r->at]))
        quote |= r->text.at[r->at++] == '"';
    if (quote)
        refuse(r, r->row_line, "csv_quote_stray", "a quote stands inside a cell that has none");
    return (struct str){r->text.at + from, r->at - from};
}

/* Doubled quotes become one; the copy is made only when there are any. */
static struct str quotes_undouble(struct reader *r, struct str raw)
{
    if (raw.size == 0 || memchr(raw.at, '"', raw.size) == NULL)
        return raw;
    char *out = arena_alloc(r->verdict->arena, raw.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < raw.size; i++) {
        out[size++] = raw.at[i];
        i += raw.at[i] == '"';
    }
    return (struct str){out, size};
}

static struct str quoted_read(struct reader *r)
{
    size_t from = ++r->at;
    for (; r->at < r->text.size; r->at++) {
        char c = r->text.at[r->at];
        bool pair = c == '\r' && r->at + 1 < r->text.size && r->text.at[r->at + 1] == '\n';
        r->line += is_line_end(c) && !pair;
        if (c != '"')
            continue;
        if (r->at + 1 >= r->text.size || r->text.at[r->at + 1] != '"')
            break;
        r->at++;
    }
    if (r->at >= r->text.size) {
        r->broken = true;
        refuse(r, r->row_line, "csv_quote_unclosed", "a quote is not closed before the file ends");
        return STR("");
    }
    struct str raw = {r->text.at + from, r->at - from};
    r->at++;
    if (r->at < r->text.size && r->text.at[r->at] != r->delimiter &&
        !is_line_end(r->text.at[r->at])) {
        refuse(r, r->row_line, "csv_quote_stray", "something follows a closing quote");
        bare_read(r);
    }
    return quotes_undouble(r, raw);
}

static void cell_read(struct reader *r)
{
    bool quoted = r->at < r->text.size && r->text.at[r->at] == '"';
    struct str cell = quoted ? quoted_read(r) : bare_read(r);
    if (cell.size > CSV_CELL_SIZE_MAX)
        refuse(r, r->row_line, "csv_cell_too_big", "a cell has more than 1 MiB");
    if (r->cell_count <= CSV_COLUMN_COUNT_MAX)
        r->row[r->cell_count++] = cell;
}

/* The next record that is not an empty line; false at the end. */
static bool record_read(struct reader *r)
{
    while (r->at < r->text.size && is_line_end(r->text.at[r->at]))
        line_end_skip(r);
    if (r->at >= r->text.size || r->broken)
        return false;
    r->cell_count = 0;
    r->row_line = r->line;
    cell_read(r);
    while (r->at < r->text.size && r->text.at[r->at] == r->delimiter && !r->broken) {
        r->at++;
        cell_read(r);
    }
    line_end_skip(r);
    return !r->broken;
}

static bool header_read(struct reader *r, struct csv *out)
{
    if (!record_read(r))
        return refuse(r, 1, "csv_header_missing", "there is no header row");
    if (r->cell_count > CSV_COLUMN_COUNT_MAX)
        return refuse(r, r->row_line, "csv_ragged", "there are more than 1000 columns");
    out->column_count = r->cell_count;
    out->header = arena_array(r->verdict->arena, struct str, r->cell_count);
    memcpy(out->header, r->row, r->cell_count * sizeof(*r->row));
    bool ok = true;
    for (size_t i = 0; i < r->cell_count; i++) {
        if (r->row[i].size == 0)
            ok = refuse(r, r->row_line, "csv_header_empty", "a column has no name");
        for (size_t n = 0; n < i; n++)
            if (str_eq(r->row[i], r->row[n]))
                ok = verdict_add(r->verdict, r->file, r->row_line, "csv_header_duplicate",
                                 r->row[i]);
    }
    return ok;
}

/* An upper bound: each row ends in a line end, or the file does. */
static size_t line_count(struct str text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.size; i++)
        count += is_line_end(text.at[i]);
    return count;
}

static void rows_read(struct reader *r, struct csv *out)
{
    struct arena *a = r->verdict->arena;
    size_t room = line_count((struct str){r->text.at + r->at, r->text.size - r->at});
    out->cells = arena_array(a, struct str, room * out->column_count);
    out->lines = arena_array(a, size_t, room);
    while (record_read(r)) {
        if (r->cell_count != out->column_count) {
            verdict_add(
                r->verdict, r->file, r->row_line, "csv_ragged",
                arena_printf(a, "%zu cells, the header has %zu", r->cell_count, out->column_count));
            continue;
        }
        memcpy(out->cells + out->row_count * out->column_count, r->row,
               r->cell_count * sizeof(*r->row));
        out->lines[out->row_count++] = r->row_line;
    }
}

static struct str latin_1_read(struct arena *a, struct str text)
{
    char *out = arena_alloc(a, 2 * text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c >= 0x80)
            out[size++] = (char)(0xc0 | c >> 6);
        out[size++] = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    return (struct str){out, size};
}

static bool bytes_check(struct reader *r)
{
    size_t at = 0;
    const char *why = text_refusal(r->text, &at);
    if (why == NULL)
        return true;
    size_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += r->text.at[i] == '\n';
    bool nul = strcmp(why, "json_nul") == 0;
    return refuse(r, line, nul ? "csv_nul" : "csv_utf8_invalid",
                  nul ? "there is a NUL byte"
                      : "bytes are not UTF-8; a source may say \"encoding\": \"latin-1\"");
}

bool csv_read(struct str file, struct str text, const struct csv_options *options, struct csv *out,
              struct verdict *v)
{
    static const char utf_16_little[2] = {'\xff', '\xfe'}, utf_16_big[2] = {'\xfe', '\xff'};
    struct reader r = {.file = file, .text = text, .line = 1, .verdict = v};
    size_t before = v->count;
    memset(out, 0, sizeof *out);
    r.delimiter = options->delimiter != 0 ? options->delimiter : ',';
    r.row = arena_array(v->arena, struct str, CSV_COLUMN_COUNT_MAX + 1);
    if (text.size >= 2 &&
        (memcmp(text.at, utf_16_little, 2) == 0 || memcmp(text.at, utf_16_big, 2) == 0))
        return refuse(&r, 1, "csv_utf16", "the file is UTF-16; save it as UTF-8");
    if (options->latin_1)
        r.text = latin_1_read(v->arena, text);
    else if (text.size >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
        r.text = (struct str){text.at + 3, text.size - 3};
    if (r.text.size > 0 && !bytes_check(&r))
        return false;
    if (header_read(&r, out))
        rows_read(&r, out);
    return v->count == before;
}

int csv_column(const struct csv *t, struct str name)
{
    for (size_t i = 0; i < t->column_count; i++)
        if (str_eq(t->header[i], name))
            return (int)i;
    return -1;
}
